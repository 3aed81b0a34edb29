import Foundation
import GRDB
import Orchestrator
import Testing
import TierManager

@testable import Persistence

@Suite("A file whose bytes are overwritten under a live gateway is moved aside and kept; a new one takes what goes on")
struct DamageTests {
    static let day = BudgetScope.day(.ides, capMicroDollars: 10_000)

    /// Everything that a live gateway has, and all of it in the file proper.
    func filled(_ faulty: FaultyDatabase) async throws {
        let store = SQLiteConversationStore(faulty.database), calls = CallStore(faulty.database)
        _ = try await DemoOperator(faulty.database, now: { .ides })
        try await calls.begin(CallRecord(id: "C0", carrier: "twilio", sessionID: "S0", startedAt: .ides))
        try await calls.end(call: "C0", reason: "hangup", at: .ides)
        try await calls.begin(CallRecord(id: "C1", carrier: "twilio", from: "+15550101", sessionID: "S1", startedAt: .ides))
        try await store.begin(SessionRecord(id: "S1", channel: .voice, startedAt: .ides, facts: [], userID: "u-1"))
        for generation in 1...40 { try await store.commit(.example(generation: generation)) }
        let pool = try #require(faulty.database.pool)
        try await pool.writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
            try db.execute(sql: "PRAGMA shrink_memory")
        }
        pool.releaseMemory()
    }

    func overwrite(_ path: String, keepingFirst kept: UInt64) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        let end = try handle.seekToEnd()
        try handle.seek(toOffset: kept)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: Int(end - kept)))
        try handle.close()
    }

    /// Moves the clock until the file was exchanged and the backlog written.
    func repaired(_ faulty: FaultyDatabase) async throws -> [String] {
        let attempts = await faulty.waitUntilUp()
        #expect(attempts <= 3)
        return try FileManager.default.contentsOfDirectory(atPath: faulty.folder.url.path).filter { $0.contains(".corrupt-") && !$0.hasSuffix("-shm") }
    }

    @Test("all of it, its header too, or all pages but the first", arguments: [0, 4_096] as [UInt64])
    func overwritten(keepingFirst kept: UInt64) async throws {
        let faulty = try FaultyDatabase(), store = SQLiteConversationStore(faulty.database), calls = CallStore(faulty.database)
        try await filled(faulty)
        try overwrite(faulty.path, keepingFirst: kept)
        for generation in 41...60 { try await store.commit(.example(generation: generation)) }
        #expect(!faulty.database.health.isUp)
        try await calls.end(call: "C1", reason: "hangup", at: .ides)
        let aside = try await repaired(faulty)
        #expect(aside.count >= 1 && aside.contains { $0.hasPrefix("gateway.db.corrupt-20260315T120000Z") })
        #expect(faulty.database.health == .up && faulty.database.lost == 0)
        let database = faulty.database
        #expect(try await database.rows("PRAGMA integrity_check") == [["ok"]])
        #expect(try await database.rows("SELECT generation FROM turns ORDER BY id").map { $0[0] } == (41...60).map(String.init))
        #expect(try await database.rows("SELECT id, \"from\", state, end_reason FROM calls") == [["C1", "+15550101", "ended", "hangup"]])
        #expect(try await database.rows("SELECT id, user_id, generation FROM sessions") == [["S1", "u-1", "60"]])
        #expect(try await database.count("operator_customers") == 10)
        let old = try FileManager.default.attributesOfItem(atPath: faulty.path)
        #expect((old[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        // And a restart finds a sound file.
        try await database.close(within: .zero)
        #expect(try await GatewayDatabase(path: faulty.path).count("turns") == 20)
    }

    @Test("the reader that meets damage first makes the writer stop building on it")
    func reader() async throws {
        let faulty = try FaultyDatabase()
        try await filled(faulty)
        try overwrite(faulty.path, keepingFirst: 0)
        await #expect(throws: StorageError.self) { try await CallStore(faulty.database).call("C1") }
        #expect(!faulty.database.health.isUp)
        let aside = try await repaired(faulty)
        #expect(!aside.isEmpty && faulty.database.health == .up)
        #expect(try await CallStore(faulty.database).call("C1")?.call.state == .active)
    }

    @Test("money: what the old file tells of spending counts on, and what was promised in it can be settled")
    func budgets() async throws {
        let faulty = try FaultyDatabase(), ledger = SQLiteBudgetLedger(faulty.database, now: { .ides })
        let spent = try await ledger.reserve(3_000, in: [Self.day], key: "spent")
        try await ledger.commit(spent, actualMicroDollars: 2_500)
        let open = try await ledger.reserve(4_000, in: [Self.day], key: "open"), late = try await ledger.reserve(1_000, in: [Self.day], key: "late")
        try await filled(faulty)
        // Only the pages of turns, so that the budgets can still be read.
        let pages = try await faulty.database.rows("SELECT pageno FROM dbstat WHERE name IN ('turns', 'sqlite_autoindex_turns_1')").compactMap { UInt64($0[0]) }
        let handle = try FileHandle(forWritingTo: URL(filePath: faulty.path))
        for page in pages {
            try handle.seek(toOffset: (page - 1) * 4_096)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        }
        try handle.close()
        try await faulty.database.pool?.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA shrink_memory") }
        try await SQLiteConversationStore(faulty.database).commit(.example(generation: 41))
        #expect(!faulty.database.health.isUp)
        try await ledger.commit(open, actualMicroDollars: 3_500)
        _ = try await repaired(faulty)
        try await ledger.commit(late, actualMicroDollars: 900)
        let balance = try await ledger.balance(of: Self.day)
        #expect(balance.spentMicroDollars == 2_500 + 3_500 + 900 && balance.reservedMicroDollars == 0)
        await #expect(throws: BudgetError.self) { try await ledger.reserve(3_200, in: [Self.day], key: "more") }
    }
}
