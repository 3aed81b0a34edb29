import Testing
import TierManager

@Suite("A policy is taken whole, or refused with every problem at once")
struct TierPolicyTests {
    @Test("lowest tier first, calls start on it, escalation goes to the next")
    func defaults() throws {
        let policy = try TierPolicy.example(Voices.ladder)
        #expect(policy.lowest == Voices.basic)
        #expect(policy.startTier == "basic")
        #expect(policy.escalationTarget == Voices.standard)
        #expect(policy.escalation.qualificationThreshold == 0.7)
    }

    @Test("the lowest tier must cost nothing")
    func lowestIsFree() throws {
        let paid = Tier(name: "basic", engine: "flite", voice: "kal", priceMicroDollars: 5, rank: 0)
        let error = #expect(throws: TierPolicyError.self) { try TierPolicy.example([paid]) }
        #expect(error?.description == #"tiers[0].price_micro = "5": give 0: the lowest tier must always be affordable"#)
    }

    @Test("all problems come together, each with key, value and what is allowed")
    func allAtOnce() throws {
        let tiers = [
            Tier(name: "Basic Voice", engine: "", voice: "kal", priceMicroDollars: 1, rank: 3),
            Tier(name: "gold", engine: "flite", voice: "", priceMicroDollars: -1, rank: 3),
            Tier(name: "gold", engine: "flite", voice: "rms", priceMicroDollars: 2_000_000_000, rank: 4),
        ]
        let error = #expect(throws: TierPolicyError.self) {
            try TierPolicy(
                tiers: tiers, startTier: "silver", escalation: .init(qualificationThreshold: 1.5, target: "platinum"),
                budget: .init(perCallMicroDollars: -1, perDayMicroDollars: 2_000_000_000_000))
        }
        #expect(
            error?.problems.map(\.key) == [
                "tiers[0].name", "tiers[0].engine", "tiers[0].price_micro", "tiers[1].voice", "tiers[1].price_micro", "tiers[1].rank",
                "tiers[1].price_micro", "tiers[2].name", "tiers[2].price_micro", "start_tier", "escalation.qualification_threshold",
                "escalation.target", "budget.per_call_micro", "budget.per_day_micro",
            ])
    }

    @Test("a policy without tiers, or with too many, says so", arguments: [0, 17])
    func counts(_ count: Int) throws {
        let tiers = (0..<count).map { Tier(name: "t\($0)", engine: "flite", voice: "kal", priceMicroDollars: 0, rank: $0) }
        let error = #expect(throws: TierPolicyError.self) { try TierPolicy.example(tiers) }
        #expect(error?.problems.map(\.description) == [#"tiers = "\#(count) tiers": give 1 to 16 tiers"#])
    }

    @Test("a threshold that is not a number is refused")
    func notANumber() throws {
        #expect(throws: TierPolicyError.self) { try TierPolicy.example(escalation: .init(qualificationThreshold: .nan)) }
    }
}

@Suite("Prices: micro-dollars per 1,000 characters, rounded up")
struct PriceBookTests {
    @Test(
        "characters, price",
        arguments: [
            (0, 0), (1, 15), (100, 1_500), (1_000, 15_000), (-5, 0), (.min, 0), (.max, 15_000_000),
        ])
    func prices(characters: Int, price: Int) {
        #expect(PriceBook(Voices.ladder).price(ofCharacters: characters, on: "standard") == price)
    }

    @Test("a started micro-dollar is charged whole")
    func roundsUp() {
        let tier = Tier(name: "t", engine: "e", voice: "v", priceMicroDollars: 1, rank: 0)
        #expect(PriceBook([tier]).price(ofCharacters: 1, on: "t") == 1)
        #expect(PriceBook([tier]).price(ofCharacters: 1_000, on: "t") == 1)
        #expect(PriceBook([tier]).price(ofCharacters: 1_001, on: "t") == 2)
    }

    @Test("an unknown tier has no price")
    func unknown() { #expect(PriceBook(Voices.ladder).price(ofCharacters: 10, on: "gold") == nil) }
}
