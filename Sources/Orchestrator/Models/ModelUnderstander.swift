/// Asks a language model for a decision, and for an answer of its own where the pack has none. It advises: its decision is validated like any
/// other, and its words are only said.
public struct ModelUnderstander: Understander {
    /// What one request used, for the books: engine, tokens, micro-dollars.
    public typealias Used = @Sendable (_ engine: String, ModelUsage, _ costMicroDollars: Int) -> Void

    private let model: any LanguageModel
    private let gate: FairGate
    private let prompt: DecisionPrompt
    private let pack: DomainPack
    private let validator: DecisionValidator
    private let used: Used
    /// `nil` while nothing is to be kept or given.
    private let cache: @Sendable () -> ResponseCache?
    /// Left of the engine's time when the request must be over, so that half an answer can still be used.
    static let margin = Duration.milliseconds(40)

    /// - Parameters:
    ///   - model: behind its guard (``GuardedModel``).
    ///   - gate: shared by all that are asked.
    ///   - cache: shared, too; asked for each time, since it may be switched off.
    public init(
        _ model: any LanguageModel, gate: FairGate, pack: DomainPack, cache: @escaping @Sendable () -> ResponseCache? = { nil },
        used: @escaping Used = { _, _, _ in }
    ) {
        (self.model, self.gate, self.pack, self.cache, self.used) = (model, gate, pack, cache, used)
        (prompt, validator) = (DecisionPrompt(pack), DecisionValidator(pack: pack))
    }

    public var name: String { model.name }

    public func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { try await advise(text, in: context).decision }

    public func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
        let limit = context.remaining - Self.margin
        guard limit > .zero else { throw ModelError(.timedOut, engine: name) }
        let prompt = prompt.prompt(for: text, in: context)
        // An open question is answered by this caller alone.
        let cache = context.expecting == nil && context.workflow == nil ? cache() : nil
        if let known = cache?.advice(of: name, to: prompt, mayAnswer: context.mayAnswer) { return known }
        let asked = gate.clock.elapsed()
        let advice = try await gate.run(for: context.session, waiting: limit) {
            let answer = try await model.answer(prompt, within: max(.milliseconds(1), limit - (gate.clock.elapsed() - asked)))
            defer { used(name, answer.usage, model.price.cost(of: answer.usage)) }
            return try await read(answer, in: context)
        }
        if advice.isWhole, validator.rejection(of: advice.advice.decision, in: context) == nil {
            cache?.keep(advice.advice, of: name, to: prompt, mayAnswer: context.mayAnswer)
        }
        return advice.advice
    }

    /// Stops reading, and thereby the request, as soon as nothing more is needed.
    private func read(_ answer: ModelAnswer, in context: UnderstandingContext) async throws -> (advice: Advice, isWhole: Bool) {
        var parser = AnswerParser(), decision: Decision?, words = "", isWhole = true
        do {
            for try await case .text(let piece) in answer {
                for event in try parser.read(piece) {
                    switch event {
                    case .decision(let found):
                        decision = found
                        guard isAnswered(by: found, in: context) else { return (Advice(found), true) }
                    case .reply(let text): words += text
                    }
                }
            }
            try parser.finish()
        } catch {
            guard decision != nil else { throw (error as? AnswerParser.Failure).map { _ in ModelError(.malformed, engine: name, "the decision") } ?? error }
            (words, isWhole) = (DirectAnswer.complete(words), false)
        }
        guard let decision else { throw ModelError(.malformed, engine: name, "no decision") }
        return (Advice(decision, answer: words.isEmpty ? nil : words), isWhole)
    }

    /// Whether the model's own words are wanted: neither workflow nor phrase has any.
    private func isAnswered(by decision: Decision, in context: UnderstandingContext) -> Bool {
        context.mayAnswer && context.expecting == nil && decision.nextAction == .answer && decision.act == nil && pack.intent(decision.intent) == nil
    }
}
