import Synchronization

/// Asks a language model for a decision, and for an answer of its own where the pack has none. It advises: its decision is validated like any
/// other, and its words are only said.
///
/// Advice is given as soon as the decision and the first clause of such an answer are there; the rest follows while it is written.
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
    /// Left of the engine's time when advice must be there; half of it is left to the model to say itself that it is late.
    static let margin = Duration.milliseconds(40)
    /// How long an answer may be written behind its first clause.
    static let restTime = Duration.seconds(10)

    /// - Parameters:
    ///   - model: behind its guard (``GuardedModel``).
    ///   - gate: shared by all that are asked.
    ///   - prompts: those in force; without, the pack's.
    ///   - cache: shared, too; asked for each time, since it may be switched off.
    public init(
        _ model: any LanguageModel, gate: FairGate, pack: DomainPack, prompts: PromptBook? = nil,
        cache: @escaping @Sendable () -> ResponseCache? = { nil }, used: @escaping Used = { _, _, _ in }
    ) {
        (self.model, self.gate, self.pack, self.cache, self.used) = (model, gate, pack, cache, used)
        (prompt, validator) = (DecisionPrompt(pack, book: prompts), DecisionValidator(pack: pack))
    }

    public var name: String { model.name }

    public func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { try await advise(text, in: context).decision }

    public func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
        let limit = context.remaining - Self.margin
        guard limit > .zero else { throw ModelError(.timedOut, engine: name) }
        let prompt = prompt.prompt(for: text, in: context)
        // An open question is answered by this caller alone.
        let cache = context.expecting == nil && context.workflow == nil ? cache() : nil
        if var known = cache?.advice(of: name, to: prompt, mayAnswer: context.mayAnswer) {
            known.promptVersion = prompt.version
            return known
        }

        let (parts, writer) = AsyncStream.makeStream(of: Part.self)
        let asking = Asking(by: gate.clock.elapsed() + limit)
        let task = Task {
            do throws(any Error) { try await write(prompt, context, asking, cache, to: writer) } catch { writer.yield(.failed(error)) }
            writer.finish()
        }
        writer.onTermination = { _ in task.cancel() }
        var advice = try await head(of: Remainder(parts), asking, in: context)
        advice.promptVersion = prompt.version
        return advice
    }

    /// What comes out of an answer, in order.
    private enum Part: Sendable {
        /// Once, in front of the clauses.
        case decision(Decision)
        case clauses(String)
        case failed(any Error)
    }

    /// What reader and writer of one answer share.
    private final class Asking: Sendable {
        /// When advice must be there.
        let deadline: Duration
        private let answer = Mutex<ModelAnswer?>(nil)
        init(by deadline: Duration) { self.deadline = deadline }
        func began(_ answer: ModelAnswer) { self.answer.withLock { $0 = answer } }
        func condemn(_ error: ModelError) { answer.withLock { $0 }?.condemn(error) }
        func ended() { answer.withLock { $0 = nil } }
    }

    // MARK: The reader

    /// The decision, with the first clause behind it where one is wanted.
    private func head(of parts: Remainder<Part>, _ asking: Asking, in context: UnderstandingContext) async throws -> Advice {
        var decision: Decision?
        while true {
            let late: @Sendable () -> Void = { [name] in asking.condemn(ModelError(.timedOut, engine: name)) }
            let part = await BoundedWait.run(until: asking.deadline + Self.margin / 2, on: gate.clock, late: late) { await parts.next() }
            switch part {
            case .value(.decision(let found)):
                guard isAnswered(by: found, in: context) else { return Advice(found) }
                decision = found
            case .value(.clauses(let first)):
                guard let decision else { break }
                return Advice(decision, answer: first, rest: clauses(of: parts, asking))
            case .value(.failed(let error)):
                guard let decision else { throw error }
                return Advice(decision)
            case .value(nil), .timedOut:
                if let decision { return Advice(decision) }
                throw ModelError(.timedOut, engine: name, "no decision in time")
            case .failed, .cancelled: throw ModelError(.cancelled, engine: name)
            }
        }
    }

    private func clauses(of parts: Remainder<Part>, _ asking: Asking) -> Remainder<String> {
        Remainder(
            AsyncStream(unfolding: {
                // An answer that breaks off ends here: its clauses were whole.
                if case .clauses(let further) = await parts.next() { further } else { nil }
            }), late: { [name] in asking.condemn(ModelError(.timedOut, engine: name)) })
    }

    /// Whether the model's own words are wanted: the decision holds, and neither workflow nor phrase has any.
    private func isAnswered(by decision: Decision, in context: UnderstandingContext) -> Bool {
        context.mayAnswer && context.expecting == nil && decision.nextAction == .answer && decision.act == nil && pack.intent(decision.intent) == nil
            && validator.rejection(of: decision, in: context) == nil
    }

    // MARK: The writer

    /// Waits for a place, asks, and hands out what comes; stops as soon as nothing more is needed.
    private func write(
        _ prompt: ModelPrompt, _ context: UnderstandingContext, _ asking: Asking, _ cache: ResponseCache?, to writer: AsyncStream<Part>.Continuation
    ) async throws {
        try await gate.run(for: context.session, waiting: asking.deadline - gate.clock.elapsed()) {
            var prompt = prompt
            let left = max(.milliseconds(1), asking.deadline - gate.clock.elapsed())
            prompt.firstTextWithin = left
            let answer = try await model.answer(prompt, within: context.mayAnswer ? left + Self.restTime : left)
            asking.began(answer)
            defer {
                asking.ended()
                used(name, answer.usage, model.price.cost(of: answer.usage))
            }
            guard let whole = try await read(answer, in: context, to: writer), validator.rejection(of: whole.decision, in: context) == nil else { return }
            cache?.keep(whole, of: name, to: prompt, mayAnswer: context.mayAnswer)
        }
    }

    /// - Returns: the whole answer.
    private func read(_ answer: ModelAnswer, in context: UnderstandingContext, to writer: AsyncStream<Part>.Continuation) async throws -> Advice? {
        var parser = AnswerParser(), clauses = ClauseReader(), decision: Decision?, words = ""
        do {
            for try await case .text(let piece) in answer {
                for event in try parser.read(piece) {
                    switch event {
                    case .decision(let found):
                        writer.yield(.decision(found))
                        decision = found
                        guard isAnswered(by: found, in: context) else { return Advice(found) }
                    case .reply(let text):
                        words += text
                        if let whole = clauses.take(text) { writer.yield(.clauses(whole)) }
                    }
                }
            }
            try parser.finish()
        } catch let failure as AnswerParser.Failure {
            let error = ModelError(.malformed, engine: name, "the answer: \(failure)")
            answer.condemn(error)
            throw error
        }
        if let rest = clauses.rest() { writer.yield(.clauses(rest)) }
        return decision.map { Advice($0, answer: words.isEmpty ? nil : words) }
    }
}
