import CLibwebsockets
public import EventLoop

/// An open WebSocket, for those who live on its loop: the handler, and actors pinned there. After the close every call does nothing.
///
/// It may be kept and passed anywhere, but called on ``loop`` only, which is checked.
@safe public final class WebSocketConnection: @unchecked Sendable {
    public let loop: EventLoop
    /// The request that opened it; in the client role our own, without fields.
    public let request: HTTPRequest

    private unowned let record: SocketRecord
    private let context: LoopContext
    private let limits: TransportLimits
    private let isClient: Bool
    private var socket: OpaquePointer?
    private var queue = ControlQueue()
    /// Set by each message, turned into a time by the sweep.
    private var hasHeard = true
    private var hasHeardMessage = true
    private var lastHeard: Duration
    private var lastMessage: Duration
    private var pingSent: Duration?
    private var stuckSince: Duration?
    private(set) var closure: WebSocketClosure?

    init(record: SocketRecord, socket: OpaquePointer, request: HTTPRequest) {
        loop = record.context.loop
        context = record.context
        limits = record.limits
        isClient = record.server == nil
        idle = record.limits.idle
        lastHeard = EventLoop.now
        lastMessage = lastHeard
        self.record = record
        self.request = request
        unsafe self.socket = socket
    }

    /// Until ``WebSocketHandler/closed(_:)``, or until a close began.
    public var isOpen: Bool { unsafe socket != nil && closure == nil }

    /// Closes it when no message came for this long; starts as ``TransportLimits/idle``.
    public var idle: Duration?

    // MARK: Sending

    /// Sends a text message now or not at all, without copying it in the server role.
    /// - Returns: false, and nothing was sent, while the socket is stuck or gone: drop or hold the frame, and count it.
    @discardableResult
    public func send(text message: borrowing OutboundBuffer) -> Bool { write(message, LWS_WRITE_TEXT) }

    /// Sends a binary message, see ``send(text:)``.
    @discardableResult
    public func send(binary message: borrowing OutboundBuffer) -> Bool { write(message, LWS_WRITE_BINARY) }

    /// Sends a copy of `message`, see ``send(text:)``.
    @discardableResult
    public func send(text message: RawSpan) -> Bool { copyAndWrite(message, LWS_WRITE_TEXT) }

    /// Sends a copy of `message`, see ``send(text:)``.
    @discardableResult
    public func send(binary message: RawSpan) -> Bool { copyAndWrite(message, LWS_WRITE_BINARY) }

    /// Sends a text message that must not be lost: it waits for a stuck socket, in order with what is sent after it. A queue that is
    /// full closes the connection.
    /// - Returns: false when the connection is closed, or was just now for that reason.
    @discardableResult
    public func sendControl(text message: RawSpan) -> Bool {
        loop.preconditionOnLoop()
        guard let socket = unsafe socket, closure == nil else { return false }
        if flushQueue(), unsafe lws_partial_buffered(socket) == 0 { return copyAndWrite(message, LWS_WRITE_TEXT) }
        guard queue.append(message, limits: limits) else {
            close(cause: .overflow, code: 1013, reason: "too slow")
            return false
        }
        unsafe lws_callback_on_writable(socket)
        return true
    }

    /// Sends a text message that must not be lost.
    @discardableResult
    public func sendControl(_ message: String) -> Bool {
        var message = message
        return message.withUTF8 { unsafe sendControl(text: UnsafeRawBufferPointer($0).bytes) }
    }

    private func write(_ message: borrowing OutboundBuffer, _ kind: lws_write_protocol) -> Bool {
        loop.preconditionOnLoop()
        // The client role masks in place, which would spoil the owner's bytes.
        if isClient { return message.withBytes { copyAndWrite($0, kind) } }
        guard canWrite() else { return false }
        return unsafe write(message.payload, message.count, kind)
    }

    private func copyAndWrite(_ message: RawSpan, _ kind: lws_write_protocol) -> Bool {
        loop.preconditionOnLoop()
        guard canWrite() else { return false }
        if message.byteCount > context.scratch.capacity {
            var buffer = OutboundBuffer(capacity: message.byteCount)
            buffer.append(message)
            return unsafe write(buffer.payload, buffer.count, kind)
        }
        context.scratch.removeAll()
        context.scratch.append(message)
        return unsafe write(context.scratch.payload, context.scratch.count, kind)
    }

    /// lws buffers what the socket does not take, without bound: nothing is written on top of that.
    private func canWrite() -> Bool {
        guard let socket = unsafe socket, closure == nil else { return false }
        if flushQueue(), unsafe lws_partial_buffered(socket) == 0 { return true }
        record.counters.sendsRefused.increment()
        return false
    }

    private func write(_ payload: UnsafeMutableRawPointer, _ count: Int, _ kind: lws_write_protocol) -> Bool {
        guard let socket = unsafe socket else { return false }
        guard unsafe lws_write(socket, payload.assumingMemoryBound(to: UInt8.self), count, kind) >= 0 else {
            lose()
            return false
        }
        record.counters.messagesOut.increment()
        return true
    }

    /// - Returns: whether the queue is empty now.
    private func flushQueue() -> Bool {
        guard !queue.isEmpty else { return true }
        guard let socket = unsafe socket else { return false }
        while let message = queue.first {
            guard unsafe lws_partial_buffered(socket) == 0 else {
                unsafe lws_callback_on_writable(socket)
                return false
            }
            queue.removeFirst()
            var buffer = OutboundBuffer(capacity: message.count)
            buffer.append(message)
            guard unsafe write(buffer.payload, buffer.count, LWS_WRITE_TEXT) else { return false }
        }
        return true
    }

    // MARK: Closing

    /// Starts the closing handshake; ``WebSocketHandler/closed(_:)`` follows when the peer answered, or when
    /// ``TransportLimits/closing`` is over.
    /// - Parameters:
    ///   - code: RFC 6455, 7.4.1: 1000 done, 1001 going away, 1008 policy, 1011 internal error.
    ///   - reason: up to 123 bytes of it are sent.
    public func close(_ code: Int = 1000, reason: String = "") { close(cause: .local, code: code, reason: reason) }

    func close(cause: WebSocketClosure.Cause, code: Int, reason: String) {
        loop.preconditionOnLoop()
        guard let socket = unsafe socket, closure == nil else { return }
        closure = WebSocketClosure(cause: cause, code: code, reason: reason)
        record.enter(.closing, within: limits.closing)
        var sent = String(reason.prefix(123))
        while sent.utf8.count > 123 { sent.removeLast() }
        sent.withUTF8 { text in
            unsafe lws_close_reason(
                socket, lws_close_status(rawValue: UInt32(code)), UnsafeMutablePointer(mutating: text.baseAddress), text.count)
        }
        unsafe lws_callback_on_writable(socket)
    }

    /// The socket is beyond words.
    private func drop(_ cause: WebSocketClosure.Cause) {
        guard unsafe socket != nil, closure == nil else { return }
        closure = WebSocketClosure(cause: cause, code: 1006)
        record.kill()
    }

    private func lose() { drop(.connectionLost) }

    // MARK: From the library's callbacks

    /// - Returns: whether a close frame is due now, which the library sends when its callback says so.
    var isReadyToClose: Bool { closure != nil && closure?.cause != .peer && queue.isEmpty }

    func heard(message: Bool) {
        hasHeard = true
        if message { hasHeardMessage = true }
    }

    func writable() {
        guard let socket = unsafe socket, flushQueue(), isReadyToClose, unsafe lws_partial_buffered(socket) == 0 else { return }
        unsafe mg_lws_close(socket)
    }

    func peerClosed(code: Int, reason: String) {
        guard closure == nil else { return }
        closure = WebSocketClosure(cause: .peer, code: code, reason: reason)
        record.enter(.closing, within: limits.closing)
    }

    /// The library lets go of the socket.
    func ended() -> WebSocketClosure {
        defer { unsafe socket = nil }
        if let closure { return closure }
        // A close frame that the library itself prepared, having met bad framing.
        var ended = WebSocketClosure(cause: .connectionLost, code: 1006)
        if let socket = unsafe socket, unsafe lws_get_close_length(socket) >= 2, let payload = unsafe lws_get_close_payload(socket) {
            ended = WebSocketClosure(cause: .protocolError, code: Int(unsafe payload[0]) << 8 | Int(unsafe payload[1]))
        }
        closure = ended
        return ended
    }

    // MARK: Deadlines

    func sweep(now: Duration) {
        guard let socket = unsafe socket, closure == nil else { return }
        // The library met bad framing and says goodbye on its own: bound that too.
        if unsafe lws_get_close_length(socket) > 0 { return record.enter(.closing, within: limits.closing) }
        if hasHeard {
            (hasHeard, lastHeard, pingSent) = (false, now, nil)
            if hasHeardMessage { (hasHeardMessage, lastMessage) = (false, now) }
        }
        if unsafe lws_partial_buffered(socket) != 0 {
            let since = stuckSince ?? now
            stuckSince = since
            if now - since >= limits.slowReader { return drop(.slowReader) }
        } else {
            stuckSince = nil
        }
        if let idle, now - lastMessage >= idle { return close(cause: .idle, code: 1001, reason: "idle") }
        if let pingSent {
            if now - pingSent >= limits.pongWithin { drop(.unresponsive) }
        } else if let pingAfter = limits.pingAfter, now - lastHeard >= pingAfter {
            pingSent = now
            ping()
        }
    }

    /// With a payload: the library keeps empty pongs to itself.
    private func ping() {
        guard let socket = unsafe socket, unsafe lws_partial_buffered(socket) == 0 else { return }
        var buffer = OutboundBuffer(capacity: 4)
        buffer.append("ping")
        if unsafe lws_write(socket, buffer.payload.assumingMemoryBound(to: UInt8.self), buffer.count, LWS_WRITE_PING) < 0 { lose() }
    }
}
