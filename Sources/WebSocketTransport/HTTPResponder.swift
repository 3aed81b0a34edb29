public import EventLoop
import Synchronization

/// Answers one request: at once, or later from any thread. Exactly one answer counts; none by the time it is let go is a 500.
///
/// A client that went away meanwhile is no error: the answer is dropped.
public final class HTTPResponder: Sendable {
    /// The loop of the connection.
    public let loop: EventLoop
    private let isAnswered = Atomic<Bool>(false)
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { (loop, self.exchange) = (exchange.loop, exchange) }

    /// - Returns: whether this was the first answer.
    @discardableResult
    public func respond(_ reply: HTTPReply) -> Bool {
        guard isFirst() else { return false }
        if loop.isOnLoop { exchange.answer(reply) } else { loop.post { [exchange] in exchange.answer(reply) } }
        return true
    }

    /// Starts an answer whose body comes in pieces; ``TransportLimits/reply`` ends here, and the stream has no deadline but
    /// ``TransportLimits/slowReader`` for what it sends.
    ///
    /// HTTP/1.1 gets chunks, HTTP/1.0 a body until the connection closes, `HEAD` none: that stream ends at once.
    /// - Parameters:
    ///   - closed: called once, when the client has gone (its sending half alone counts too), or was dropped, or the stream has
    ///     ended. On ``loop``, in a turn of its own; on a loop that is going down it may come at once, on the calling thread.
    /// - Returns: nil when there was an answer already; `closed` is not called then.
    public func stream(
        status: Int = 200, headers: HTTPHeaders = [:], closed: @escaping @Sendable () -> Void = {}
    ) -> HTTPBodyStream? {
        guard isFirst() else { return nil }
        let queue = exchange.bodyQueue(closed: closed)
        if loop.isOnLoop {
            exchange.begin(status, headers, queue)
        } else if !loop.post({ [exchange] in exchange.begin(status, headers, queue) }) {
            queue.finish()
        }
        return HTTPBodyStream(queue)
    }

    private func isFirst() -> Bool { !isAnswered.exchange(true, ordering: .acquiringAndReleasing) }

    deinit {
        guard !isAnswered.load(ordering: .acquiring) else { return }
        loop.post { [exchange] in exchange.forget() }
    }
}
