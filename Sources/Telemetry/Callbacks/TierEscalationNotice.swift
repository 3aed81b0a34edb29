public import struct Foundation.Date

/// A step on the ladder of tiers, or one that was not allowed.
public struct TierEscalationNotice: Sendable, Equatable {
    public enum Outcome: String, Sendable, CaseIterable {
        /// The call speaks with a better voice from now on; `performed` in the records.
        case escalated
        /// It deserved one and does not get it; `refused` in the records.
        case blocked
        /// It could not keep the one that it had.
        case lowered
    }
    public var call: String
    /// The conversation that the call carries; that of a chat, when the caller has joined one.
    public var session: String
    public var fromTier: String
    /// Where the call went; of a blocked step, where it did not go.
    public var toTier: String
    public var triggerAgent: String
    public var qualificationScore: Double
    /// What the step adds to the price of this reply, or would have added; negative when lowered.
    public var costImpactMicroDollars: Int
    public var budgetCheckPassed: Bool
    public var outcome: Outcome
    /// For people.
    public var reason: String
    public var at: Date
    public init(
        call: String, session: String, fromTier: String, toTier: String, triggerAgent: String, qualificationScore: Double,
        costImpactMicroDollars: Int, budgetCheckPassed: Bool, outcome: Outcome, reason: String, at: Date
    ) {
        (self.call, self.session, self.fromTier, self.toTier) = (call, session, fromTier, toTier)
        (self.triggerAgent, self.qualificationScore) = (triggerAgent, qualificationScore)
        (self.costImpactMicroDollars, self.budgetCheckPassed) = (costImpactMicroDollars, budgetCheckPassed)
        (self.outcome, self.reason, self.at) = (outcome, reason, at)
    }
}
