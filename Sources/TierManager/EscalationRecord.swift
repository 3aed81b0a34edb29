public import struct Foundation.Date

/// A step on the ladder of tiers, or one that the budget forbade: a row of `tier_escalation_events`.
public struct EscalationRecord: Sendable, Equatable, Codable {
    public enum Outcome: String, Sendable, Codable, CaseIterable {
        /// The call moved up.
        case performed
        /// The call deserved to move up and stays where it was.
        case refused
        /// The call could not keep the tier that it had.
        case lowered
    }
    /// What decided. A refusal or a lowering is recorded once per call and cause.
    public enum Cause: String, Sendable, Codable, CaseIterable {
        case qualification
        case callBudget = "call_budget"
        case dayBudget = "day_budget"
        case ledgerUnavailable = "ledger_unavailable"
        case voiceFailed = "voice_failed"
    }
    public var callID: String
    public var at: Date
    public var fromTier: String
    /// Where the call went; for a refusal, where it did not go.
    public var toTier: String
    public var triggerAgent: String
    public var qualificationScore: Double
    /// What the step adds to the price of this reply, or would have added; negative for a lowering.
    public var costImpactMicroDollars: Int
    public var budgetCheckPassed: Bool
    public var outcome: Outcome
    public var cause: Cause
    /// For people, e.g. `budget call:CA1: 900 micro-dollars asked, 120 left`.
    public var reason: String
    public init(
        callID: String, at: Date, fromTier: String, toTier: String, triggerAgent: String, qualificationScore: Double,
        costImpactMicroDollars: Int, budgetCheckPassed: Bool, outcome: Outcome, cause: Cause, reason: String
    ) {
        (self.callID, self.at, self.fromTier, self.toTier) = (callID, at, fromTier, toTier)
        (self.triggerAgent, self.qualificationScore) = (triggerAgent, qualificationScore)
        (self.costImpactMicroDollars, self.budgetCheckPassed) = (costImpactMicroDollars, budgetCheckPassed)
        (self.outcome, self.cause, self.reason) = (outcome, cause, reason)
    }
}
