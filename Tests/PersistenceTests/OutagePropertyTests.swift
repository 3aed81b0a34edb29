import Foundation
import GRDB
import Orchestrator
import Testing
import TierManager

@testable import Persistence

@Suite("However often the store fails while many talk, it ends as one that never failed")
struct OutagePropertyTests {
    /// One of the two databases, with all that writes to it.
    struct Side {
        let database: GatewayDatabase, store: SQLiteConversationStore, calls: CallStore, ledger: SQLiteBudgetLedger, sink: SQLiteEventSink
        init(_ database: GatewayDatabase) {
            (self.database, store, calls) = (database, SQLiteConversationStore(database), CallStore(database))
            (ledger, sink) = (SQLiteBudgetLedger(database, now: { .ides }), SQLiteEventSink(database, now: { .ides }))
        }
    }

    /// A caller's whole conversation, the same on both sides.
    func talk(_ number: Int, seed: UInt64, _ bench: FaultyDatabase, _ faulty: Side, _ sound: Side) async throws {
        var random = SplitMix(state: seed &* 1_000 &+ UInt64(number))
        let session = "S\(number)", call = "C\(number)", day = BudgetScope.day(.ides, capMicroDollars: 1_000_000)
        for side in [faulty, sound] {
            try await side.calls.begin(CallRecord(id: call, carrier: "twilio", sessionID: session, startedAt: .ides))
            try await side.store.begin(SessionRecord(id: session, channel: .voice, startedAt: .ides, facts: [], userID: "u\(number)"))
        }
        for generation in 1...12 {
            // In memory all is said in no time: some is kept for the next fault.
            while bench.waiting > 40 { await Task.yield() }
            if generation.isMultiple(of: 3) {
                while bench.database.statistics.outages < generation / 3 { await Task.yield() }
            }
            var turn = TurnCommit.example(session: session, generation: generation)
            turn.userText = String(repeating: "w", count: Int.random(in: 1...3_000, using: &random))
            turn.facts[0].value = "\(Int.random(in: 0...2, using: &random))"
            turn.snapshot = "{\"generation\":\(generation)}"
            let score = Double.random(in: 0...1, using: &random), action = Int.random(in: 0..<6, using: &random)
            // Money is promised where the store that fails can promise it.
            let promise = try? await faulty.ledger.reserve(500, in: [day], key: "\(call)/\(generation)")
            if promise != nil { _ = try await sound.ledger.reserve(500, in: [day], key: "\(call)/\(generation)") }
            for side in [faulty, sound] {
                try await side.store.commit(turn)
                side.sink.emit(LifecycleEvent("turn.completed", subject: session, ["n": "\(generation)"]))
                try await side.calls.record(
                    TurnRecord(
                        session: session, callID: call, generation: generation, at: .ides, userText: "", replyText: "", heardText: "h",
                        costMicroDollars: generation, wasteMicroDollars: 1))
                if let promise {
                    if action.isMultiple(of: 2) {
                        try await side.ledger.commit(promise, actualMicroDollars: 100 + generation)
                    } else {
                        try await side.ledger.release(promise)
                    }
                }
                if action == 3 { try await side.store.save(FeedbackRecord(session: session, generation: generation, score: score, at: .ides)) }
                if action == 4 {
                    try await side.store.save(
                        HandoffRecord(
                            id: "H\(number)", session: session, state: generation > 6 ? .connected : .queued, reason: "asked",
                            requestedAt: .ides, updatedAt: .ides.addingTimeInterval(Double(generation))))
                }
            }
        }
        for side in [faulty, sound] {
            try await side.store.end(session: session, reason: "hangup", at: .ides)
            try await side.calls.end(call: call, reason: "hangup", at: .ides)
        }
    }

    /// Rows of a table in the order of their writing within each conversation, without what two runs may number differently.
    func rows(_ table: String, _ database: GatewayDatabase) async throws -> [[String]] {
        let columns = try await database.rows("SELECT name, type, pk FROM pragma_table_info('\(table)')")
        let numbered = columns.contains { $0[0] == "id" && $0[1] == "INTEGER" }
        let kept = columns.map { $0[0] }.filter { !(numbered && $0 == "id") && $0 != "run_id" && $0 != "retracted_by" }.map { "\"\($0)\"" }
        let owner = ["session_id", "call_id", "subject", "reservation_key"].first { name in columns.contains { $0[0] == name } }
        return try await database.rows("SELECT \(kept.joined(separator: ", ")) FROM \(table) ORDER BY \(owner ?? kept[0]), rowid")
    }

    @Test("twenty conversations at once, faults of three kinds at random moments", .timeLimit(.minutes(2)), arguments: [1, 2, 3] as [UInt64])
    func random(seed: UInt64) async throws {
        let bench = try FaultyDatabase()
        let faulty = Side(bench.database), sound = Side(try GatewayDatabase.temporary(runID: "run"))
        let isOver = Flag()
        let faults = Task {
            var random = SplitMix(state: seed), count = 0
            while !isOver.isSet {
                let kind = [OutageTests.Fault.locked, .full, .readOnly].randomElement(using: &random) ?? .full
                let undo = try await OutageTests.inflict(kind, on: bench)
                // Too large for any page that is free: the fault is met now.
                let large: Void? = try? await bench.database.write { db in try db.execute(sql: "CREATE TABLE large AS SELECT zeroblob(10000000)") }
                #expect(large == nil)
                let enough = Int.random(in: 1...30, using: &random)
                for _ in 0..<5_000 where bench.waiting < enough && !isOver.isSet { await Task.yield() }
                // Some attempts fail before it is over.
                if Bool.random(using: &random), !bench.database.health.isUp { await bench.waitUntilUp(most: 2) }
                try await undo()
                await bench.waitUntilUp()
                count += 1
            }
            return count
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...20 { group.addTask { try await talk(number, seed: seed, bench, faulty, sound) } }
            try await group.waitForAll()
        }
        await faulty.sink.flush()
        await sound.sink.flush()
        isOver.set()
        let inflicted = try await faults.value
        #expect(bench.database.statistics.outages >= 4 && bench.database.statistics.replayed >= 30)
        #expect(bench.database.health == .up && bench.database.lost == 0)
        for table in [
            "calls", "turns", "messages", "decisions", "facts", "tickets", "tool_calls", "sessions", "handoffs", "feedback", "events",
            "budgets", "budget_ledger", "agent_transitions",
        ] {
            let found = try await rows(table, bench.database), expected = try await rows(table, sound.database)
            #expect(found == expected, "\(table) with seed \(seed), \(inflicted) faults")
        }
        #expect(try await bench.database.count("facts", where: "retracted_by IS NULL") == 20)
    }
}
