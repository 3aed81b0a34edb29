import Synchronization
import Testing
import TierManager

@Suite("A ledger that fails or hangs never stops a reply")
struct UnavailableLedgerTests {
    @Test("unavailable: the lowest tier at once, recorded once, and the next reply asks again")
    func unavailable() async throws {
        let ledger = MoodyLedger()
        let manager = TierManager(policy: try .example(), ledger: ledger, now: { .ides })
        ledger.mood = .unavailable
        let down = await manager.plan(for: .example(reply: 1, qualification: 0.9), within: .seconds(60))
        #expect(down.tier == Voices.basic && down.reservation == nil)
        #expect(down.escalation?.outcome == .refused && down.escalation?.cause == .ledgerUnavailable)
        ledger.mood = .well
        let up = await manager.plan(for: .example(reply: 2, qualification: 0.9), within: .seconds(60))
        #expect(up.tier == Voices.standard && up.escalation?.outcome == .performed)
    }

    @Test("hanging: the deadline answers with the lowest tier, and what is promised later is given back")
    func hanging() async throws {
        let ledger = MoodyLedger()
        let manager = TierManager(policy: try .example(), ledger: ledger, clock: HastyClock(), now: { .ides })
        ledger.mood = .hanging
        let grant = await manager.plan(for: .example(qualification: 0.9))
        #expect(grant.tier == Voices.basic && grant.reservation == nil)
        #expect(grant.escalation?.reason.hasPrefix("no answer within") == true)
        await ledger.wakeUp()
        await ledger.released()
        #expect(await ledger.books.balance(of: .call("CA1", capMicroDollars: 10_000)).reservedMicroDollars == 0)
    }

    @Test("a settlement that the ledger does not take waits for the next one")
    func settlementWaits() async throws {
        let ledger = MoodyLedger()
        let manager = TierManager(policy: try .example(start: "standard"), ledger: ledger, now: { .ides })
        let first = await manager.plan(for: .example(reply: 1), within: .seconds(60))
        let second = await manager.plan(for: .example(reply: 2), within: .seconds(60))
        ledger.mood = .unavailable
        #expect(await manager.settle(first, spokenCharacters: 100) == 1_500)
        #expect(await manager.unsettled == 1)
        ledger.mood = .well
        await manager.abandon(second)
        #expect(await manager.unsettled == 0)
        let balance = await ledger.books.balance(of: .call("CA1", capMicroDollars: 10_000))
        #expect(balance.spentMicroDollars == 1_500 && balance.reservedMicroDollars == 0)
    }

    @Test("a free tier does not ask the ledger at all")
    func freeTier() async throws {
        let ledger = MoodyLedger()
        ledger.mood = .hanging
        let grant = await TierManager(policy: try .example(), ledger: ledger).plan(for: .example())
        #expect(grant.tier == Voices.basic && grant.escalation == nil)
    }
}

/// A ledger in memory that can fail and hang.
final class MoodyLedger: BudgetLedger {
    enum Mood { case well, unavailable, hanging }
    let books = InMemoryBudgetLedger()
    private let state = Mutex((mood: Mood.well, asleep: [CheckedContinuation<Void, Never>](), isAwake: false))
    private let releases = AsyncStream.makeStream(of: Void.self)

    var mood: Mood {
        get { state.withLock { $0.mood } }
        set { state.withLock { $0.mood = newValue } }
    }
    /// Lets those that hang go on.
    func wakeUp() async {
        let asleep = state.withLock { state in
            state.isAwake = true
            defer { state.asleep = [] }
            return state.asleep
        }
        for continuation in asleep { continuation.resume() }
    }
    /// Waits for a release.
    func released() async { for await _ in releases.stream { return } }

    func reserve(_ amount: Int, in scopes: [BudgetScope], key: String) async throws(BudgetError) -> Reservation {
        try await suffer()
        return try await books.reserve(amount, in: scopes, key: key)
    }
    func commit(_ reservation: Reservation, actualMicroDollars: Int) async throws(BudgetError) {
        try await suffer()
        try await books.commit(reservation, actualMicroDollars: actualMicroDollars)
    }
    func release(_ reservation: Reservation) async throws(BudgetError) {
        try await suffer()
        try await books.release(reservation)
        releases.continuation.yield()
    }
    func balance(of scope: BudgetScope) async throws(BudgetError) -> BudgetBalance { await books.balance(of: scope) }

    private func suffer() async throws(BudgetError) {
        switch mood {
        case .well: return
        case .unavailable: throw .unavailable("out for lunch")
        case .hanging:
            await withCheckedContinuation { continuation in
                let awake = state.withLock { state in
                    if !state.isAwake { state.asleep.append(continuation) }
                    return state.isAwake
                }
                if awake { continuation.resume() }
            }
        }
    }
}

/// A clock on which every deadline has passed.
struct HastyClock: Clock {
    var now: ContinuousClock.Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {}
}
