/// One engine's advice on a user turn: DESIGN §5. Strictly validated before use; only workflows act.
public struct Decision: Sendable, Equatable, Codable {
    public enum NextAction: String, Sendable, Codable, CaseIterable {
        case askSlot = "ask_slot"
        case runWorkflow = "run_workflow"
        case answer, clarify, handoff, end
    }
    /// A name from the domain pack, or ``outOfScope``.
    public var intent: String
    /// 0…1, calibrated: of the decisions at 0.8, about 80 % are right.
    public var confidence: Double
    /// What kind of move the turn is, whatever its subject.
    public var act: DialogueAct?
    public var entities: [Entity]
    public var workflow: String?
    public var nextAction: NextAction
    /// Present exactly when `nextAction` is `clarify` or `ask_slot`; fills one slot.
    public var clarificationQuestion: String?

    public static let outOfScope = "out_of_scope"

    public init(
        intent: String, confidence: Double, act: DialogueAct? = nil, entities: [Entity] = [], workflow: String? = nil,
        nextAction: NextAction, clarificationQuestion: String? = nil
    ) {
        (self.intent, self.confidence, self.act, self.entities) = (intent, confidence, act, entities)
        (self.workflow, self.nextAction, self.clarificationQuestion) = (workflow, nextAction, clarificationQuestion)
    }
    enum CodingKeys: String, CodingKey {
        case intent, confidence, act, entities, workflow
        case nextAction = "next_action"
        case clarificationQuestion = "clarification_question"
    }
}

/// Moves that every dialogue needs, whatever the domain.
public enum DialogueAct: String, Sendable, Codable, CaseIterable {
    case yes, no, greeting, goodbye, help, cancel
    case repeatPlease = "repeat"
    case thanks = "thank_you"
    case person = "human_agent"
}

/// A value found in what a user said.
public struct Entity: Sendable, Equatable, Codable {
    /// A ``SlotType`` name.
    public var type: String
    /// Normalised: digits for numbers, decimal dollars for `money` ("42.50"), ISO 8601 for `date` and `month` ("2026-03"),
    /// E.164-like digits for `phone`, canonical name for `plan` and `choice`.
    public var value: String
    /// As it stood in the turn.
    public var text: String
    public init(type: String, value: String, text: String) { (self.type, self.value, self.text) = (type, value, text) }
}
