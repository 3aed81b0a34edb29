extension HTTPHead {
    /// What RFC 6455, 4.2.1 asks of a handshake, and what we do not offer; nil when it is well-formed.
    var upgradeFault: HTTPReply? {
        guard HTTPHead.tokens(request.headers, "upgrade").contains("websocket") else {
            return HTTPReply(status: 400, "only WebSocket is offered\n")
        }
        guard request.method == "GET" else { return .methodNotAllowed("GET") }
        guard request.headers["sec-websocket-version"] == "13" else {
            return HTTPReply(status: 426, headers: ["Sec-WebSocket-Version": "13"], body: Array("WebSocket version 13 is spoken here\n".utf8))
        }
        guard request.headers["sec-websocket-key"]?.utf8.count == 24 else { return HTTPReply(status: 400, "Sec-WebSocket-Key has 24 characters\n") }
        guard request.headers["sec-websocket-protocol"] == nil else { return HTTPReply(status: 400, "no subprotocol is offered\n") }
        guard framing == .length(0) else { return HTTPReply(status: 400, "a handshake has no body\n") }
        return nil
    }
}
