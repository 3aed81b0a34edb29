import CLibwebsockets
import EventLoop

/// One request and its reply on a connection that may carry several, one after the other.
final class HTTPExchange {
    private unowned let record: SocketRecord
    private var request: HTTPRequest
    private let closesAfter: Bool
    /// The route is being called: a reply in that call goes out with it.
    private var isInRoute = false
    private var reply: HTTPReply?
    private var isDone = false

    /// - Parameter closesAfter: the client asked for it, or the connection cannot go on.
    init(record: SocketRecord, request: HTTPRequest, closesAfter: Bool) {
        (self.record, self.request, self.closesAfter) = (record, request, closesAfter)
    }

    var bodyCount: Int { request.body.count }
    @unsafe func append(_ bytes: UnsafeRawBufferPointer) { unsafe request.body.append(contentsOf: bytes) }

    /// Calls the route.
    /// - Returns: what the library's callback returns: non-zero closes the connection.
    @unsafe func dispatch(_ server: ServerState, _ socket: OpaquePointer) -> CInt {
        let reference = Reference(self)
        let responder = HTTPResponder(loop: record.context.loop) { reference.exchange?.answer($0) }
        server.counters.requests.increment()
        record.enter(.route, within: record.limits.reply)
        isInRoute = true
        server.routes.http(request, responder: responder)
        isInRoute = false
        if let reply { return unsafe send(reply, socket) }
        unsafe lws_rx_flow_control(socket, 0)  // what the client sends meanwhile waits in the kernel
        return 0
    }

    /// On the loop, once.
    private func answer(_ reply: HTTPReply) {
        guard !isDone, self.reply == nil else { return }
        self.reply = reply
        guard !isInRoute, record.exchange === self, let socket = unsafe record.socket else { return }
        let status = unsafe send(reply, socket)
        unsafe lws_rx_flow_control(socket, 1)
        guard status != 0 else { return }
        if unsafe lws_partial_buffered(socket) == 0 { record.kill() } else { record.closesAfterReply = true }
    }

    /// The route has taken too long.
    func timeOut() { answer(HTTPReply(status: 504, "the answer took too long\n")) }

    /// The connection is gone.
    func abandon() { isDone = true }

    /// - Returns: non-zero when the connection is to be closed.
    @unsafe func send(_ reply: HTTPReply, _ socket: OpaquePointer) -> CInt {
        isDone = true
        record.exchange = nil
        record.enter(.reply, within: record.limits.slowReader)
        let buffer = reply.serialized(withBody: request.method != "HEAD", close: closesAfter)
        let sent = unsafe lws_write(socket, buffer.payload.assumingMemoryBound(to: UInt8.self), buffer.count, LWS_WRITE_HTTP)
        if sent < 0 || closesAfter { return -1 }  // the library sends what is left before it closes
        return unsafe lws_http_transaction_completed(socket)
    }

    /// What a responder holds: nothing that keeps the connection.
    private final class Reference: @unchecked Sendable {
        weak var exchange: HTTPExchange?
        init(_ exchange: HTTPExchange) { self.exchange = exchange }
    }
}
