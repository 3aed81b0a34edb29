/// Holds an engine's advice against the domain pack. What does not fit is rejected as a whole: the next engine is asked.
public struct DecisionValidator: Sendable {
    /// Why advice was rejected; bounded, so that it can label a metric.
    public enum Rejection: String, Sendable, CaseIterable {
        case unknownIntent = "unknown_intent"
        case unknownWorkflow = "unknown_workflow"
        case confidenceOutOfRange = "confidence_out_of_range"
        case unknownEntityType = "unknown_entity_type"
        case malformedEntity = "malformed_entity"
        case tooManyEntities = "too_many_entities"
        /// A value whose words do not stand in the turn: an engine made it up.
        case unspokenValue = "unspoken_value"
        /// `clarify` or `ask_slot` without a question, or with no slot that the answer could fill.
        case clarificationFillsNoSlot = "clarification_fills_no_slot"
        /// A question with an action that asks nothing.
        case strayQuestion = "stray_question"
    }
    public static let maximumEntities = 32

    private let pack: DomainPack
    private let intents: Set<String>
    private let workflows: Set<String>

    public init(pack: DomainPack) {
        self.pack = pack
        intents = Set(pack.intents.map(\.name) + DialogueAct.allCases.map(\.rawValue) + [Decision.outOfScope])
        workflows = Set(pack.workflows.filter { !$0.isFragment }.map(\.name))
    }

    /// - Parameters:
    ///   - context: what the engine was asked with: an open question makes `ask_slot` and `clarify` meaningful.
    ///   - said: the turn, of which each value's `text` must be a part, whole words, whatever its case and punctuation. `nil` for an engine
    ///     that only reads what is there, and repairs what was misheard.
    /// - Returns: `nil` when the decision may be used.
    public func rejection(of decision: Decision, in context: UnderstandingContext, said: String? = nil) -> Rejection? {
        guard intents.contains(decision.intent) else { return .unknownIntent }
        guard decision.confidence >= 0, decision.confidence <= 1 else { return .confidenceOutOfRange }  // NaN fails both
        if let workflow = decision.workflow, !workflows.contains(workflow) { return .unknownWorkflow }
        guard decision.entities.count <= Self.maximumEntities else { return .tooManyEntities }
        for entity in decision.entities {
            guard let type = SlotType(rawValue: entity.type) else { return .unknownEntityType }
            let expected = context.expecting.flatMap { $0.type == type ? $0.options : nil } ?? []
            let options = expected.isEmpty ? pack.values(of: type) : expected
            guard SlotForm.accepts(entity.value, as: type, options: options) else { return .malformedEntity }
            if let said, !Self.words(of: entity.text, standIn: said) { return .unspokenValue }
        }
        switch decision.nextAction {
        case .askSlot, .clarify:
            guard let question = decision.clarificationQuestion, !question.allSatisfy(\.isWhitespace), fillsSlot(decision, context)
            else { return .clarificationFillsNoSlot }
        case .runWorkflow, .answer, .handoff, .end:
            guard decision.clarificationQuestion == nil else { return .strayQuestion }
        }
        return nil
    }

    private static func words(of text: String, standIn said: String) -> Bool {
        func words(_ text: String) -> [String] { text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }
        let words = (wanted: words(text), said: words(said))
        return !words.wanted.isEmpty && words.said.contains(words.wanted)
    }

    /// The answer to a clarification fills the open slot, a slot of the workflow it leads to, or the choice of the workflow itself.
    private func fillsSlot(_ decision: Decision, _ context: UnderstandingContext) -> Bool {
        if context.expecting != nil { return true }
        guard let name = decision.workflow ?? pack.intent(decision.intent)?.workflow ?? context.workflow, workflows.contains(name),
            let workflow = pack.workflow(name)
        else { return false }
        if decision.nextAction == .clarify { return true }
        return WorkflowProgram(workflow, in: pack).asks.contains { !$0.isOptional }
    }
}
