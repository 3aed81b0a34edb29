import Orchestrator
import TierManager

extension EscalationRecord {
    /// `tier.performed`, `tier.refused` or `tier.lowered`, with what ``TierEscalationNotice`` and the metrics need.
    /// - Parameter session: of the conversation that the call carries.
    func event(session: String) -> LifecycleEvent {
        LifecycleEvent(
            "tier.\(outcome.rawValue)", subject: callID,
            [
                "session": session, "from": fromTier, "to": toTier, "agent": triggerAgent, "score": "\(qualificationScore)",
                "cost_micro": "\(costImpactMicroDollars)", "budget_passed": "\(budgetCheckPassed)", "cause": cause.rawValue, "reason": reason,
            ])
    }
}
