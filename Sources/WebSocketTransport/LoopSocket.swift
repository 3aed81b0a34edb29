import EventLoop

/// A socket of a loop, in the table that is swept for deadlines. Loop-confined.
protocol LoopSocket: AnyObject {
    /// Its place in the table.
    var index: Int { get set }
    /// nil in the client role.
    var server: ServerState? { get }
    /// Whether it has a place in the server's ``SocketBudget``, to be given back at its end.
    var holdsPlace: Bool { get }
    /// Every 100 ms.
    func sweep(now: Duration)
    /// The server goes down: say so, and be gone within ``TransportLimits/closing``.
    func drain(code: Int, reason: String)
    /// The loop goes down, now.
    func abort()
}

extension LoopSocket {
    var holdsPlace: Bool { true }
}
