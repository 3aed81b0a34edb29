import Foundation
import GRDB
import Orchestrator
import Testing
import TierManager

@testable import Persistence

@Suite("When the store fails, conversations go on: what they write waits in memory and is written afterwards, in order")
struct OutageTests {
    enum Fault: String, CaseIterable { case locked, exclusive, full, readOnly }

    /// Does a fault, and returns what undoes it.
    static func inflict(_ fault: Fault, on faulty: FaultyDatabase) async throws -> @Sendable () async throws -> Void {
        switch fault {
        case .locked, .exclusive:
            let holder = try faulty.hold(fault == .locked ? "IMMEDIATE" : "EXCLUSIVE")
            return { try holder.letGo() }
        case .full:
            // Free pages would still take something in.
            try await faulty.fill()
            return { try await faulty.makeRoom() }
        case .readOnly:
            try await #require(faulty.database.pool).writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 1") }
            return { try await #require(faulty.database.pool).writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 0") } }
        }
    }

    /// A turn that needs pages of its own.
    static func long(_ generation: Int, session: String = "S1") -> TurnCommit {
        var turn = TurnCommit.example(session: session, generation: generation)
        turn.userText = String(repeating: "word ", count: 4_000)
        return turn
    }

    @Test("no write waits longer than a turn does, none is lost, and health says what is wrong", arguments: Fault.allCases)
    func goesOn(_ fault: Fault) async throws {
        let faulty = try FaultyDatabase(), store = SQLiteConversationStore(faulty.database), calls = CallStore(faulty.database)
        try await calls.begin(CallRecord(id: "C1", carrier: "twilio", sessionID: "S1", startedAt: .ides))
        try await store.begin(SessionRecord(id: "S1", channel: .voice, startedAt: .ides, facts: []))
        let undo = try await Self.inflict(fault, on: faulty)
        let clock = ContinuousClock()
        let first = try await clock.measure { try await store.commit(Self.long(1)) }
        #expect(first < .seconds(1), "\(GatewayDatabase.busyMilliseconds) ms of waiting for a lock, and what a loaded machine adds")
        #expect(!faulty.database.health.isUp && faulty.waiting == 1 && !faulty.reason.isEmpty)
        let rest = try await clock.measure {
            for generation in 2...20 { try await store.commit(Self.long(generation)) }
            try await calls.record(TurnRecord(session: "S1", callID: "C1", generation: 1, at: .ides, userText: "", replyText: "", costMicroDollars: 70))
            try await store.save(HandoffRecord(id: "H1", session: "S1", state: .queued, reason: "asked", requestedAt: .ides, updatedAt: .ides))
            try await store.save(FeedbackRecord(session: "S1", generation: 1, score: 1, at: .ides))
            try await calls.end(call: "C1", reason: "hangup", at: .ides)
            try await store.end(session: "S1", reason: "hangup", at: .ides)
        }
        #expect(rest < .seconds(1), "known to be out of order, it is not asked again")
        #expect(faulty.waiting == 25)
        try await undo()
        await faulty.waitUntilUp()
        #expect(faulty.database.health == .up && faulty.database.lost == 0)
        let statistics = faulty.database.statistics
        #expect(statistics.deferred == 25 && statistics.replayed == 25 && statistics.outages == 1)
        #expect(try await faulty.database.rows("SELECT generation FROM turns ORDER BY id").map { $0[0] } == (1...20).map(String.init))
        #expect(try await faulty.database.rows("SELECT state, end_reason, cost_micro FROM calls") == [["ended", "hangup", "70"]])
        #expect(try await faulty.database.count("handoffs") == 1)
        #expect(try await faulty.database.count("feedback") == 1)
        // And straight again.
        try await store.commit(Self.long(21))
        #expect(faulty.database.statistics.deferred == 25)
    }

    @Test("money is never promised out of memory: a reservation fails at once, and the call falls to the free voice")
    func reservations() async throws {
        let faulty = try FaultyDatabase(), ledger = SQLiteBudgetLedger(faulty.database, now: { .ides })
        let policy = try TierPolicy(
            tiers: [
                Tier(name: "basic", engine: "flite", voice: "kal", priceMicroDollars: 0, rank: 0),
                Tier(name: "standard", engine: "flite", voice: "rms", priceMicroDollars: 15_000, rank: 1),
            ], startTier: "standard", budget: .init(perCallMicroDollars: 1_000_000, perDayMicroDollars: 10_000_000))
        let tiers = TierManager(policy: policy, ledger: ledger, now: { .ides })
        func request(_ reply: Int) -> TierRequest {
            TierRequest(callID: "C1", replyKey: "C1/\(reply)", characters: 100, qualification: 0, agent: "sales")
        }
        let before = await tiers.plan(for: request(1)), given = await tiers.plan(for: request(2))
        #expect(before.tier.name == "standard" && before.reservedMicroDollars == 1_500)
        let holder = try faulty.hold()
        let first = await tiers.plan(for: request(3), within: .seconds(10))
        #expect(first.tier.name == "basic" && first.reservation == nil && first.escalation?.cause == .ledgerUnavailable)
        let clock = ContinuousClock()
        let elapsed = await clock.measure {
            for reply in 4...10 { #expect(await tiers.plan(for: request(reply), within: .seconds(10)).tier.name == "basic") }
        }
        #expect(elapsed < .milliseconds(500), "it is not asked again while it is known to be locked")
        #expect(await tiers.settle(before, spokenCharacters: 80) == 1_200)
        await tiers.abandon(given)
        #expect(await tiers.unsettled == 0 && faulty.waiting == 2)
        try holder.letGo()
        await faulty.waitUntilUp()
        let balance = try await ledger.balance(of: .day(.ides, capMicroDollars: 10_000_000))
        #expect(balance.spentMicroDollars == 1_200 && balance.reservedMicroDollars == 0)
        #expect(await tiers.plan(for: request(11)).tier.name == "standard")
    }

    @Test("work that is no record is refused at once: a tool's change, a sweep")
    func refusesWork() async throws {
        let faulty = try FaultyDatabase()
        let holder = try faulty.hold()
        for _ in 1...2 {
            let error = await #expect(throws: StorageError.self) { try await faulty.database.write { db in try db.execute(sql: "DELETE FROM events") } }
            #expect(error?.code == .unavailable && error?.isRetryable == true)
        }
        try holder.letGo()
        await faulty.waitUntilUp()
        try await faulty.database.write { db in try db.execute(sql: "DELETE FROM events") }
    }

    @Test("attempts come after 1, 2, 4, 8 and then every 10 s")
    func pauses() async throws {
        let faulty = try FaultyDatabase()
        let holder = try faulty.hold()
        try await SQLiteConversationStore(faulty.database).commit(.example())
        let begin = faulty.clock.now
        var attempts: [Duration] = []
        for pause in [1, 2, 4, 8, 10, 10] {
            while faulty.clock.sleeping == 0 { await Task.yield() }
            faulty.clock.advance(by: .seconds(pause) - .milliseconds(1))
            #expect(faulty.clock.sleeping == 1, "it still sleeps just before \(pause) s are over")
            if attempts.count == 5 { try holder.letGo() }
            faulty.clock.advance(by: .milliseconds(1))
            attempts.append(begin.duration(to: faulty.clock.now))
        }
        while !faulty.database.health.isUp { await Task.yield() }
        #expect(attempts == [1, 3, 7, 15, 25, 35].map { .seconds($0) })
    }

    @Test("the backlog is bounded by writes and by bytes: the newest is refused, counted, and what was accepted is kept")
    func bounded() async throws {
        for limits in [Backlog.Limits(writes: 5), Backlog.Limits(bytes: 5 * StoredWrite.turn(.example()).estimatedBytes + 10)] {
            let faulty = try FaultyDatabase(backlog: limits), store = SQLiteConversationStore(faulty.database)
            let holder = try faulty.hold()
            for generation in 1...5 { try await store.commit(.example(generation: generation)) }
            for generation in 6...8 {
                let error = await #expect(throws: StorageError.self) { try await store.commit(.example(generation: generation)) }
                #expect(error?.code == .overloaded)
            }
            guard case .degraded(let since, _, 5, 3) = faulty.database.health else {
                Issue.record("\(faulty.database.health)")
                return
            }
            #expect(since == .ides)
            try holder.letGo()
            await faulty.waitUntilUp()
            #expect(try await faulty.database.rows("SELECT generation FROM turns ORDER BY id").map { $0[0] } == ["1", "2", "3", "4", "5"])
            #expect(faulty.database.lost == 3)
        }
    }

    @Test("a write that fails for its own reason is dropped and counted, and holds nobody up")
    func poisoned() async throws {
        let faulty = try FaultyDatabase(), store = SQLiteConversationStore(faulty.database)
        let holder = try faulty.hold()
        try await store.commit(.example(generation: 1))
        var bad = TurnCommit.example(generation: 2)
        bad.decision.confidence = .nan
        try await store.commit(bad)
        try await store.commit(.example(generation: 3))
        try holder.letGo()
        await faulty.waitUntilUp()
        #expect(try await faulty.database.rows("SELECT generation FROM turns ORDER BY id") == [["1"], ["3"]])
        #expect(faulty.database.lost == 1)
    }

    @Test("the log says once that it is out of order, once that it is back, and of losses at most once a second")
    func logged() async throws {
        let lines = RecordingLog.Lines()
        let faulty = try FaultyDatabase(backlog: Backlog.Limits(writes: 1), log: RecordingLog(lines)), store = SQLiteConversationStore(faulty.database)
        let holder = try faulty.hold()
        try await store.commit(.example(generation: 1))
        for generation in 2...50 { await #expect(throws: StorageError.self) { try await store.commit(.example(generation: generation)) } }
        let lost = "error records are lost"
        #expect(lines.all == ["error the store is out of order; conversations go on in memory", lost])
        while faulty.clock.sleeping == 0 { await Task.yield() }
        faulty.clock.advance(by: .milliseconds(999))
        await #expect(throws: StorageError.self) { try await store.commit(.example(generation: 51)) }
        #expect(lines.all.count { $0 == lost } == 1)
        try holder.letGo()
        await faulty.waitUntilUp()
        while lines.all.count < 3 { await Task.yield() }
        #expect(lines.all.last == "notice the store is in order again" && lines.all.count == 3)
    }

    @Test("a group that meets the fault goes whole into the backlog, before whatever came later")
    func order() async throws {
        let faulty = try FaultyDatabase(), sink = SQLiteEventSink(faulty.database, now: { .ides })
        let undo = try await Self.inflict(.full, on: faulty)
        for number in 1...500 { sink.emit(LifecycleEvent("turn.completed", subject: String(repeating: "x", count: 200), ["n": "\(number)"])) }
        await sink.flush()
        for number in 501...600 { sink.emit(LifecycleEvent("turn.completed", subject: "later", ["n": "\(number)"])) }
        await sink.flush()
        #expect(sink.dropped == 0 && !faulty.database.health.isUp)
        try await undo()
        await faulty.waitUntilUp()
        #expect(try await faulty.database.rows("SELECT attributes FROM events ORDER BY id").map { $0[0] } == (1...600).map { #"{"n":"\#($0)"}"# })
    }

    @Test("reading goes on while writing does not", arguments: [Fault.locked, .full])
    func reads(_ fault: Fault) async throws {
        let faulty = try FaultyDatabase(), store = SQLiteConversationStore(faulty.database)
        try await store.commit(.example())
        let undo = try await Self.inflict(fault, on: faulty)
        try await store.commit(Self.long(3))
        #expect(try await store.conversation("S1")?.generation == 2)
        try await faulty.database.check()
        try await undo()
        await faulty.waitUntilUp()
        #expect(try await store.conversation("S1")?.generation == 3)
    }
}
