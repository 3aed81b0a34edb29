public import struct Foundation.Date
public import Orchestrator

/// Any of the notices, read off a lifecycle event.
public enum CallbackNotice: Sendable, Equatable {
    /// The callbacks by the names that the settings use.
    public enum Kind: String, Sendable, CaseIterable {
        case agentTransition = "on_agent_transition"
        case tierEscalation = "on_tier_escalation"
        case workflowComplete = "on_workflow_complete"
    }
    case agentTransition(AgentTransitionNotice)
    case tierEscalation(TierEscalationNotice)
    case workflowComplete(WorkflowCompleteNotice)

    public var kind: Kind {
        switch self {
        case .agentTransition: .agentTransition
        case .tierEscalation: .tierEscalation
        case .workflowComplete: .workflowComplete
        }
    }

    /// The conversation that it is about.
    public var session: String {
        switch self {
        case .agentTransition(let notice): notice.session
        case .tierEscalation(let notice): notice.session
        case .workflowComplete(let notice): notice.session
        }
    }

    /// - Returns: `nil` for the events that are none of the three, which are most.
    public init?(_ event: LifecycleEvent, at date: Date) {
        if let outcome = TierEscalationNotice.Outcome(eventName: event.name) {
            self = .tierEscalation(TierEscalationNotice(event, outcome, at: date))
        } else if let outcome = WorkflowCompleteNotice.Outcome(eventName: event.name) {
            self = .workflowComplete(WorkflowCompleteNotice(event, outcome, at: date))
        } else if event.name == ConversationEvent.agentTransition.rawValue {
            self = .agentTransition(AgentTransitionNotice(event, at: date))
        } else {
            return nil
        }
    }

    func tell(_ callbacks: any GatewayCallbacks) async {
        switch self {
        case .agentTransition(let notice): await callbacks.onAgentTransition(notice)
        case .tierEscalation(let notice): await callbacks.onTierEscalation(notice)
        case .workflowComplete(let notice): await callbacks.onWorkflowComplete(notice)
        }
    }
}

extension TierEscalationNotice.Outcome {
    /// `tier.` with an outcome of the records.
    init?(eventName: String) {
        switch eventName {
        case "tier.performed": self = .escalated
        case "tier.refused": self = .blocked
        case "tier.lowered": self = .lowered
        default: return nil
        }
    }
}

extension WorkflowCompleteNotice.Outcome {
    init?(eventName: String) {
        switch eventName {
        case ConversationEvent.workflowCompleted.rawValue: self = .completed
        case ConversationEvent.workflowAbandoned.rawValue: self = .abandoned
        case ConversationEvent.workflowHandedOff.rawValue: self = .handedOff
        default: return nil
        }
    }
}

// Attributes are text. One that is missing reads as nothing: a notice that says less is better than none.

extension AgentTransitionNotice {
    fileprivate init(_ event: LifecycleEvent, at date: Date) {
        let milliseconds = event.attributes["duration_ms"].flatMap(Double.init) ?? 0
        self.init(
            session: event.subject, from: event["from"], to: event["to"], trigger: event["reason"], at: date,
            duration: .microseconds(Int64((min(max(0, milliseconds), 86_400_000) * 1_000).rounded())), context: event["context"])
    }
}

extension TierEscalationNotice {
    fileprivate init(_ event: LifecycleEvent, _ outcome: Outcome, at date: Date) {
        let score = event.attributes["score"].flatMap(Double.init) ?? 0
        self.init(
            call: event.subject, session: event.attributes["session"] ?? event.subject, fromTier: event["from"], toTier: event["to"],
            triggerAgent: event["agent"], qualificationScore: score.isFinite ? score : 0,
            costImpactMicroDollars: event.attributes["cost_micro"].flatMap { Int($0) } ?? 0,
            budgetCheckPassed: event["budget_passed"] == "true", outcome: outcome, reason: String(event["reason"].prefix(500)), at: date)
    }
}

extension WorkflowCompleteNotice {
    fileprivate init(_ event: LifecycleEvent, _ outcome: Outcome, at date: Date) {
        self.init(
            session: event.subject, workflow: event["workflow"], ticket: event["ticket"], outcome: outcome,
            slots: event["slots"].split(separator: ",").map(String.init), at: date)
    }
}

extension LifecycleEvent {
    fileprivate subscript(_ name: String) -> String { attributes[name] ?? "" }
}
