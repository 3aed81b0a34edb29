import CLibwebsockets

/// Requests: what the library leaves unchecked is checked here.
extension SocketRecord {
    /// A body that is refused is read to its end, so that the client gets to see why; beyond this the connection just closes.
    private static let largestDiscardedBody = 16 * 1_024 * 1_024

    @unsafe func requestArrived(_ socket: OpaquePointer) -> CInt {
        guard let server else { return -1 }
        let reader = unsafe RequestReader(socket)
        guard let request = reader.request(extra: server.extraHeaders) else { return -1 }
        exchange = nil

        // libwebsockets knows no chunked request bodies, and would read a body without length for ever.
        guard reader.value(WSI_TOKEN_HTTP_TRANSFER_ENCODING) == nil else {
            return unsafe refuse(request, socket, HTTPReply(status: 501, "bodies come with Content-Length here\n"))
        }
        let announced = reader.value(WSI_TOKEN_HTTP_CONTENT_LENGTH)
        if announced == nil, ["POST", "PUT", "PATCH"].contains(request.method) {
            return unsafe refuse(request, socket, HTTPReply(status: 411, "give a Content-Length\n"))
        }
        var length = 0
        if let announced {
            guard announced.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(announced) else {
                return unsafe refuse(request, socket, HTTPReply(status: 400, "Content-Length is no number\n"))
            }
            length = value
        }
        guard length <= limits.maximumBodyBytes else {
            let reply = HTTPReply(status: 413, "a body has at most \(limits.maximumBodyBytes) bytes\n")
            guard length <= Self.largestDiscardedBody else { return unsafe refuse(request, socket, reply) }
            _ = unsafe refuse(request, socket, reply)
            enter(.body, within: limits.body)
            return unsafe lws_http_transaction_completed(socket)
        }

        let exchange = HTTPExchange(record: self, request: request, closesAfter: Self.closes(reader))
        self.exchange = exchange
        // For POST the library reports the end of an empty body too.
        if length > 0 || (announced != nil && request.method == "POST") {
            enter(.body, within: limits.body)
            return 0
        }
        return unsafe exchange.dispatch(server, socket)
    }

    @unsafe func bodyArrived(_ socket: OpaquePointer) -> CInt {
        guard let server, let exchange, case .body = phase else { return 0 }
        return unsafe exchange.dispatch(server, socket)
    }

    @unsafe func upgradeRequested(_ socket: OpaquePointer) -> CInt {
        let reader = unsafe RequestReader(socket)
        // The library has answered an upgrade it does not know, and calls all the same, its headers gone.
        guard let server, let upgrade = reader.value(WSI_TOKEN_UPGRADE), let request = reader.request(extra: server.extraHeaders) else {
            return -1
        }
        if let fault = Self.fault(request, upgrade: upgrade, reader) { return unsafe refuse(request, socket, fault) }
        switch server.routes.upgrade(request, on: context.loop) {
        case .accept(let handler):
            pendingHandler = handler
            upgradeRequest = request
            return 0
        case .refuse(let reply):
            counters.upgradesRefused.increment()
            return unsafe HTTPExchange(record: self, request: request, closesAfter: true).send(reply, socket)
        }
    }

    /// What RFC 6455, 4.2.1 asks of a handshake, and what we do not offer.
    private static func fault(_ request: HTTPRequest, upgrade: String, _ reader: RequestReader) -> HTTPReply? {
        guard upgrade.lowercased() == "websocket" else { return HTTPReply(status: 400, "only WebSocket is offered\n") }
        guard request.method == "GET" else { return .methodNotAllowed("GET") }
        guard reader.value(WSI_TOKEN_CONNECTION)?.lowercased().contains("upgrade") == true else {
            return HTTPReply(status: 400, "Connection does not say Upgrade\n")
        }
        guard reader.value(WSI_TOKEN_VERSION) == "13" else {
            return HTTPReply(status: 426, headers: ["Sec-WebSocket-Version": "13"], body: Array("WebSocket version 13 is spoken here\n".utf8))
        }
        guard reader.value(WSI_TOKEN_KEY)?.utf8.count == 24 else { return HTTPReply(status: 400, "Sec-WebSocket-Key has 24 characters\n") }
        guard reader.value(WSI_TOKEN_PROTOCOL) == nil else { return HTTPReply(status: 400, "no subprotocol is offered\n") }
        return nil
    }

    /// The transport's own answer, after which the connection ends.
    @unsafe private func refuse(_ request: HTTPRequest, _ socket: OpaquePointer, _ reply: HTTPReply) -> CInt {
        counters.requestsRefused.increment()
        return unsafe HTTPExchange(record: self, request: request, closesAfter: true).send(reply, socket)
    }

    /// As the library decides it.
    private static func closes(_ reader: RequestReader) -> Bool {
        switch reader.value(WSI_TOKEN_CONNECTION)?.lowercased() {
        case "keep-alive": false
        case "close": true
        default: reader.value(WSI_TOKEN_HTTP) != "HTTP/1.1"
        }
    }
}
