import EventLoop

/// What the sockets of one server share.
final class ServerState: Sendable {
    let routes: any WebRoutes
    let limits: TransportLimits
    let counters: TransportCounters
    private let acceptor = PosixMutex<AcceptingThread?>(nil)

    init(routes: any WebRoutes, limits: TransportLimits, counters: TransportCounters) {
        (self.routes, self.limits, self.counters) = (routes, limits, counters)
    }

    func attach(_ acceptor: AcceptingThread) { self.acceptor.withLock { $0 = acceptor } }
    func socketClosed() { acceptor.withLock { $0 }?.socketClosed() }
}
