/// `tiers.yaml` as it is in force: which voices there are, when a call deserves a better one, and what may be spent.
public struct TierPolicy: Sendable, Equatable {
    /// `escalation.*`: when a call moves up.
    public struct Escalation: Sendable, Equatable, Codable {
        public var enabled: Bool
        /// The qualification from which a call is escalated, 0…1.
        public var qualificationThreshold: Double
        /// The tier an escalated call moves to; `nil` is the one above the start tier.
        public var target: String?
        public init(enabled: Bool = true, qualificationThreshold: Double = 0.7, target: String? = nil) {
            (self.enabled, self.qualificationThreshold, self.target) = (enabled, qualificationThreshold, target)
        }
    }

    /// `budget.*`: what may be spent.
    public struct Budget: Sendable, Equatable, Codable {
        /// False lifts the caps; prices are still reserved and committed, so that the books stay whole.
        public var checkEnabled: Bool
        public var perCallMicroDollars: Int
        /// Per UTC day, all calls together.
        public var perDayMicroDollars: Int
        public init(checkEnabled: Bool = true, perCallMicroDollars: Int, perDayMicroDollars: Int) {
            self.checkEnabled = checkEnabled
            (self.perCallMicroDollars, self.perDayMicroDollars) = (perCallMicroDollars, perDayMicroDollars)
        }
    }

    /// Lowest first. The first costs nothing, so that a call can always be answered.
    public let tiers: [Tier]
    /// The tier on which a call begins.
    public let startTier: String
    public internal(set) var escalation: Escalation
    public internal(set) var budget: Budget
    public let prices: PriceBook

    /// - Parameter startTier: `nil` is the lowest.
    /// - Throws: ``TierPolicyError`` with every problem there is.
    public init(tiers: [Tier], startTier: String? = nil, escalation: Escalation = Escalation(), budget: Budget) throws(TierPolicyError) {
        let problems = Self.problems(tiers: tiers, startTier: startTier, escalation: escalation, budget: budget)
        guard problems.isEmpty, let lowest = tiers.first else { throw TierPolicyError(problems: problems) }
        (self.tiers, self.escalation, self.budget) = (tiers, escalation, budget)
        self.startTier = startTier ?? lowest.name
        prices = PriceBook(tiers)
    }

    public var lowest: Tier { tiers[0] }
    public func tier(named name: String) -> Tier? { tiers.first { $0.name == name } }

    /// Where an escalated call goes; `nil` when there is nothing above its start.
    public var escalationTarget: Tier? {
        let target = escalation.target.flatMap(tier(named:)) ?? tiers.first { $0.rank > start.rank }
        return target.flatMap { $0.rank > start.rank ? $0 : nil }
    }
    var start: Tier { tier(named: startTier) ?? lowest }
}
