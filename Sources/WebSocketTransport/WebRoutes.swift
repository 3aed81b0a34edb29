public import EventLoop

/// What a server does with what comes in. One object for all loops; every call comes on the loop of its connection and must not wait.
public protocol WebRoutes: AnyObject, Sendable {
    /// A plain request.
    /// - Parameter responder: answers it, in this call or later; a reference to it may go anywhere.
    func http(_ request: HTTPRequest, responder: HTTPResponder)

    /// A request to open a WebSocket, already well-formed (RFC 6455, 4.2.1). Decided in this call.
    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision

    /// How a client is told of what the transport itself turns away: a body that is too long, a head that is none, a route that does not
    /// answer. Unless it is defined, as the transport says it.
    /// - Parameters:
    ///   - reply: a sentence in plain text; its status is to be kept.
    ///   - request: without its body; nil when there is none that can be read.
    func refusal(_ reply: HTTPReply, of request: HTTPRequest?) -> HTTPReply
}

extension WebRoutes {
    public func refusal(_ reply: HTTPReply, of request: HTTPRequest?) -> HTTPReply { reply }
}

public enum UpgradeDecision {
    /// The handler hears ``WebSocketHandler/opened(_:)`` next, unless the peer leaves before the handshake is through.
    case accept(any WebSocketHandler)
    case refuse(HTTPReply)
}
