import Foundation
public import Orchestrator
public import SpokenText

/// Understanding without a model to fetch: n-grams trained on the domain pack's sentences when it is made.
///
/// Intents by logistic regression beside a background class, dialogue acts by phrases and a classifier of their own, values by the
/// parsers of `SpokenText`, all after the pack's words have repaired what the recogniser misheard. Never fails, never waits, and the same text
/// in the same context always gives the same decision. Immutable: calls share one.
public final class EmbeddedUnderstanding: Understander {
    /// What training found out.
    public struct TrainingReport: Sendable, Equatable {
        public var sentences: Int
        public var features: Int
        /// Share of sentences labelled right when held out in cross-validation; intents and background.
        public var heldOutAccuracy: Double
        /// The scale that makes confidence mean what it says, fitted to the same sentences.
        public var temperature: Double
        public var duration: Duration
    }

    public let name = "embedded"
    public let report: TrainingReport
    private let pack: DomainPack
    private let intents: SentenceClassifier
    private let acts: ActReader
    private let entities: EntityFinder
    private let words: DomainWords
    private let questions: QuestionBook

    /// Below this the intent is out of scope; up to the pack's `confirm_below` it is asked about. Chosen on held-out sentences.
    private static let rejection = 0.35
    /// An intent that comes with an act ("hello, how much data do I have") must be this sure to count beside it.
    private static let besideAct = 0.5

    /// Characters that are read at either end of a turn.
    private static let longest = 1_000

    /// Trains on the pack's sentences: about 250 ms of CPU for 900 of them in a release build.
    public init(pack: DomainPack) {
        let clock = ContinuousClock()
        let start = clock.now
        self.pack = pack
        words = DomainWords(pack)
        var examples: [SentenceClassifier.Example] = []
        for (label, intent) in pack.intents.enumerated() {
            let name = intent.name.replacing("_", with: " ")
            let sentences = intent.examples.contains(name) ? intent.examples : [name] + intent.examples
            examples += sentences.map { .init(text: $0, label: label) }
        }
        let background = pack.background + DialogueAct.allCases.filter { $0 != .person }.flatMap { pack.acts[$0] ?? [] }
        examples += background.map { .init(text: $0, label: pack.intents.count) }
        intents = SentenceClassifier(labels: pack.intents.map(\.name) + [Decision.outOfScope], examples: examples)
        acts = ActReader(pack)
        entities = EntityFinder(pack)
        questions = QuestionBook(pack)
        report = TrainingReport(
            sentences: intents.report.sentences, features: intents.report.features, heldOutAccuracy: intents.report.heldOutAccuracy,
            temperature: Double(intents.report.temperature), duration: clock.now - start)
    }

    public func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { read(text, in: context) }

    /// The same without a task: under a millisecond for a sentence.
    public func read(_ text: String, in context: UnderstandingContext) -> Decision {
        let text = words.repair(Self.clipped(text)).text
        let act = acts.read(text, isConfirming: context.expecting?.type == .confirmation)
        let (values, coverage) = intents.probabilities(of: text)
        let trust = ActReader.trust(coverage)
        let best = pack.intents.indices.max { values[$0] < values[$1] }
        var intent = best.map { pack.intents[$0] }
        var confidence = best.map { values[$0] * trust } ?? 0
        let isEmpty = !text.contains { $0.isLetter || $0.isNumber }
        if let act, act.act == .person, act.confidence > confidence || intent?.handoff == true {
            intent = pack.intent(DialogueAct.person.rawValue) ?? pack.intents.first(where: \.handoff)
            confidence = max(confidence, act.confidence)
        } else if act?.isWhole == true || isEmpty || confidence < (act == nil ? Self.rejection : Self.besideAct) {
            intent = nil
        }
        // A person is called only when that was really said.
        if intent?.handoff == true, confidence < pack.limits.confirmBelow { intent = nil }
        let workflow = intent?.workflow
        let found = entities.entities(
            in: text, expecting: context.expecting, meant: questions.types(in: workflow ?? context.workflow),
            today: CalendarDay(daysSince1970: Int((context.now.timeIntervalSince1970 / 86_400).rounded(.down))))
        return advise(intent, act, intent == nil ? rejected(act, values.last ?? 0, isEmpty) : confidence, found, context)
    }

    /// Nobody says so much in one turn: of a pasted text the beginning and the end are read.
    private static func clipped(_ text: String) -> String {
        guard text.utf8.count > 2 * longest, text.count > 2 * longest else { return text }
        return text.prefix(longest) + " " + text.suffix(longest)
    }

    /// How sure it is that no intent was meant.
    private func rejected(_ act: ActReader.Reading?, _ background: Double, _ isEmpty: Bool) -> Double {
        isEmpty ? 1 : max(act?.confidence ?? 0, background)
    }

    private func advise(
        _ intent: IntentDefinition?, _ act: ActReader.Reading?, _ confidence: Double, _ found: [Entity], _ context: UnderstandingContext
    ) -> Decision {
        var decision = Decision(
            intent: intent?.name ?? Decision.outOfScope, confidence: min(max(confidence, 0), 1), act: act?.act, entities: found, nextAction: .answer)
        if let intent, intent.handoff, decision.act == nil, intent.name == DialogueAct.person.rawValue { decision.act = .person }
        if decision.act == .person { decision.nextAction = .handoff; return decision }
        if let expecting = context.expecting, intent == nil {
            let answers = found.contains { $0.type == expecting.type.rawValue } || (expecting.type == .confirmation && (act?.act == .yes || act?.act == .no))
            decision.workflow = context.workflow
            if answers || (expecting.type == .text && act == nil) {
                decision.nextAction = .runWorkflow
            } else if act == nil {
                decision.nextAction = .askSlot
                decision.clarificationQuestion = questions.question(for: expecting, in: context.workflow)
            } else {
                decision.nextAction = act?.act == .goodbye ? .end : .answer
            }
            return decision
        }
        guard let intent else {
            decision.nextAction = act?.act == .goodbye ? .end : .answer
            return decision
        }
        if intent.handoff {
            decision.nextAction = .handoff
        } else if let workflow = intent.workflow {
            decision.workflow = workflow
            decision.nextAction = .runWorkflow
            if decision.confidence < pack.limits.confirmBelow, let question = questions.offer(of: workflow) {
                decision.nextAction = .clarify
                decision.clarificationQuestion = question
            }
        }
        return decision
    }
}

extension DomainWords {
    /// The pack's words and the names of its entities.
    public init(_ pack: DomainPack) {
        let listed = Set(pack.words.map { $0.word.lowercased() })
        let names = pack.entities.flatMap(\.values).map(\.name).filter { !listed.contains($0.lowercased()) }
        self.init(pack.words.map { Word($0.word, heard: $0.heard) } + names.map { Word($0) })
    }
}
