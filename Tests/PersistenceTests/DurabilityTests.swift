import Foundation
import Orchestrator
import Persistence
import Testing
import TierManager

@Suite("What was acknowledged survives kill -9")
struct DurabilityTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    @Test("the files as they are at the moment of each acknowledgement hold all that was acknowledged")
    func acknowledged() async throws {
        let database = try GatewayDatabase(path: folder.file())
        let store = SQLiteConversationStore(database)
        try await store.begin(SessionRecord(id: "S1", channel: .voice, startedAt: .ides, facts: []))
        for generation in 1...10 {
            try await store.commit(.example(generation: generation))
            let survivor = try GatewayDatabase(path: folder.copyAsKilled(database.path, name: "after-\(generation).db"))
            #expect(try await survivor.count("turns") == generation)
            #expect(try await survivor.count("messages") == 2 * generation)
        }
    }

    @Test("in the midst of a hundred writers, each finds its own turn on the disk when it returns")
    func amongMany() async throws {
        let database = try GatewayDatabase(path: folder.file())
        let store = SQLiteConversationStore(database)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in 1...100 {
                group.addTask { [folder] in
                    try await store.commit(.example(session: "S\(session)"))
                    guard session % 10 == 0 else { return }
                    // A checkpoint between the two copies could tear them apart; so few writes never make one.
                    let survivor = try GatewayDatabase(path: folder.copyAsKilled(database.path, name: "copy-\(session).db"))
                    #expect(try await survivor.count("turns", where: "session_id = 'S\(session)'") == 1)
                }
            }
            try await group.waitForAll()
        }
        #expect(database.statistics.commits < 100, "some shared a transaction")
    }

    @Test("another process sees a turn as soon as it is acknowledged")
    func otherProcess() async throws {
        let sqlite = "/usr/bin/sqlite3"
        try #require(FileManager.default.isExecutableFile(atPath: sqlite), "the sqlite3 shell is part of make setup")
        let database = try GatewayDatabase(path: folder.file())
        try await SQLiteConversationStore(database).commit(.example())
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: sqlite)
        process.arguments = [database.path, "SELECT user_text FROM turns"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "the unlimited one please\n")
    }

    @Test("a killed run's open promises are given back, its calls ended, and what it spent stays spent")
    func recovery() async throws {
        let database = try GatewayDatabase(path: folder.file(), runID: "first")
        let ledger = SQLiteBudgetLedger(database), calls = CallStore(database)
        let day = BudgetScope.day(.ides, capMicroDollars: 10_000), call = BudgetScope.call("CA1", capMicroDollars: 5_000)
        try await calls.begin(CallRecord(id: "CA1", carrier: "twilio", sessionID: "S1", startedAt: .ides))
        let kept = try await ledger.reserve(1_000, in: [call, day], key: "kept")
        try await ledger.commit(kept, actualMicroDollars: 700)
        _ = try await ledger.reserve(2_000, in: [call, day], key: "open")
        _ = try await ledger.reserve(500, in: [day], key: "open too")

        let after = try GatewayDatabase(path: folder.copyAsKilled(database.path, name: "after.db"), runID: "second", now: { .ides })
        #expect(after.recovery == GatewayDatabase.Recovery(reservationsReleased: 2, microDollarsReleased: 2_500, callsClosed: 1))
        let balance = try await SQLiteBudgetLedger(after).balance(of: day)
        #expect(balance.spentMicroDollars == 700 && balance.reservedMicroDollars == 0)
        let record = try #require(try await CallStore(after).call("CA1"))
        #expect(record.call.state == .ended && record.call.endReason == "gateway_restarted" && record.call.endedAt == .ides)
        #expect(try await after.count("budget_ledger", where: "run_id = 'second' AND entry = 'release'") == 3)

        let again = try GatewayDatabase(path: folder.copyAsKilled(after.path, name: "again.db"))
        #expect(again.recovery == GatewayDatabase.Recovery())
    }
}
