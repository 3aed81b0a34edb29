import Foundation
import Testing
import TierManager

@Suite("A reply's price is reserved before it may start; an exhausted budget lowers the tier")
struct BudgetTests {
    let ledger = InMemoryBudgetLedger()
    let patience = Duration.seconds(60)

    func manager(_ policy: TierPolicy, now: @escaping @Sendable () -> Date = { .ides }) -> TierManager {
        TierManager(policy: policy, ledger: ledger, now: now)
    }

    @Test("the grant holds the price of all its characters, in the call's and the day's budget")
    func reserved() async throws {
        let manager = manager(try .example(start: "standard"))
        let grant = await manager.plan(for: .example(), within: patience)
        #expect(grant.reservation == Reservation(key: "CA1/1@standard", amountMicroDollars: 1_500, scopes: ["call:CA1", "day:2026-03-15"]))
        let balance = await ledger.balance(of: .call("CA1", capMicroDollars: 10_000))
        #expect(balance.reservedMicroDollars == 1_500 && balance.spentMicroDollars == 0 && balance.leftMicroDollars == 8_500)
    }

    @Test("settling books what was spoken and gives the rest back")
    func settled() async throws {
        let manager = manager(try .example(start: "standard"))
        let grant = await manager.plan(for: .example(), within: patience)
        #expect(await manager.settle(grant, spokenCharacters: 40) == 600)
        let balance = await ledger.balance(of: .call("CA1", capMicroDollars: 10_000))
        #expect(balance.spentMicroDollars == 600 && balance.reservedMicroDollars == 0)
        #expect(await manager.settle(grant, spokenCharacters: 40) == 0, "settled once")
    }

    @Test("speaking more than was planned charges what was reserved, not more")
    func neverMore() async throws {
        let manager = manager(try .example(start: "standard"))
        let grant = await manager.plan(for: .example(), within: patience)
        #expect(await manager.settle(grant, spokenCharacters: 5_000) == 1_500)
    }

    @Test("abandoning gives everything back")
    func abandoned() async throws {
        let manager = manager(try .example(start: "standard"))
        await manager.abandon(await manager.plan(for: .example(), within: patience))
        let balance = await ledger.balance(of: .call("CA1", capMicroDollars: 10_000))
        #expect(balance.leftMicroDollars == 10_000)
    }

    @Test("asking again for the same reply reserves once")
    func repeated() async throws {
        let manager = manager(try .example(start: "standard"))
        let first = await manager.plan(for: .example(), within: patience)
        let second = await manager.plan(for: .example(), within: patience)
        #expect(first.reservation == second.reservation)
        #expect(await ledger.balance(of: .call("CA1", capMicroDollars: 10_000)).reservedMicroDollars == 1_500)
    }

    @Test("a reply that was abandoned is planned anew under its name")
    func anew() async throws {
        let manager = manager(try .example(start: "standard"))
        await manager.abandon(await manager.plan(for: .example(), within: patience))
        let second = await manager.plan(for: .example(characters: 50), within: patience)
        #expect(second.tier == Voices.standard)
        #expect(second.reservation?.key == "CA1/1@standard#2" && second.reservedMicroDollars == 750)
    }

    @Test("refused for the call's budget: recorded once, with what it would have cost")
    func refusedForCall() async throws {
        let manager = manager(try .example(perCall: 1_499))
        let grant = await manager.plan(for: .example(qualification: 0.9), within: patience)
        #expect(grant.tier == Voices.basic && grant.reservation == nil)
        let record = try #require(grant.escalation)
        #expect(record.outcome == .refused && record.cause == .callBudget && !record.budgetCheckPassed)
        #expect(record.fromTier == "basic" && record.toTier == "standard" && record.costImpactMicroDollars == 1_500)
        #expect(record.reason == "budget call:CA1: 1500 micro-dollars asked, 1499 left")
        let again = await manager.plan(for: .example(reply: 2, qualification: 0.9), within: patience)
        #expect(again.tier == Voices.basic && again.escalation == nil)
    }

    @Test("refused for the day's budget, which all calls share")
    func refusedForDay() async throws {
        let manager = manager(try .example(perDay: 2_000))
        let first = await manager.plan(for: .example(call: "CA1", qualification: 0.9), within: patience)
        let second = await manager.plan(for: .example(call: "CA2", qualification: 0.9), within: patience)
        #expect(first.tier == Voices.standard)
        #expect(second.tier == Voices.basic && second.escalation?.cause == .dayBudget)
    }

    @Test("the next UTC day has a new budget")
    func nextDay() async throws {
        let policy = try TierPolicy.example(perDay: 2_000)
        _ = await manager(policy).plan(for: .example(call: "CA1", qualification: 0.9), within: patience)
        let tomorrow = manager(policy, now: { Date.ides.addingTimeInterval(86_400) })
        let grant = await tomorrow.plan(for: .example(call: "CA2", qualification: 0.9), within: patience)
        #expect(grant.tier == Voices.standard)
    }

    @Test("a call that spent its budget is lowered, and does not come back with a shorter sentence")
    func lowered() async throws {
        let manager = manager(try .example(perCall: 2_000))
        let first = await manager.plan(for: .example(reply: 1, qualification: 0.9), within: patience)
        await manager.settle(first, spokenCharacters: 100)
        let second = await manager.plan(for: .example(reply: 2, qualification: 0.9, current: "standard"), within: patience)
        #expect(second.tier == Voices.basic)
        #expect(second.escalation?.outcome == .lowered && second.escalation?.costImpactMicroDollars == -1_500)
        let short = await manager.plan(for: .example(reply: 3, characters: 10, qualification: 0.9, current: "basic"), within: patience)
        #expect(short.tier == Voices.basic && short.escalation == nil)
    }

    @Test("what is too dear falls to the next lower tier, not to the lowest")
    func nextLower() async throws {
        let manager = manager(try .example(Voices.ladder, start: "premium", perCall: 10_000))
        let grant = await manager.plan(for: .example(), within: patience)
        #expect(grant.tier == Voices.standard && grant.reservedMicroDollars == 1_500)
        #expect(grant.escalation?.outcome == .lowered && grant.escalation?.fromTier == "premium")
    }

    @Test("with the check off the caps do not hold, and the books are kept all the same")
    func unchecked() async throws {
        let manager = manager(try .example(start: "standard", perCall: 0, perDay: 0, checked: false))
        let grant = await manager.plan(for: .example(), within: patience)
        #expect(await manager.settle(grant, spokenCharacters: 100) == 1_500)
        #expect(await ledger.balance(of: .day(.ides, capMicroDollars: 0)).spentMicroDollars == 1_500)
    }
}
