/// One setting that cannot be used: `tiers[0].price_micro = "5": give 0, the lowest tier must always be affordable`.
public struct TierPolicyProblem: Sendable, Hashable, CustomStringConvertible {
    /// Its key within `tiers.yaml`.
    public var key: String
    public var value: String
    /// What may stand there instead.
    public var allowed: String
    public init(key: String, value: String, allowed: String) { (self.key, self.value, self.allowed) = (key, value, allowed) }
    public var description: String { "\(key) = \"\(value)\": give \(allowed)" }
}

/// Every problem of a policy, in the order of the file.
public struct TierPolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [TierPolicyProblem]
    public init(problems: [TierPolicyProblem]) { self.problems = problems }
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension TierPolicy {
    public static let tierCounts = 1...16
    /// Up to 1,000 dollars per 1,000 characters.
    public static let priceRange = 0...1_000_000_000
    /// Up to a million dollars.
    public static let capRange = 0...1_000_000_000_000

    static func problems(tiers: [Tier], startTier: String?, escalation: Escalation, budget: Budget) -> [TierPolicyProblem] {
        var found = [TierPolicyProblem]()
        func check(_ holds: Bool, _ key: String, _ value: some Any, _ allowed: String) {
            if !holds { found.append(TierPolicyProblem(key: key, value: "\(value)", allowed: allowed)) }
        }
        check(tierCounts.contains(tiers.count), "tiers", "\(tiers.count) tiers", "\(tierCounts.lowerBound) to \(tierCounts.upperBound) tiers")
        for (index, tier) in tiers.enumerated() {
            let key = "tiers[\(index)]"
            check(isName(tier.name), "\(key).name", tier.name, "1 to 32 of a-z, 0-9, _ and -")
            check(!tiers[..<index].contains { $0.name == tier.name }, "\(key).name", tier.name, "a name that no other tier has")
            check(!tier.engine.isEmpty, "\(key).engine", tier.engine, "the name of a speech engine")
            check(!tier.voice.isEmpty, "\(key).voice", tier.voice, "the name of a voice")
            check(
                priceRange.contains(tier.priceMicroDollars), "\(key).price_micro", tier.priceMicroDollars,
                "whole micro-dollars per 1,000 characters in \(priceRange.lowerBound)...\(priceRange.upperBound)")
            guard index > 0 else {
                check(tier.priceMicroDollars == 0, "\(key).price_micro", tier.priceMicroDollars, "0: the lowest tier must always be affordable")
                continue
            }
            let below = tiers[index - 1]
            check(tier.rank > below.rank, "\(key).rank", tier.rank, "more than \(below.rank), the rank of the tier before it")
            check(
                tier.priceMicroDollars >= below.priceMicroDollars, "\(key).price_micro", tier.priceMicroDollars,
                "at least \(below.priceMicroDollars), the price of the tier below it")
        }
        let names = tiers.map(\.name).joined(separator: ", ")
        if let startTier { check(tiers.contains { $0.name == startTier }, "start_tier", startTier, "one of \(names)") }
        let threshold = escalation.qualificationThreshold
        check((0...1).contains(threshold), "escalation.qualification_threshold", threshold, "a number in 0...1")
        if let target = escalation.target {
            let start = tiers.first { $0.name == startTier } ?? tiers.first
            let above = tiers.filter { $0.rank > (start?.rank ?? .min) }.map(\.name)
            check(
                above.contains(target), "escalation.target", target,
                above.isEmpty ? "nothing: no tier lies above the start tier" : "one of \(above.joined(separator: ", "))")
        }
        for (key, cap) in [("per_call_micro", budget.perCallMicroDollars), ("per_day_micro", budget.perDayMicroDollars)] {
            check(capRange.contains(cap), "budget.\(key)", cap, "whole micro-dollars in \(capRange.lowerBound)...\(capRange.upperBound)")
        }
        return found
    }

    private static func isName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }
    }
}
