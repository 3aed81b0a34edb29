/// What an operator has turned on or off; stands above what the policy says.
public struct TierSwitches: Sendable, Equatable {
    /// Calls may move to a better voice.
    public var escalation: Bool
    /// Caps are enforced.
    public var budgetCheck: Bool
    public init(escalation: Bool, budgetCheck: Bool) { (self.escalation, self.budgetCheck) = (escalation, budgetCheck) }
}

extension TierPolicy {
    /// Neither flag can make a policy unsound.
    func turned(_ switches: TierSwitches?) -> TierPolicy {
        guard let switches else { return self }
        var policy = self
        policy.escalation.enabled = switches.escalation
        policy.budget.checkEnabled = switches.budgetCheck
        return policy
    }
}
