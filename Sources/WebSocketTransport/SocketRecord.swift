import CLibwebsockets
import EventLoop

/// A socket that libwebsockets has, from the handshake until it lets go.
///
/// libwebsockets holds a reference as the socket's opaque user data, and gives it back in WSI_DESTROY. Loop-confined.
@safe final class SocketRecord: LoopSocket {
    enum Phase {
        /// The server's handshake, or a client's connect and handshake.
        case opening
        case open
        /// A close frame is out, or the socket is being dropped.
        case closing
    }

    unowned let context: LoopContext
    let server: ServerState?
    let limits: TransportLimits
    let counters: TransportCounters
    var index = 0
    var socket: OpaquePointer?
    private(set) var phase = Phase.opening
    /// When the phase has taken too long.
    private(set) var deadline: Duration?
    /// Whether a sweep has found the phase too long before.
    private var isOverdue = false

    /// Not behind a ``TLSRelay``, which has the client's socket.
    let holdsPlace: Bool
    let request: HTTPRequest
    /// Until it has heard `opened`; then the session has it.
    var pendingHandler: (any WebSocketHandler)?
    var connection: WebSocketConnection?
    /// A client's connect that has not come to an end.
    var connecting: PendingConnect?

    init(
        context: LoopContext, server: ServerState?, limits: TransportLimits, counters: TransportCounters, request: HTTPRequest,
        handler: any WebSocketHandler, holdsPlace: Bool = true
    ) {
        self.holdsPlace = holdsPlace
        (self.context, self.server, self.limits, self.counters) = (context, server, limits, counters)
        (self.request, pendingHandler) = (request, handler)
    }

    func enter(_ phase: Phase, within allowed: Duration?) {
        (self.phase, isOverdue) = (phase, false)
        deadline = allowed.map { EventLoop.now + $0 }
    }

    /// Drops the socket on the loop's next turn; nothing more is sent.
    func kill() {
        guard let socket = unsafe socket else { return }
        enter(.closing, within: nil)
        unsafe mg_lws_kill(socket)
        context.nudge()
    }

    func sweep(now: Duration) {
        if case .open = phase { connection?.sweep(now: now) }
        guard let deadline, deadline <= now else { return }
        // A loop that was held up reads first: what the peer answered in time may be waiting.
        guard isOverdue else { return isOverdue = true }
        if let connecting {
            connecting.finish(.failure(WebSocketError(.timedOut, "\(connecting.target) did not answer in time")))
        } else if case .opening = phase {
            counters.requestDeadlines.increment()
        }
        kill()
    }

    func drain(code: Int, reason: String) {
        switch phase {
        case .open: connection?.close(cause: .shutdown, code: code, reason: reason)
        case .opening: kill()
        case .closing: break
        }
    }

    func abort() { kill() }
}
