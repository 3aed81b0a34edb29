/// Names of the events that a conversation emits; a bounded set, so that they can label metrics.
public enum ConversationEvent: String, Sendable, CaseIterable {
    case started = "conversation.started"
    case ended = "conversation.ended"
    /// `intent`, `action`, `source`, `agent`, `act`; and, where a model decided, `prompt`: the version of what it was asked with.
    case turnCompleted = "turn.completed"
    case turnSuperseded = "turn.superseded"
    /// `engine`, `reason` (a ``DecisionValidator/Rejection``, or `claims_a_deed` for words that a model may not say).
    case decisionRejected = "decision.rejected"
    /// `engine`, `reason`: `timed_out`, `busy`, a ``ModelError/Code``, or `failed`.
    case engineFailed = "engine.failed"
    case decisionFallback = "decision.fallback"
    /// `workflow` in all of these; of one that is over, also its `ticket` and `slots`: names of those that were filled, with commas between.
    case workflowStarted = "workflow.started"
    case workflowCompleted = "workflow.completed"
    case workflowAbandoned = "workflow.abandoned"
    /// Left to a person.
    case workflowHandedOff = "workflow.handed_off"
    case workflowParked = "workflow.parked"
    case workflowResumed = "workflow.resumed"
    /// `reason`, and `workflow` if one was in hand.
    case handoffRequested = "handoff.requested"
    /// `from`, `to`, `reason`, `duration_ms`, and `context`: what went along (``AgentHandover/context``).
    case agentTransition = "agent.transition"
    /// `tool`, `outcome`.
    case toolCompleted = "tool.completed"
    /// `tool`.
    case toolPending = "tool.pending"
    /// `operation`, `reason`: `timed_out`, `failed` or `busy`. The conversation goes on in memory.
    case storeFailed = "store.failed"
}
