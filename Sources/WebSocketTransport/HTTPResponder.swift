public import EventLoop
import Synchronization

/// Answers one request: at once, or later from any thread. Exactly one answer counts; none by the time it is let go is a 500.
///
/// A client that went away meanwhile is no error: the answer is dropped.
public final class HTTPResponder: Sendable {
    /// The loop of the connection.
    public let loop: EventLoop
    private let isAnswered = Atomic<Bool>(false)
    private let deliver: @Sendable (HTTPReply) -> Void

    /// - Parameter deliver: called on the loop, once. Tests of routes bring their own.
    public init(loop: EventLoop, deliver: @escaping @Sendable (HTTPReply) -> Void) {
        (self.loop, self.deliver) = (loop, deliver)
    }

    /// - Returns: whether this was the first answer.
    @discardableResult
    public func respond(_ reply: HTTPReply) -> Bool {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        if loop.isOnLoop { deliver(reply) } else { loop.post { [deliver] in deliver(reply) } }
        return true
    }

    deinit {
        guard !isAnswered.load(ordering: .acquiring) else { return }
        loop.post { [deliver] in deliver(HTTPReply(status: 500, "no answer\n")) }
    }
}
