/// One step of a workflow: skipped unless every condition holds.
public struct WorkflowStep: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        case call(CallStep)
        case ask(AskStep)
        case confirm(ConfirmStep)
        case say(SayStep)
        /// The steps of a fragment, by name.
        case include(String)
    }
    /// Unique within its workflow; other steps lead here by it.
    public var id: String
    public var when: [Condition]
    public var action: Action
    public init(id: String, when: [Condition] = [], action: Action) { (self.id, self.when, self.action) = (id, when, action) }
}

/// Calls a tool and branches on its outcome.
public struct CallStep: Sendable, Equatable {
    public var tool: String
    /// Templates by argument name. `{month?}` leaves the argument out when nothing is known.
    public var arguments: [String: String]
    /// Its values are then `{save.value}`.
    public var save: String?
    /// True when the values outlive the workflow as facts of the conversation.
    public var keep: Bool
    /// Where each outcome leads; `ok` leads on unless it says otherwise, one that is not listed leads to `failed`.
    public var outcomes: [String: StepTarget]
    /// Said when the call outlives the turn; without it, the pack's `working`.
    public var working: String?
    /// Where an error, a timeout or an unexpected outcome leads, after the pack's `tool_failed`.
    public var failed: StepTarget
    public init(
        tool: String, arguments: [String: String] = [:], save: String? = nil, keep: Bool = false,
        outcomes: [String: StepTarget] = [:],
        working: String? = nil, failed: StepTarget = .handoff
    ) {
        (self.tool, self.arguments, self.save, self.keep) = (tool, arguments, save, keep)
        (self.outcomes, self.working, self.failed) = (outcomes, working, failed)
    }
}

/// Fills one slot: from what was said already, from a fact, or by asking.
public struct AskStep: Sendable, Equatable {
    public var slot: String
    public var type: SlotType
    /// Variants, used in turn.
    public var question: [String]
    /// How it is put again; empty for `question`.
    public var again: [String]
    /// A fact that may fill the slot without a question, e.g. `caller_phone`.
    public var fact: String?
    /// True when it is taken if said, and never asked for.
    public var isOptional: Bool
    /// What may be answered; empty for the pack's values of the type.
    public var options: [String]
    /// Limits for `number`, `money` and `data`.
    public var range: ClosedRange<Double>?
    /// Answers that may fail, from the first question on.
    public var attempts: Int
    public var check: AnswerCheck?
    /// Where it goes when the attempts are used up.
    public var exhausted: StepTarget
    public init(
        slot: String, type: SlotType, question: [String] = [], again: [String] = [], fact: String? = nil, isOptional: Bool = false,
        options: [String] = [], range: ClosedRange<Double>? = nil, attempts: Int = 3, check: AnswerCheck? = nil,
        exhausted: StepTarget = .handoff
    ) {
        (self.slot, self.type, self.question, self.again, self.fact) = (slot, type, question, again, fact)
        (self.isOptional, self.options, self.range, self.attempts) = (isOptional, options, range, attempts)
        (self.check, self.exhausted) = (check, exhausted)
    }
}

/// A tool that judges an answer before it counts.
public struct AnswerCheck: Sendable, Equatable {
    public var tool: String
    public var arguments: [String: String]
    public var save: String?
    public var keep: Bool
    /// Outcomes that accept the answer.
    public var accept: [String]
    /// Outcomes that refuse it, each with what is said before the question is put again.
    public var refuse: [String: String]
    public init(
        tool: String, arguments: [String: String], save: String? = nil, keep: Bool = false, accept: [String] = ["ok"],
        refuse: [String: String] = [:]
    ) {
        (self.tool, self.arguments, self.save, self.keep) = (tool, arguments, save, keep)
        (self.accept, self.refuse) = (accept, refuse)
    }
}

/// Reads back what will happen, and goes on only with a yes that was said to it.
public struct ConfirmStep: Sendable, Equatable {
    public var slot: String
    public var question: [String]
    public var yes: StepTarget
    public var no: StepTarget
    public var attempts: Int
    public var exhausted: StepTarget
    public init(
        slot: String = "confirm", question: [String], yes: StepTarget = .next, no: StepTarget = .abandon, attempts: Int = 3,
        exhausted: StepTarget = .handoff
    ) {
        (self.slot, self.question, self.yes, self.no) = (slot, question, yes, no)
        (self.attempts, self.exhausted) = (attempts, exhausted)
    }
}

/// Tells the caller something.
public struct SayStep: Sendable, Equatable {
    /// Variants, used in turn.
    public var text: [String]
    public var then: StepTarget
    public init(text: [String], then: StepTarget = .next) { (self.text, self.then) = (text, then) }
}
