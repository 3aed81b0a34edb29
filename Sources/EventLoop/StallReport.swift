/// A loop that is, or was, held up: nothing else on it was served meanwhile.
public struct StallReport: Sendable, Equatable {
    /// Place in ``EventLoopGroup/loops``.
    public var loop: Int
    /// What it was doing for most of the time, as named by ``EventLoop/doing(_:_:)`` or by the loop itself.
    public var activity: String
    /// So far, or in all; without the time in which the whole process stood still, as far as that shows.
    public var elapsed: Duration
    /// Whether the loop goes on. A stall that was reported while it lasted is reported once more then.
    public var isOver: Bool
}
