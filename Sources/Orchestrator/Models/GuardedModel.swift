/// A model behind its circuit breaker: refuses at once while that is open, and tells it how each request ended.
///
/// A request counts once, as ``Verdict`` says; an answer has begun with its first text.
public struct GuardedModel: LanguageModel {
    private let model: any LanguageModel
    private let board: BreakerBoard
    /// A caller who gives up after so long without a first text was kept waiting.
    public var patience: Duration

    public init(_ model: any LanguageModel, board: BreakerBoard, patience: Duration = .seconds(1)) {
        (self.model, self.board, self.patience) = (model, board, patience)
    }

    public var name: String { model.name }
    public var price: ModelPrice { model.price }
    public func warmUp() async { await model.warmUp() }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try board.admit(name)
        let verdict = Verdict(name, board, patience, within: prompt.firstTextWithin ?? within)
        let answer: ModelAnswer
        do throws(ModelError) { answer = try await model.answer(prompt, within: within) } catch {
            verdict.failed(error)
            throw error
        }
        let step: @Sendable (ModelAnswer.Pull) async throws(ModelError) -> ModelPiece? = { (pull) async throws(ModelError) in
            do throws(ModelError) {
                let piece = try await pull()
                switch piece {
                case .text: verdict.sawAnswer()
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
}
