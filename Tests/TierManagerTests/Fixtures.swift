import Foundation
import TierManager

/// `basic` costs nothing, `standard` 15 dollars and `premium` 200 per million characters.
enum Voices {
    static let basic = Tier(name: "basic", engine: "flite", voice: "kal", priceMicroDollars: 0, rank: 0)
    static let standard = Tier(name: "standard", engine: "flite", voice: "rms", priceMicroDollars: 15_000, rank: 1)
    static let premium = Tier(name: "premium", engine: "neural", voice: "amy", priceMicroDollars: 200_000, rank: 2)
    static let ladder = [basic, standard, premium]
}

extension TierPolicy {
    static func example(
        _ tiers: [Tier] = [Voices.basic, Voices.standard], start: String? = nil, escalation: Escalation = Escalation(),
        perCall: Int = 10_000, perDay: Int = 100_000, checked: Bool = true
    ) throws -> TierPolicy {
        try TierPolicy(
            tiers: tiers, startTier: start, escalation: escalation,
            budget: Budget(checkEnabled: checked, perCallMicroDollars: perCall, perDayMicroDollars: perDay))
    }
}

extension TierRequest {
    /// 100 characters of the sales agent.
    static func example(
        call: String = "CA1", reply: Int = 1, characters: Int = 100, qualification: Double = 0, current: String? = nil
    ) -> TierRequest {
        TierRequest(
            callID: call, replyKey: "\(call)/\(reply)", characters: characters, qualification: qualification, currentTier: current,
            agent: "sales")
    }
}

extension Date {
    /// Noon of 15 March 2026, UTC.
    static let ides = Date(timeIntervalSince1970: 1_773_576_000)
}

/// Numbers that are the same in every run (Vigna, "splitmix64").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
