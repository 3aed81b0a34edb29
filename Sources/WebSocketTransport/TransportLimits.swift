/// Bounds and deadlines of a server, or of one client connection. Deadlines are met within 100 ms.
public struct TransportLimits: Sendable, Equatable {
    /// Sockets open at once; one more is closed as it is accepted.
    public var maximumSockets = 4_096
    /// A longer WebSocket message closes its connection with 1009.
    public var maximumMessageBytes = 65_536
    /// A longer request body is answered with 413.
    public var maximumBodyBytes = 65_536
    /// From connecting to the end of the request's head, and, on a connection kept alive, from one reply to the next head.
    public var head = Duration.seconds(10)
    public var keepAlive = Duration.seconds(30)
    /// From the end of the head to the end of the body.
    public var body = Duration.seconds(10)
    /// From the request to the route's answer; then the client gets 504.
    public var reply = Duration.seconds(30)
    /// A WebSocket from which no message comes; nil is for ever.
    public var idle: Duration? = .seconds(60)
    /// A socket that takes nothing more, HTTP or WebSocket; a streamed body that has something to send, too.
    public var slowReader = Duration.seconds(5)
    /// Silence after which a peer is pinged, and the time it has for the pong; nil does not ping.
    public var pingAfter: Duration? = .seconds(20)
    public var pongWithin = Duration.seconds(10)
    /// From our close frame until the socket is dropped.
    public var closing = Duration.milliseconds(250)
    /// Control messages that may wait for a stuck socket; the bytes are those of a streamed body, too.
    public var maximumQueuedMessages = 64
    public var maximumQueuedBytes = 262_144

    public init() {}
}
