import Synchronization

/// Resumes a continuation with whichever answer comes first.
final class FirstAnswer<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>
    init(_ continuation: CheckedContinuation<Answer, Never>) { self.continuation = Mutex(continuation) }

    /// - Returns: whether this answer was the first.
    @discardableResult
    func give(_ answer: Answer) -> Bool {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: answer)
        return waiting != nil
    }
}
