public import EventLoop

/// HTTP and WebSockets on one port, over the loops of a group.
public final class WebServer: Sendable {
    public struct Configuration: Sendable {
        /// Address or name to listen on, and the port; 0 takes a free one.
        public var host = "127.0.0.1"
        public var port: UInt16 = 8080
        public var limits = TransportLimits()
        /// With it the port speaks TLS 1.2 and 1.3; a plain request is served only to this machine itself, for health checks.
        public var tls: TLSFiles?
        public init() {}
    }

    public let host: String
    /// As bound.
    public var port: UInt16 { acceptor.port }
    public var counters: TransportCounters { state.counters }

    private let group: EventLoopGroup
    let state: ServerState
    let tlsFiles: TLSFiles?
    private let acceptor: AcceptingThread

    /// Listens, and serves from the moment it returns.
    /// - Throws: ``TLSError``, ``ListenError`` or ``WebSocketError``, one sentence each.
    public init(_ configuration: Configuration, group: EventLoopGroup, routes: any WebRoutes) async throws {
        self.group = group
        host = configuration.host
        tlsFiles = configuration.tls
        let tls = try configuration.tls.map { files throws(TLSError) in try TLSContext(files) }
        let state = ServerState(routes: routes, limits: configuration.limits, tls: tls)
        self.state = state
        for loop in group.loops { try await loop.perform { _ = try LoopContext.of(loop) } }
        acceptor = try AcceptingThread(
            host: configuration.host, port: configuration.port, group: group, budget: state.budget
        ) { socket, loop in
            let isTaken = loop.post {
                guard let context = try? LoopContext.of(loop) else { return }
                context.accept(socket, for: state)
            }
            if !isTaken {
                AcceptingThread.discard(socket)
                state.budget.release()
            }
        }
    }

    public var openSockets: Int { state.budget.openSockets }
    /// Connections accepted, and those closed at once because ``TransportLimits/maximumSockets`` were open.
    public var acceptedSockets: Int { state.budget.acceptedSockets }
    public var refusedSockets: Int { state.budget.refusedSockets }

    /// Frees the port; what is open goes on. Idempotent.
    public func stopAccepting() { acceptor.stop() }

    /// Closes every WebSocket with `code`, lets requests finish, and drops what is left after ``TransportLimits/closing``.
    public func closeAll(code: Int = 1001, reason: String = "going away") async {
        for loop in group.loops {
            await withCheckedContinuation { continuation in
                let isQueued = loop.post { [state] in
                    guard let context = try? LoopContext.of(loop) else { return continuation.resume() }
                    context.drain(state, code: code, reason: reason) { continuation.resume() }
                }
                if !isQueued { continuation.resume() }
            }
        }
    }

    /// ``stopAccepting()``, then ``closeAll(code:reason:)``: afterwards no socket of this server is open.
    public func stop() async {
        stopAccepting()
        await closeAll()
    }
}
