import Testing
import TierManager

@Suite("A call moves up at qualification 0.7, and stays there as far as the budget goes")
struct EscalationTests {
    let ledger = InMemoryBudgetLedger()
    /// Far beyond what a ledger in memory takes: deadlines have their own tests.
    let patience = Duration.seconds(60)

    func manager(_ policy: TierPolicy) -> TierManager { TierManager(policy: policy, ledger: ledger, now: { .ides }) }

    @Test("qualification, tier", arguments: [(0.0, "basic"), (0.69, "basic"), (0.7, "standard"), (1.0, "standard")])
    func threshold(qualification: Double, tier: String) async throws {
        let manager = manager(try .example())
        let grant = await manager.plan(for: .example(qualification: qualification), within: patience)
        #expect(grant.tier.name == tier)
    }

    @Test("the record tells from where, to where, who, how sure, and what it costs")
    func record() async throws {
        let manager = manager(try .example())
        let grant = await manager.plan(for: .example(qualification: 0.82), within: patience)
        let record = try #require(grant.escalation)
        #expect(record.fromTier == "basic" && record.toTier == "standard" && record.outcome == .performed)
        #expect(record.triggerAgent == "sales" && record.qualificationScore == 0.82 && record.at == .ides)
        #expect(record.costImpactMicroDollars == 1_500 && record.budgetCheckPassed && record.cause == .qualification)
        #expect(record.reason == "qualification 0.82 at threshold 0.7")
    }

    @Test("an escalated call stays escalated when its qualification falls, and records that once")
    func stays() async throws {
        let manager = manager(try .example())
        _ = await manager.plan(for: .example(reply: 1, qualification: 0.9), within: patience)
        let second = await manager.plan(for: .example(reply: 2, qualification: 0.1, current: "standard"), within: patience)
        #expect(second.tier == Voices.standard)
        #expect(second.escalation == nil)
    }

    @Test("it is one call that moves up, not all of them")
    func oneCall() async throws {
        let manager = manager(try .example())
        _ = await manager.plan(for: .example(call: "CA1", qualification: 0.9), within: patience)
        let other = await manager.plan(for: .example(call: "CA2"), within: patience)
        #expect(other.tier == Voices.basic)
    }

    @Test("switched off, nobody moves")
    func switchedOff() async throws {
        let manager = manager(try .example(escalation: .init(enabled: false)))
        let grant = await manager.plan(for: .example(qualification: 1), within: patience)
        #expect(grant.tier == Voices.basic && grant.escalation == nil)
    }

    @Test("the target may be any tier above the start")
    func target() async throws {
        let manager = manager(try .example(Voices.ladder, escalation: .init(target: "premium"), perCall: 1_000_000, perDay: 1_000_000))
        let grant = await manager.plan(for: .example(qualification: 1), within: patience)
        #expect(grant.tier == Voices.premium)
    }

    @Test("a new policy holds from the next reply")
    func adopted() async throws {
        let manager = manager(try .example())
        await manager.adopt(try .example(escalation: .init(qualificationThreshold: 0.2)))
        let grant = await manager.plan(for: .example(qualification: 0.3), within: patience)
        #expect(grant.tier == Voices.standard)
    }

    @Test("a call that ended is forgotten")
    func ended() async throws {
        let manager = manager(try .example())
        _ = await manager.plan(for: .example(reply: 1, qualification: 0.9), within: patience)
        await manager.callEnded("CA1")
        let fresh = await manager.plan(for: .example(reply: 2), within: patience)
        #expect(fresh.tier == Voices.basic)
    }
}

@Suite("A voice that failed in a call is not chosen again in that call (FIELD 18)")
struct FailedVoiceTests {
    @Test("the next lower one speaks, and says why once")
    func lower() async throws {
        let manager = TierManager(policy: try .example(start: "standard"), ledger: InMemoryBudgetLedger(), now: { .ides })
        await manager.voiceFailed(tier: "standard", call: "CA1")
        let grant = await manager.plan(for: .example(qualification: 0.9, current: "standard"), within: .seconds(60))
        #expect(grant.tier == Voices.basic)
        #expect(grant.escalation?.outcome == .lowered && grant.escalation?.cause == .voiceFailed)
        #expect(grant.escalation?.reason == "voice rms of flite failed in this call")
        let again = await manager.plan(for: .example(reply: 2, current: "basic"), within: .seconds(60))
        #expect(again.tier == Voices.basic && again.escalation == nil)
        let other = await manager.plan(for: .example(call: "CA2"), within: .seconds(60))
        #expect(other.tier == Voices.standard)
    }

    @Test("when every voice below failed too, one above speaks, if it can be paid")
    func above() async throws {
        let manager = TierManager(policy: try .example(), ledger: InMemoryBudgetLedger(), now: { .ides })
        await manager.voiceFailed(tier: "basic", call: "CA1")
        let grant = await manager.plan(for: .example(), within: .seconds(60))
        #expect(grant.tier == Voices.standard && grant.reservedMicroDollars == 1_500)
    }

    @Test("when all failed, the lowest is tried again: silence is worse")
    func all() async throws {
        let manager = TierManager(policy: try .example(), ledger: InMemoryBudgetLedger(), now: { .ides })
        for tier in ["basic", "standard"] { await manager.voiceFailed(tier: tier, call: "CA1") }
        let grant = await manager.plan(for: .example(), within: .seconds(60))
        #expect(grant.tier == Voices.basic && grant.reservation == nil)
    }
}
