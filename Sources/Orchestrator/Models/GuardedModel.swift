import Synchronization

/// A model behind its circuit breaker: refuses at once while that is open, and tells it how each request ended.
///
/// A request counts once. It is a success when its answer ended well, or was let go after its first text; a failure when it broke, also
/// behind its first text; and nothing when its caller left before there was any, unless the caller had waited ``patience``.
public struct GuardedModel: LanguageModel {
    private let model: any LanguageModel
    private let board: BreakerBoard
    /// A caller who gives up after so long without a first text was kept waiting.
    public var patience: Duration

    public init(_ model: any LanguageModel, board: BreakerBoard, patience: Duration = .seconds(1)) {
        (self.model, self.board, self.patience) = (model, board, patience)
    }

    /// A model that had less time than this and did not make it has not failed: another one in front of it took the time.
    static let fairTime = Duration.milliseconds(500)

    public var name: String { model.name }
    public var price: ModelPrice { model.price }
    public func warmUp() async { await model.warmUp() }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try board.admit(name)
        let verdict = Verdict(name, board, patience, judgesTime: (prompt.firstTextWithin ?? within) >= Self.fairTime)
        let answer: ModelAnswer
        do throws(ModelError) { answer = try await model.answer(prompt, within: within) } catch {
            verdict.failed(error)
            throw error
        }
        let step: @Sendable (ModelAnswer.Pull) async throws(ModelError) -> ModelPiece? = { (pull) async throws(ModelError) in
            do throws(ModelError) {
                let piece = try await pull()
                switch piece {
                case .text: verdict.sawText()
                case .usage: break
                case nil: verdict.succeeded()
                }
                return piece
            } catch {
                verdict.failed(error)
                throw error
            }
        }
        return answer.through(step, judge: { verdict.failed($0) })
    }

    /// Of one request; given when the answer ends or is let go.
    private final class Verdict: Sendable {
        private let state = Mutex((hasText: false, isGiven: false))
        private let name: String, board: BreakerBoard, patience: Duration, start: Duration, judgesTime: Bool

        init(_ name: String, _ board: BreakerBoard, _ patience: Duration, judgesTime: Bool) {
            (self.name, self.board, self.patience, start) = (name, board, patience, board.clock.elapsed())
            self.judgesTime = judgesTime
        }
        deinit { failed(ModelError(.cancelled, engine: name)) }

        func sawText() { state.withLock { $0.hasText = true } }

        func succeeded() { if give() != nil { board.succeeded(name) } }

        func failed(_ error: ModelError) {
            guard let hasText = give() else { return }
            if error.code == .timedOut, !judgesTime { return }
            guard error.code == .cancelled else { return board.failed(name, error) }
            if hasText {
                board.succeeded(name)
            } else if board.clock.elapsed() - start >= patience {
                board.failed(name, ModelError(.timedOut, engine: name))
            }
        }

        /// - Returns: whether there was text; `nil` when the verdict has been given.
        private func give() -> Bool? {
            state.withLock { state in
                defer { state.isGiven = true }
                return state.isGiven ? nil : state.hasText
            }
        }
    }
}
