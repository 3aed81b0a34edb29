import CLibwebsockets

/// A WebSocket's life, from the library's callbacks.
extension SocketRecord {
    @unsafe func established(_ socket: OpaquePointer, _ user: UnsafeMutableRawPointer?) -> CInt {
        guard let handler = pendingHandler, let user = unsafe user else { return -1 }
        pendingHandler = nil
        unsafe self.socket = socket
        let connection = unsafe WebSocketConnection(record: self, socket: socket, request: request)
        self.connection = connection
        enter(.open, within: nil)
        unsafe user.initializeMemory(as: WebSocketSession.self, to: WebSocketSession(record: self, connection: connection, handler: handler))
        counters.opened()
        handler.opened(connection)
        connecting?.finish(.success(connection))
        connecting = nil
        return 0
    }

    /// The payload of the peer's close frame: a code in two bytes, and a reason; or nothing.
    @unsafe func peerClosed(_ payload: UnsafeRawBufferPointer) {
        guard payload.count >= 2 else {
            connection?.peerClosed(code: 1005, reason: "")
            return
        }
        let code = unsafe Int(payload[0]) << 8 | Int(payload[1])
        connection?.peerClosed(code: code, reason: unsafe String(decoding: payload[2...], as: UTF8.self))
    }

    /// Also called for a handshake that never came through: then there is no session.
    @unsafe func closed(_ user: UnsafeMutableRawPointer?) {
        guard let connection, let user = unsafe user else { return }
        self.connection = nil
        let session = unsafe user.assumingMemoryBound(to: WebSocketSession.self)
        let handler = unsafe session.pointee.handler
        unsafe session.deinitialize(count: 1)
        enter(.closing, within: nil)
        let closure = connection.ended()
        counters.closed(closure.cause)
        handler.closed(closure)
    }

    /// The library has forgotten the socket.
    func destroyed() {
        unsafe socket = nil
        pendingHandler = nil
        connecting?.finish(.failure(WebSocketError(.refused, "\(connecting?.target ?? "peer") closed before the WebSocket was open")))
        connecting = nil
        context.remove(self, isClosed: true)
    }

    // MARK: Client role

    /// - Parameter input: the library's `char **`, moved past what is written.
    @unsafe func appendHeaders(_ socket: OpaquePointer, _ input: UnsafeMutableRawPointer?, _ length: Int) -> CInt {
        guard let connecting, let cursor = unsafe input?.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self),
            let start = unsafe cursor.pointee
        else { return 0 }
        for field in connecting.headers.fields {
            var value = field.value
            let status = value.withUTF8 { value in
                unsafe lws_add_http_header_by_name(
                    socket, field.name + ":", value.baseAddress, CInt(value.count), cursor, start + length)
            }
            if status != 0 { return -1 }
        }
        return 0
    }

    @unsafe func connectFailed(_ reason: UnsafeRawBufferPointer) {
        let text = unsafe String(decoding: reason.prefix { $0 != 0 }, as: UTF8.self)
        connecting?.finish(.failure(WebSocketError(.refused, "\(connecting?.target ?? "peer"): \(text.isEmpty ? "no connection" : text)")))
        connecting = nil
    }
}
