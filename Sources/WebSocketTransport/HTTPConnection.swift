import EventLoop
import Glibc

/// A connection that speaks HTTP, until it ends or becomes a WebSocket.
///
/// libwebsockets' own HTTP server loses its place when a pipelined request has a body, and resolves the target's escapes, which a
/// signature covers. So it gets a socket only when a handshake is next: the head is looked at with `MSG_PEEK`, and is still in the
/// kernel then. What follows a request stays there too, until its turn comes. Loop-confined.
final class HTTPConnection: LoopSocket {
    private enum Phase {
        /// Waiting for a head.
        case head
        /// `remaining` bytes of the body to come.
        case body(HTTPHead, remaining: Int)
        /// The route has the request.
        case route
        /// The reply is on its way out.
        case reply
        /// Our side is shut; what the client still sends is thrown away, so that it gets to read the reply.
        case lingering
        case over
    }

    let context: LoopContext
    let server: ServerState?
    var index = 0
    private let state: ServerState
    private let descriptor: CInt
    private let remoteAddress: String
    private var watcher: FileWatcher?
    private var phase = Phase.head
    private var deadline: Duration
    private var peeked = 0
    private var body: [UInt8] = []
    private var head: HTTPHead?
    private var exchange = 0
    private var outbound: [UInt8] = []
    private var sent = 0
    private var closesAfterReply = false
    private var isServicing = false

    /// For the client to read the reply and close.
    private static let linger = Duration.seconds(2)

    init(context: LoopContext, descriptor: CInt, server: ServerState) {
        (self.context, self.server, state, self.descriptor) = (context, server, server, descriptor)
        remoteAddress = Self.peerAddress(descriptor)
        deadline = EventLoop.now + server.limits.head
        watcher = FileWatcher(descriptor, on: context.loop) { [unowned self] ready in
            if ready.contains(.failed) { finish() } else { service() }
        }
        watcher?.watch(.readable)
    }

    // MARK: Reading

    /// Goes on as far as the socket allows.
    private func service() {
        guard !isServicing else { return }
        isServicing = true
        defer { isServicing = false }
        while true {
            let goesOn =
                switch phase {
                case .head: readHead()
                case .body(let head, let remaining): readBody(head, remaining)
                case .reply: write()
                case .lingering: discard()
                case .route, .over: false
                }
            if !goesOn { return }
        }
    }

    private func readHead() -> Bool {
        let buffer = unsafe context.readBuffer
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_PEEK))
        guard count > 0, count > peeked else { return ended(count) }
        switch HTTPHead.parse(unsafe Array(buffer[..<count]), remoteAddress: remoteAddress) {
        case .incomplete:
            peeked = count
            wakeAt(count + 1)
            return false
        case .invalid(let reply):
            state.counters.requestsRefused.increment()
            answer(reply, closing: true)
        case .head(let head):
            peeked = 0
            wakeAt(1)
            if head.upgrades { return upgrade(head) }
            _ = unsafe recv(descriptor, buffer.baseAddress, head.byteCount, 0)
            accept(head)
        }
        return true
    }

    /// Nothing more came: the other side has closed, or there is an error, or it is only not there yet.
    private func ended(_ count: Int) -> Bool {
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        finish()
        return false
    }

    /// Readable from so many bytes on: a head in pieces wakes the loop for each piece, and no more.
    private func wakeAt(_ count: Int) {
        var low = CInt(count)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &low, socklen_t(MemoryLayout<CInt>.size))
    }

    private func accept(_ head: HTTPHead) {
        let limit = state.limits.maximumBodyBytes
        if head.contentLength > limit { return refuse(HTTPReply(status: 413, "a body has at most \(limit) bytes\n")) }
        body = []
        body.reserveCapacity(head.contentLength)
        guard head.contentLength > 0 else { return dispatch(head) }
        phase = .body(head, remaining: head.contentLength)
        deadline = EventLoop.now + state.limits.body
        if head.expectsContinue {
            let line = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            _ = unsafe line.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        }
    }

    private func refuse(_ reply: HTTPReply) {
        state.counters.requestsRefused.increment()
        answer(reply, closing: true)
    }

    private func readBody(_ head: HTTPHead, _ remaining: Int) -> Bool {
        let buffer = unsafe context.readBuffer
        let count = unsafe recv(descriptor, buffer.baseAddress, min(buffer.count, remaining), 0)
        guard count > 0 else { return ended(count) }
        unsafe body.append(contentsOf: buffer[..<count])
        if count == remaining { dispatch(head) } else { phase = .body(head, remaining: remaining - count) }
        return true
    }

    private func discard() -> Bool {
        let buffer = unsafe context.readBuffer
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        return count > 0 ? true : ended(count)
    }

    // MARK: Routes

    private func dispatch(_ head: HTTPHead) {
        exchange += 1
        self.head = head
        phase = .route
        deadline = EventLoop.now + state.limits.reply
        watcher?.watch([])  // what the client sends meanwhile waits in the kernel
        var request = head.request
        request.body = body
        body = []
        state.counters.requests.increment()
        let reference = Reference(self, exchange)
        state.routes.http(request, responder: HTTPResponder(loop: context.loop) { reference.answer($0) })
    }

    fileprivate func answered(_ reply: HTTPReply, exchange: Int) {
        guard exchange == self.exchange, case .route = phase else { return }
        answer(reply, closing: false)
        service()
    }

    /// - Returns: whether to go on here; false once the socket is libwebsockets'.
    private func upgrade(_ head: HTTPHead) -> Bool {
        self.head = head
        if let fault = head.upgradeFault {
            state.counters.requestsRefused.increment()
            answer(fault, closing: true)
            return true
        }
        switch state.routes.upgrade(head.request, on: context.loop) {
        case .refuse(let reply):
            state.counters.upgradesRefused.increment()
            answer(reply, closing: true)
            return true
        case .accept(let handler):
            phase = .over
            watcher?.close()
            watcher = nil
            context.remove(self, isClosed: false)
            context.adopt(descriptor, for: state, request: head.request, handler: handler)
            return false
        }
    }

    // MARK: Replying

    private func answer(_ reply: HTTPReply, closing: Bool) {
        closesAfterReply = closing || head?.closes == true || isDraining
        outbound = reply.serialized(withBody: head?.request.method != "HEAD", close: closesAfterReply)
        sent = 0
        head = nil
        phase = .reply
        deadline = EventLoop.now + state.limits.slowReader
    }

    private func write() -> Bool {
        while sent < outbound.count {
            let count = unsafe outbound.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL)) }
            if count < 0, errno == EAGAIN {
                watcher?.watch(.writable)
                return false
            }
            guard count > 0 else {
                finish()
                return false
            }
            sent += count
            deadline = EventLoop.now + state.limits.slowReader
        }
        outbound = []
        watcher?.watch(.readable)
        if closesAfterReply {
            shutdown(descriptor, CInt(SHUT_WR))
            phase = .lingering
            deadline = EventLoop.now + Self.linger
        } else {
            phase = .head
            deadline = EventLoop.now + state.limits.keepAlive
        }
        return true
    }

    // MARK: Ends

    private var isDraining = false

    func sweep(now: Duration) {
        guard deadline <= now else { return }
        switch phase {
        case .route:
            state.counters.requestDeadlines.increment()
            answered(HTTPReply(status: 504, "the answer took too long\n"), exchange: exchange)
        case .head, .body, .reply:
            state.counters.requestDeadlines.increment()
            finish()
        case .lingering: finish()
        case .over: break
        }
    }

    func drain(code: Int, reason: String) {
        isDraining = true
        if case .head = phase { finish() } else { deadline = min(deadline, EventLoop.now + state.limits.closing) }
    }

    func abort() { finish() }

    private func finish() {
        if case .over = phase { return }
        phase = .over
        watcher?.close()
        watcher = nil
        close(descriptor)
        context.remove(self, isClosed: true)
    }

    private static func peerAddress(_ descriptor: CInt) -> String {
        var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
            unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    guard unsafe getpeername(descriptor, address, &length) == 0,
                        unsafe getnameinfo(address, length, name.baseAddress, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
                    else { return "" }
                    return unsafe String(cString: name.baseAddress!)
                }
            }
        }
    }

    /// What a responder holds: nothing that keeps the connection.
    private final class Reference: @unchecked Sendable {
        private weak var connection: HTTPConnection?
        private let exchange: Int
        init(_ connection: HTTPConnection, _ exchange: Int) { (self.connection, self.exchange) = (connection, exchange) }
        func answer(_ reply: HTTPReply) { connection?.answered(reply, exchange: exchange) }
    }
}
