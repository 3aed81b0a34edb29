import EventLoop

/// What the sockets of one server share.
final class ServerState: Sendable {
    let routes: any WebRoutes
    let limits: TransportLimits
    let counters = TransportCounters()
    let budget: SocketBudget

    init(routes: any WebRoutes, limits: TransportLimits) {
        (self.routes, self.limits) = (routes, limits)
        budget = SocketBudget(maximum: limits.maximumSockets)
    }
}
