import Synchronization

/// What one request tells the ``BreakerBoard`` about its service; given when the answer ends or is let go.
///
/// A success when the answer ended well, or was let go after it had begun; a failure when it broke, also behind its beginning; and nothing
/// when its caller left before there was any, unless the caller had waited for `patience`.
final class Verdict: Sendable {
    private let state = Mutex((hasAnswer: false, isGiven: false))
    private let name: String, board: BreakerBoard, patience: Duration, start: Duration, judgesTime: Bool

    /// A service that had less time than this and did not make it has not failed: another one in front of it took the time.
    private static let fairTime = Duration.milliseconds(500)

    /// - Parameters:
    ///   - patience: a caller who gives up after so long without an answer was kept waiting.
    ///   - within: what the service is given.
    init(_ name: String, _ board: BreakerBoard, _ patience: Duration, within: Duration) {
        (self.name, self.board, self.patience, start) = (name, board, patience, board.clock.elapsed())
        judgesTime = within >= Self.fairTime
    }
    deinit { failed(ModelError(.cancelled, engine: name)) }

    /// The answer has begun.
    func sawAnswer() { state.withLock { $0.hasAnswer = true } }

    var isGiven: Bool { state.withLock { $0.isGiven } }

    func succeeded() { if give() != nil { board.succeeded(name) } }

    func failed(_ error: ModelError) {
        guard let hasAnswer = give() else { return }
        if error.code == .timedOut, !judgesTime { return }
        guard error.code == .cancelled else { return board.failed(name, error) }
        if hasAnswer {
            board.succeeded(name)
        } else if board.clock.elapsed() - start >= patience {
            board.failed(name, ModelError(.timedOut, engine: name))
        }
    }

    /// - Returns: whether the answer had begun; `nil` when the verdict has been given.
    private func give() -> Bool? {
        state.withLock { state in
            defer { state.isGiven = true }
            return state.isGiven ? nil : state.hasAnswer
        }
    }
}
