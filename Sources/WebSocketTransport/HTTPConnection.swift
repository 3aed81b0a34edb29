import EventLoop
import Glibc

/// A connection that speaks HTTP, until it ends or becomes a WebSocket.
///
/// libwebsockets' own HTTP server loses its place when a pipelined request has a body, and resolves the target's escapes, which a
/// signature covers. So it gets a socket only when a handshake is next: the head is looked at with `MSG_PEEK`, and is still in the
/// kernel then. What follows a request stays there too, until its turn comes. Loop-confined.
final class HTTPConnection: LoopSocket, @unchecked Sendable {
    enum Phase {
        /// Whether the client speaks TLS shows with its first byte.
        case greeting(TLSContext)
        case handshake(TLSSession)
        /// Waiting for a head.
        case head
        /// The body comes, so many bytes of it are missing.
        case body(HTTPHead, remaining: Int)
        /// The body comes in chunks.
        case chunks(HTTPHead)
        /// The route has the request.
        case route
        /// The reply is on its way out.
        case reply
        /// The route sends a body piece by piece.
        case stream(BodyQueue, isChunked: Bool)
        /// Our side is shut; what the client still sends is thrown away, so that it gets to read the reply.
        case lingering
        case over
    }

    let context: LoopContext
    let server: ServerState?
    var index = 0
    let state: ServerState
    var wire: Wire
    let remoteAddress: String
    var watcher: FileWatcher?
    var phase = Phase.head
    var deadline: Duration
    private var peeked = 0
    private var body: [UInt8] = []
    private var chunks = ChunkedBody(limit: 0)
    /// Of the request that is being answered.
    var head: HTTPHead?
    private(set) var exchange = 0
    var outbound: [UInt8] = []
    var sent = 0
    var closesAfterReply = false
    var isDraining = false
    private var isServicing = false

    /// Steps in one go (a request, 8 KB of a body), before other sockets get their turn: a client that sends without pause would
    /// have the loop for itself.
    private static let steps = 16

    init(context: LoopContext, descriptor: CInt, server: ServerState) {
        (self.context, self.server, state, wire) = (context, server, server, Wire(descriptor: descriptor))
        remoteAddress = wire.peerAddress
        deadline = EventLoop.now + server.limits.head
        if let tls = server.tls { phase = .greeting(tls) }
        watcher = FileWatcher(descriptor, on: context.loop) { [unowned self] ready in
            if ready.contains(.failed) || ready.contains(.disconnected) { finish() } else { service() }
        }
        watcher?.watch(.readable)
    }

    // MARK: Reading

    /// Goes on as far as the socket allows.
    func service() {
        guard !isServicing else { return }
        isServicing = true
        defer { isServicing = false }
        for _ in 0..<Self.steps {
            let goesOn =
                switch phase {
                case .greeting(let tls): readGreeting(tls)
                case .handshake(let session): shakeHands(session)
                case .head: readHead()
                case .body(let head, let remaining): readBody(head, remaining)
                case .chunks(let head): readChunks(head)
                case .reply: write()
                case .stream(let queue, let isChunked): stream(queue, isChunked)
                case .lingering: discard()
                case .route, .over: false
                }
            if !goesOn { return }
        }
        context.loop.post { [weak self] in self?.service() }
    }

    private func readHead() -> Bool {
        let buffer = unsafe context.readBuffer
        let transfer = unsafe wire.peek(into: buffer)
        guard case .bytes(let count) = transfer else { return ended(transfer) }
        // Nothing new since the last look.
        guard count > peeked else { return wire.hasEnded ? ended(.ended) : false }
        switch HTTPHead.parse(unsafe Array(buffer[..<count]), remoteAddress: remoteAddress) {
        case .incomplete:
            peeked = count
            wire.wakeAt(count + 1)
            return false
        case .invalid(let reply): refuse(reply)
        case .head(var head):
            peeked = 0
            wire.wakeAt(1)
            head.request.isSecure = wire.session != nil
            if head.upgrades { return upgrade(head) }
            unsafe wire.consume(head.byteCount, buffer)
            accept(head)
        }
        return true
    }

    /// - Returns: false: nothing to go on with.
    private func ended(_ transfer: Transfer) -> Bool {
        if case .ended = transfer { finish() }
        return false
    }

    private func accept(_ head: HTTPHead) {
        let limit = state.limits.maximumBodyBytes
        body = []
        switch head.framing {
        case .length(0): return dispatch(head)
        case .length(let length):
            if length > limit { return refuse(tooLong, of: head) }
            phase = .body(head, remaining: length)
        case .chunked:
            chunks = ChunkedBody(limit: limit)
            phase = .chunks(head)
        }
        // For the whole body: one that drips gains nothing.
        deadline = EventLoop.now + state.limits.body
        if head.expectsContinue {
            _ = unsafe Array("HTTP/1.1 100 Continue\r\n\r\n".utf8).withUnsafeBytes { unsafe wire.write($0) }
        }
    }

    private var tooLong: HTTPReply { HTTPReply(status: 413, "a body has at most \(state.limits.maximumBodyBytes) bytes\n") }

    /// - Parameter head: what is refused, once it could be read.
    func refuse(_ reply: HTTPReply, of head: HTTPHead? = nil) {
        state.counters.requestsRefused.increment()
        answer(state.routes.refusal(reply, of: head?.request), closing: true)
    }

    /// The route has not answered, and will not.
    func unanswered(_ reply: HTTPReply, exchange: Int) {
        guard exchange == self.exchange, case .route = phase else { return }
        answered(state.routes.refusal(reply, of: head?.request), exchange: exchange)
    }

    private func readBody(_ head: HTTPHead, _ remaining: Int) -> Bool {
        let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: context.readBuffer.prefix(remaining))
        let transfer = unsafe wire.peek(into: buffer)
        guard case .bytes(let count) = transfer else { return ended(transfer) }
        unsafe wire.consume(count, buffer)
        unsafe body.append(contentsOf: buffer[..<count])
        if count == remaining { dispatch(head) } else { phase = .body(head, remaining: remaining - count) }
        return true
    }

    private func readChunks(_ head: HTTPHead) -> Bool {
        let buffer = unsafe context.readBuffer
        let transfer = unsafe wire.peek(into: buffer)
        guard case .bytes(let count) = transfer else { return ended(transfer) }
        switch unsafe chunks.read(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes) {
        case .more: unsafe wire.consume(count, buffer)
        case .complete(let used):
            unsafe wire.consume(used, buffer)
            body = chunks.bytes
            chunks = ChunkedBody(limit: 0)
            dispatch(head)
        case .broken(413): refuse(tooLong, of: head)
        case .broken(let status): refuse(HTTPReply(status: status, "a chunk of the body is broken\n"), of: head)
        }
        return true
    }

    private func discard() -> Bool {
        let transfer = unsafe wire.discard(context.readBuffer)
        if case .bytes = transfer { return true }
        return ended(transfer)
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
        let pending = HTTPExchange(self, number: exchange, loop: context.loop, limit: state.limits.maximumQueuedBytes)
        context.loop.doing("HTTP route") { state.routes.http(request, responder: HTTPResponder(pending)) }
    }

    /// - Returns: whether to go on here; false once the socket is libwebsockets'.
    private func upgrade(_ head: HTTPHead) -> Bool {
        self.head = head
        if let fault = head.upgradeFault {
            refuse(fault, of: head)
            return true
        }
        switch context.loop.doing("WebSocket upgrade", { state.routes.upgrade(head.request, on: context.loop) }) {
        case .refuse(let reply):
            state.counters.upgradesRefused.increment()
            answer(reply, closing: true)
            return true
        case .accept(let handler):
            phase = .over
            watcher?.close()
            watcher = nil
            context.remove(self, isClosed: false)
            if let session = wire.session {
                TLSRelay.start(context, wire.descriptor, session, for: state, request: head.request, handler: handler)
            } else {
                context.adopt(wire.descriptor, for: state, request: head.request, handler: handler)
            }
            return false
        }
    }

    // MARK: Ends

    func sweep(now: Duration) {
        // What a loop with too much to do refused to be woken for.
        if case .stream = phase { service() }
        guard deadline <= now else { return }
        switch phase {
        case .route:
            state.counters.requestDeadlines.increment()
            unanswered(HTTPReply(status: 504, "the answer took too long\n"), exchange: exchange)
        case .greeting, .handshake, .head, .body, .chunks, .reply:
            state.counters.requestDeadlines.increment()
            finish()
        case .stream: drop()
        case .lingering: finish()
        case .over: break
        }
    }

    func drain(code: Int, reason: String) {
        isDraining = true
        switch phase {
        case .greeting, .handshake, .head: finish()
        case .stream(let queue, _): endStream(queue)
        default: break
        }
        deadline = min(deadline, EventLoop.now + state.limits.closing)
    }

    func abort() { finish() }

    func finish() {
        if case .over = phase { return }
        switch phase {
        case .stream(let queue, _): queue.finish()
        case .handshake: state.counters.handshakesFailed.increment()
        default: break
        }
        phase = .over
        watcher?.close()
        watcher = nil
        close(wire.descriptor)
        context.remove(self, isClosed: true)
    }
}
