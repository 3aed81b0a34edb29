/// One WebSocket's side of the conversation. Every call comes on the connection's loop, as a plain function call; nothing may wait.
///
/// `opened`, then messages, then `closed` exactly once and nothing after it. Spans end with the call: they may lie in the socket's
/// receive buffer. An actor pinned to the loop is entered with `assumeIsolated`.
public protocol WebSocketHandler: AnyObject {
    func opened(_ connection: WebSocketConnection)
    /// A whole text message, valid UTF-8, at most ``TransportLimits/maximumMessageBytes``.
    func receivedText(_ message: RawSpan)
    /// A whole binary message.
    func receivedBinary(_ message: RawSpan)
    /// The connection is gone; calls on it do nothing from now on.
    func closed(_ closure: WebSocketClosure)
}

extension WebSocketHandler {
    public func opened(_ connection: WebSocketConnection) {}
    public func receivedBinary(_ message: RawSpan) {}
}

/// How a WebSocket ended.
public struct WebSocketClosure: Sendable, Equatable {
    /// Who or what ended it; also the label under which it is counted.
    public enum Cause: String, Sendable, CaseIterable {
        /// ``WebSocketConnection/close(_:reason:)``.
        case local
        /// The peer's close frame.
        case peer
        /// The socket broke, or was closed without a close frame.
        case connectionLost
        /// Nothing came for ``TransportLimits/idle``.
        case idle
        /// The peer took nothing for ``TransportLimits/slowReader``.
        case slowReader
        /// No answer to our ping: half-open.
        case unresponsive
        case messageTooBig
        /// Invalid UTF-8 or bad framing.
        case protocolError
        /// The queue of control messages overflowed.
        case overflow
        /// The server went down.
        case shutdown
    }
    public var cause: Cause
    /// RFC 6455, 7.4; 1006 when there was no close frame.
    public var code: Int
    public var reason: String

    public init(cause: Cause, code: Int, reason: String = "") {
        (self.cause, self.code, self.reason) = (cause, code, reason)
    }
}
