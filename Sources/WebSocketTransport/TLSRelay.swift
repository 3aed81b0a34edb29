import EventLoop
import Glibc

/// A WebSocket over TLS: moves bytes between the session and a socket pair whose other end libwebsockets has, as if it were the client's
/// plain socket.
///
/// Back-pressure both ways: what the pair does not take stays in the session (one record) and then in the kernel, and what the network
/// does not take is at most one piece here, and then stays in the pair. Each end is passed on when all before it has been. Loop-confined.
final class TLSRelay: LoopSocket, @unchecked Sendable {
    let context: LoopContext
    let server: ServerState?
    var index = 0
    private let limits: TransportLimits
    private let wire: Wire
    private let session: TLSSession
    private let pair: CInt
    private var network: FileWatcher?
    private var library: FileWatcher?
    /// From the library, on its way to the client.
    private var outbound: [UInt8] = []
    /// The client has said all; the library has been told.
    private var isInboundOver = false
    /// The library has closed its end; the client has been told.
    private var isOutboundOver = false
    private var isPairStuck = false
    private var stuckSince: Duration?
    private var deadline: Duration?
    private var isDraining = false
    private var isOver = false
    private var isPumping = false

    /// For the client to close, after we have.
    private static let linger = Duration.seconds(2)
    /// Of what the library has sent and the network has not taken: about two seconds of a call's frames, so that a stuck client shows.
    private static let pairBuffer: CInt = 65_536
    /// Pieces of 8 KB in one direction, before other sockets get their turn.
    private static let steps = 16

    /// Begins with what `session` holds: the head of the handshake, and perhaps more.
    static func start(
        _ context: LoopContext, _ descriptor: CInt, _ session: TLSSession, for server: ServerState, request: HTTPRequest,
        handler: any WebSocketHandler
    ) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            // No descriptor is left.
            AcceptingThread.discard(descriptor)
            return server.budget.release()
        }
        var size = pairBuffer
        for end in ends { unsafe setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size)) }
        let relay = TLSRelay(context, descriptor, session, pair: ends[0], server: server)
        context.insert(relay)
        context.adopt(ends[1], for: server, request: request, handler: handler, holdsPlace: false)
        relay.pump()
    }

    private init(_ context: LoopContext, _ descriptor: CInt, _ session: TLSSession, pair: CInt, server: ServerState) {
        (self.context, self.server, limits, self.session, self.pair) = (context, server, server.limits, session, pair)
        wire = Wire(descriptor: descriptor, session: session)
        network = FileWatcher(descriptor, on: context.loop) { [unowned self] ready in
            if ready.contains(.failed) { finish() } else { pump(inbound: ready.contains(.readable), outbound: !outbound.isEmpty) }
        }
        library = FileWatcher(pair, on: context.loop) { [unowned self] _ in pump(inbound: isPairStuck, outbound: outbound.isEmpty) }
    }

    // MARK: Moving bytes

    private func pump(inbound: Bool = true, outbound: Bool = true) {
        guard !isPumping, !isOver else { return }
        isPumping = true
        let isWaiting = !inbound || moveInbound()
        let isIdle = !outbound || moveOutbound()
        isPumping = false
        guard !isOver else { return }
        if isInboundOver && isOutboundOver { return finish() }
        watch()
        if !isWaiting || !isIdle { context.loop.post { [weak self] in self?.pump() } }
    }

    /// - Returns: whether nothing more can be done now.
    private func moveInbound() -> Bool {
        let buffer = unsafe context.readBuffer
        isPairStuck = false
        for _ in 0..<Self.steps {
            guard !isInboundOver else { return true }
            switch unsafe session.peek(into: buffer) {
            case .wait: return true
            case .ended:
                shutdown(pair, CInt(SHUT_WR))
                isInboundOver = true
                expire(within: limits.closing + Self.linger)
            case .bytes(let count):
                // The library has gone: the rest is read for the client's sake, and thrown away.
                let taken = isOutboundOver ? count : unsafe send(pair, buffer.baseAddress, count, CInt(MSG_NOSIGNAL))
                if taken > 0 {
                    session.consume(taken)
                    if session.isDry { return true }
                } else if taken < 0, errno == EAGAIN {
                    isPairStuck = true
                    return true
                } else {
                    session.consume(count)
                }
            }
        }
        return false
    }

    /// - Returns: whether nothing more can be done now.
    private func moveOutbound() -> Bool {
        let buffer = unsafe context.readBuffer
        for _ in 0..<Self.steps {
            guard !isOutboundOver, !isOver else { return true }
            if !outbound.isEmpty {
                guard unsafe outbound.withUnsafeBytes({ unsafe write($0) }) else { return true }
                continue
            }
            let count = unsafe recv(pair, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                guard unsafe write(UnsafeRawBufferPointer(rebasing: buffer[..<count])), count == buffer.count else { return true }
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return true
            } else {
                wire.shutDown()
                isOutboundOver = true
                expire(within: isDraining ? limits.closing : Self.linger)
            }
        }
        return false
    }

    /// Sends what the network takes, and keeps the rest.
    /// - Returns: whether all went out.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        while sent < bytes.count {
            switch unsafe session.write(UnsafeRawBufferPointer(rebasing: bytes[sent...])) {
            case .bytes(let count):
                sent += count
                stuckSince = nil
            case .wait:
                outbound = unsafe Array(bytes[sent...])
                stuckSince = stuckSince ?? EventLoop.now
                return false
            case .ended:
                finish()
                return false
            }
        }
        outbound = []
        stuckSince = nil
        return true
    }

    private func watch() {
        var interest: FileWatcher.Readiness = []
        if !isInboundOver && !isPairStuck { interest.insert(.readable) }
        if !outbound.isEmpty { interest.insert(.writable) }
        network?.watch(interest)
        interest = []
        if !isOutboundOver && outbound.isEmpty { interest.insert(.readable) }
        if isPairStuck { interest.insert(.writable) }
        library?.watch(interest)
    }

    // MARK: Ends

    private func expire(within time: Duration) {
        let latest = EventLoop.now + time
        deadline = min(deadline ?? latest, latest)
    }

    func sweep(now: Duration) {
        if let deadline, deadline <= now { return finish() }
        // The library, whose end fills up next, sees the slow reader itself and says so; this is for what fills nothing.
        if let stuckSince, now - stuckSince >= limits.slowReader * 2 { finish() }
    }

    /// The WebSocket says goodbye; what is here only has to pass it on.
    func drain(code: Int, reason: String) {
        isDraining = true
        expire(within: limits.closing * 2)
    }

    func abort() { finish() }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        network?.close()
        library?.close()
        (network, library) = (nil, nil)
        close(wire.descriptor)
        close(pair)
        context.remove(self, isClosed: true)
    }
}
