import CLibwebsockets
import EventLoop

/// One socket of a loop from the moment it is handed over until libwebsockets has let it go: its deadlines, and what it is being used for.
///
/// libwebsockets holds a reference as the socket's opaque user data, and gives it back in WSI_DESTROY. Loop-confined.
@safe final class SocketRecord {
    enum Phase {
        /// For the (next) request's head.
        case head
        case body
        /// The route has the request.
        case route
        /// The reply is on its way out.
        case reply
        /// A client's connect and handshake.
        case connecting
        case webSocket
        /// A close frame is out, or the socket is being dropped.
        case closing
    }

    unowned let context: LoopContext
    /// nil in the client role.
    let server: ServerState?
    let limits: TransportLimits
    let counters: TransportCounters
    /// Place in the context's table.
    var index = 0
    var socket: OpaquePointer?
    private(set) var phase = Phase.head
    /// When the phase has taken too long.
    private(set) var deadline: Duration?

    var exchange: HTTPExchange?
    /// The connection ends with this reply.
    var closesAfterReply = false
    /// Accepted by the routes, not yet established.
    var pendingHandler: (any WebSocketHandler)?
    var upgradeRequest: HTTPRequest?
    var connection: WebSocketConnection?
    /// A client's connect that has not come to an end.
    var connecting: PendingConnect?

    init(context: LoopContext, server: ServerState?, limits: TransportLimits, counters: TransportCounters) {
        (self.context, self.server, self.limits, self.counters) = (context, server, limits, counters)
    }

    func enter(_ phase: Phase, within allowed: Duration?) {
        self.phase = phase
        deadline = allowed.map { EventLoop.now + $0 }
    }

    /// Drops the socket on the loop's next turn; nothing more is sent.
    func kill() {
        guard let socket = unsafe socket else { return }
        enter(.closing, within: nil)
        unsafe mg_lws_kill(socket)
        context.nudge()
    }

    /// Every 100 ms.
    func sweep(now: Duration) {
        if case .webSocket = phase { connection?.sweep(now: now) }
        if case .reply = phase, let socket = unsafe socket, unsafe lws_partial_buffered(socket) == 0 {
            if closesAfterReply { kill() } else { enter(.head, within: limits.keepAlive) }
        }
        guard let deadline, deadline <= now else { return }
        switch phase {
        case .head, .body, .reply:
            counters.requestDeadlines.increment()
            kill()
        case .route:
            counters.requestDeadlines.increment()
            exchange?.timeOut()
        case .connecting:
            connecting?.finish(.failure(WebSocketError(.timedOut, "\(connecting?.target ?? "connection") did not answer in time")))
            kill()
        case .closing, .webSocket:
            kill()
        }
    }
}
