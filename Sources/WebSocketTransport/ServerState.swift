import EventLoop

/// What the sockets of one server share.
final class ServerState: Sendable {
    let routes: any WebRoutes
    let limits: TransportLimits
    let counters = TransportCounters()
    let budget: SocketBudget
    private let certificate: PosixMutex<TLSContext?>

    /// What new connections are served with; nil is a plain port.
    var tls: TLSContext? {
        get { certificate.withLock { $0 } }
        set { certificate.withLock { $0 = newValue } }
    }

    init(routes: any WebRoutes, limits: TransportLimits, tls: TLSContext?) {
        (self.routes, self.limits, certificate) = (routes, limits, PosixMutex(tls))
        budget = SocketBudget(maximum: limits.maximumSockets)
    }
}
