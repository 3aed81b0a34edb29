import Synchronization

/// Counts the sockets that came in, and bounds how many are open at once.
public final class SocketBudget: Sendable {
    public let maximum: Int
    private let open = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    public init(maximum: Int) { self.maximum = maximum }

    public var openSockets: Int { open.load(ordering: .relaxed) }
    public var acceptedSockets: Int { taken.load(ordering: .relaxed) }
    /// Connections closed at once for want of room.
    public var refusedSockets: Int { refused.load(ordering: .relaxed) }

    /// A socket is closed.
    public func release() { open.subtract(1, ordering: .relaxed) }

    /// - Returns: whether one more may be open; else it is counted as refused. On the accepting thread alone.
    func take() -> Bool {
        guard openSockets < maximum else {
            refuse()
            return false
        }
        open.add(1, ordering: .relaxed)
        taken.add(1, ordering: .relaxed)
        return true
    }

    func refuse() { refused.add(1, ordering: .relaxed) }
}
