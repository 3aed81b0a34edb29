import Foundation
import Orchestrator
import Persistence
import Testing
import TierManager

/// The test program starts itself again as the victim, tells it which file to write by this variable, and kills it.
private let victimVariable = "GATEWAY_TEST_VICTIM_DATABASE"
private let victimDatabase = ProcessInfo.processInfo.environment[victimVariable]

@Suite("A process that is killed in the midst of writing loses nothing that it acknowledged")
struct KillTests {
    static let acknowledgement = "acknowledged "
    static let day = BudgetScope(name: "day:2026-03-15", capMicroDollars: 1_000_000)

    @Test("kill -9", .enabled(if: victimDatabase == nil), .timeLimit(.minutes(2)), arguments: [1, 25, 60])
    func killed(after acknowledged: Int) async throws {
        let folder = try Folder(), victim = Process(), output = Pipe()
        victim.executableURL = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        victim.arguments = ["--testing-library", "swift-testing", "--filter", "PersistenceTests.KillTests/victim"]
        victim.environment = ProcessInfo.processInfo.environment.merging([victimVariable: folder.file()]) { _, new in new }
        (victim.standardOutput, victim.standardError) = (output, FileHandle.nullDevice)
        try victim.run()
        var last = 0
        for await line in Self.lines(of: output.fileHandleForReading) where line.hasPrefix(Self.acknowledgement) {
            last = Int(line.dropFirst(Self.acknowledgement.count)) ?? 0
            if last >= acknowledged { break }
        }
        kill(victim.processIdentifier, SIGKILL)
        victim.waitUntilExit()
        try #require(last >= acknowledged, "the victim ended by itself")
        #expect(victim.terminationReason == .uncaughtSignal && victim.terminationStatus == SIGKILL)

        let survivor = try GatewayDatabase(path: folder.file(), runID: "survivor")
        #expect(try await survivor.count("turns") >= last)
        #expect(try await survivor.count("turns", where: "generation <= \(last)") == last)
        // Each of its turns left one promise open, and booked another.
        #expect(survivor.recovery.reservationsReleased >= last && survivor.recovery.callsClosed == 1)
        let balance = try await SQLiteBudgetLedger(survivor).balance(of: Self.day)
        #expect(balance.spentMicroDollars >= 70 * last && balance.reservedMicroDollars == 0)
        #expect(try await survivor.rows("PRAGMA integrity_check") == [["ok"]])
    }

    /// Writes turns until it is killed, and says after each that it is safe.
    @Test("victim", .enabled(if: victimDatabase != nil, "runs in a process of its own"), .timeLimit(.minutes(2)))
    func victim() async throws {
        let database = try GatewayDatabase(path: try #require(victimDatabase), runID: "victim")
        let ledger = SQLiteBudgetLedger(database), store = SQLiteConversationStore(database)
        try await CallStore(database).begin(CallRecord(id: "C1", carrier: "twilio", sessionID: "S1", startedAt: .ides))
        for generation in 1...10_000 {
            _ = try await ledger.reserve(10, in: [Self.day], key: "open \(generation)")
            let booked = try await ledger.reserve(80, in: [Self.day], key: "booked \(generation)")
            try await ledger.commit(booked, actualMicroDollars: 70)
            try await store.commit(.example(generation: generation))
            try FileHandle.standardOutput.write(contentsOf: Data("\(Self.acknowledgement)\(generation)\n".utf8))
        }
    }

    private static func lines(of handle: FileHandle) -> AsyncStream<Substring> {
        AsyncStream { continuation in
            Thread.detachNewThread {
                var text = ""
                while case let data = handle.availableData, !data.isEmpty {
                    text += String(decoding: data, as: UTF8.self)
                    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                    for line in lines.dropLast() { continuation.yield(line) }
                    text = String(lines.last ?? "")
                }
                continuation.finish()
            }
        }
    }
}
