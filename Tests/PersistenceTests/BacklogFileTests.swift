import Foundation
import GRDB
import Orchestrator
import Testing
import TierManager

@testable import Persistence

@Suite("What a run could not write before it ended waits in PATH.backlog, and the next start writes it, once")
struct BacklogFileTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    /// A run that ends while its database is locked.
    func endedLocked() async throws {
        let faulty = try FaultyDatabase(folder: folder, runID: "first")
        let ledger = SQLiteBudgetLedger(faulty.database, now: { .ides }), calls = CallStore(faulty.database)
        try await calls.begin(CallRecord(id: "C1", carrier: "twilio", sessionID: "S1", startedAt: .ides))
        let promise = try await ledger.reserve(500, in: [.day(.ides, capMicroDollars: 1_000)], key: "k")
        let holder = try faulty.hold()
        try await SQLiteConversationStore(faulty.database).commit(.example())
        try await ledger.commit(promise, actualMicroDollars: 300)
        try await calls.end(call: "C1", reason: "hangup", at: .ides)
        try await faulty.database.close(within: .zero)
        try holder.letGo()
    }
    var backlog: String { folder.file() + ".backlog" }

    @Test("from one run to the next")
    func kept() async throws {
        try await endedLocked()
        let attributes = try FileManager.default.attributesOfItem(atPath: backlog)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let second = try GatewayDatabase(path: folder.file(), runID: "second", now: { .ides })
        #expect(second.recovery == GatewayDatabase.Recovery(), "nothing was left open")
        #expect(try await second.rows("SELECT user_text, run_id FROM turns") == [["the unlimited one please", "first"]])
        #expect(try await second.rows("SELECT state, end_reason FROM calls") == [["ended", "hangup"]])
        #expect(try await SQLiteBudgetLedger(second).balance(of: .day(.ides, capMicroDollars: 1_000)).spentMicroDollars == 300)
        #expect(!FileManager.default.fileExists(atPath: backlog))
    }

    @Test("a start that dies between writing and removing the file writes nothing twice")
    func once() async throws {
        try await endedLocked()
        let file = try Data(contentsOf: URL(filePath: backlog))
        try await GatewayDatabase(path: folder.file()).close()
        try file.write(to: URL(filePath: backlog))
        let third = try GatewayDatabase(path: folder.file())
        #expect(try await third.count("turns") == 1)
        #expect(try await third.rows("SELECT spent_micro FROM budgets") == [["300"]])
        #expect(!FileManager.default.fileExists(atPath: backlog))
    }

    @Test("closed twice, it is kept once")
    func closedTwice() async throws {
        let faulty = try FaultyDatabase(folder: folder)
        let holder = try faulty.hold()
        try await SQLiteConversationStore(faulty.database).commit(.example())
        try await faulty.database.close(within: .zero)
        let file = try Data(contentsOf: URL(filePath: backlog))
        try await faulty.database.close(within: .zero)
        #expect(try Data(contentsOf: URL(filePath: backlog)) == file)
        try holder.letGo()
    }

    @Test("what neither the database nor the file takes is lost, and counted, with a plain reason")
    func lost() async throws {
        let faulty = try FaultyDatabase(folder: folder)
        let holder = try faulty.hold()
        try await SQLiteConversationStore(faulty.database).commit(.example())
        try FileManager.default.createDirectory(atPath: backlog, withIntermediateDirectories: true)
        #expect(faulty.database.lostAtEnd == 0)
        try await faulty.database.close(within: .zero)
        #expect(faulty.database.lostAtEnd == 1)
        try holder.letGo()
        let error = #expect(throws: StorageError.self) { try BacklogFile(database: folder.file()).write([]) }
        #expect(error?.detail == "Is a directory")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!names.contains("gateway.db.backlog.new"))
    }

    @Test("a full disk is told in the system's words")
    func full() throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let error = #expect(throws: (any Error).self) { try handle.write(contentsOf: Data("a".utf8)) }
        #expect(error.map(StorageError.reason) == "No space left on device")
    }

    @Test("a line that is cut off is left out; the others are written")
    func cutOff() async throws {
        try await endedLocked()
        let lines = try String(contentsOfFile: backlog, encoding: .utf8).split(separator: "\n")
        try (lines.dropLast().joined(separator: "\n") + "\n" + lines[lines.count - 1].prefix(20)).write(toFile: backlog, atomically: true, encoding: .utf8)
        let second = try GatewayDatabase(path: folder.file())
        #expect(try await second.count("turns") == 1)
        #expect(try await second.rows("SELECT end_reason FROM calls") == [["gateway_restarted"]])
    }

    @Test("what is no backlog is named and left alone")
    func foreign() throws {
        try "a letter to my aunt\n".write(toFile: backlog, atomically: true, encoding: .utf8)
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: folder.file()) }
        #expect(error?.description.contains("not a backlog of this gateway") == true)
        #expect(try String(contentsOfFile: backlog, encoding: .utf8) == "a letter to my aunt\n")
    }

    @Test("a database that comes back in time takes everything, and leaves no file")
    func inTime() async throws {
        let faulty = try FaultyDatabase(folder: folder)
        let holder = try faulty.hold()
        try await SQLiteConversationStore(faulty.database).commit(.example())
        try holder.letGo()
        try await faulty.database.close(within: .zero)
        #expect(!FileManager.default.fileExists(atPath: backlog))
        #expect(try await GatewayDatabase(path: folder.file()).count("turns") == 1)
    }

    @Test("a hand-over of a version that kept no context comes back without one")
    func olderHandover() throws {
        let handover = AgentHandover(from: "a", to: "b", reason: "r", duration: .milliseconds(2), context: "facts=1")
        var written = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(handover)) as? [String: Any])
        #expect(written.removeValue(forKey: "context") as? String == "facts=1")
        let read = try JSONDecoder().decode(AgentHandover.self, from: JSONSerialization.data(withJSONObject: written))
        #expect(read == AgentHandover(from: "a", to: "b", reason: "r", duration: .milliseconds(2)))
    }

    @Test("each kind of write comes back from its line as it was")
    func lines() throws {
        var turn = TurnCommit.example()
        (turn.snapshot, turn.traceID) = (#"{"a":1}"#, "t")
        turn.transitions = [AgentHandover(from: "a", to: "b", reason: "r", duration: .nanoseconds(1_234_567), context: "facts=1")]
        let at = Date(timeIntervalSince1970: 1_773_576_000.123456)
        let writes: [StoredWrite] = [
            .begin(SessionRecord(id: "S", channel: .chat, startedAt: at, facts: [Fact(key: "k", value: "v", source: "s")], userID: "u")),
            .turn(turn), .end(session: "S", reason: "r", at: at),
            .handoff(HandoffRecord(id: "H", session: "S", state: .timedOut, reason: "r", summary: "s", requestedAt: at, updatedAt: at)),
            .feedback(FeedbackRecord(session: "S", generation: 1, score: 0.1, comment: "c", at: at)),
            .beginCall(CallRecord(id: "C", carrier: "twilio", sessionID: "S", startedAt: at)),
            .callTurn(TurnRecord(session: "S", generation: 1, at: at, userText: "u", replyText: "r", stages: StageTimes(endpoint: .milliseconds(5)))),
            .transition(AgentTransition(callID: "C", at: at, fromAgent: "a", toAgent: "b", reason: "r", duration: .milliseconds(2))),
            .escalation(
                EscalationRecord(
                    callID: "C", at: at, fromTier: "a", toTier: "b", triggerAgent: "x", qualificationScore: 0.3, costImpactMicroDollars: 5,
                    budgetCheckPassed: true, outcome: .performed, cause: .qualification, reason: "r")),
            .workflow(context: "T", call: "C"), .endCall(id: "C", reason: "r", at: at), .endCarrierCall(id: "CA", reason: "r", at: at),
            .events([StoredEvent(at: at, event: LifecycleEvent("n", subject: "s", ["a": "b"]))]),
            .settlement(Reservation(key: "k", amountMicroDollars: 5, scopes: ["day:x"]), spent: 3, at: at),
        ]
        let file = BacklogFile(database: folder.file())
        #expect(try file.write(writes.map { Backlog.Entry(write: $0, runID: "run") }) == 0)
        let read = try file.read()
        #expect(read.entries.map(\.write) == writes && read.entries.allSatisfy { $0.runID == "run" } && read.unreadable == 0)
    }

    @Test("a hand-over of a version without summaries is read, and has none")
    func withoutSummary() throws {
        let line = #"{"run":"r","write":{"handoff":{"_0":{"id":"H","session":"S","state":"queued","reason":"r","requestedAt":5,"updatedAt":6}}}}"#
        try #"{"id":"old","version":1}"#.appending("\n\(line)\n").write(toFile: backlog, atomically: true, encoding: .utf8)
        let at = Date(timeIntervalSinceReferenceDate: 5), later = Date(timeIntervalSinceReferenceDate: 6)
        let handoff = HandoffRecord(id: "H", session: "S", state: .queued, reason: "r", summary: "", requestedAt: at, updatedAt: later)
        let read = try BacklogFile(database: folder.file()).read()
        #expect(read.entries.map(\.write) == [.handoff(handoff)] && read.unreadable == 0)
    }

    @Test("a turn that has waited since before replies were completed is read")
    func withoutCompletion() throws {
        let turn = TurnCommit.example()
        var written = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(turn)) as? [String: Any])
        written["completes"] = nil
        let read = try JSONDecoder().decode(TurnCommit.self, from: JSONSerialization.data(withJSONObject: written))
        #expect(!read.isCompletion && read.userText == turn.userText)
    }

    @Test("what a hand-over says counts for the room that it takes")
    func room() {
        var handoff = HandoffRecord(id: "H", session: "S", state: .queued, reason: "r", requestedAt: .ides, updatedAt: .ides)
        let small = StoredWrite.handoff(handoff).estimatedBytes
        handoff.summary = String(repeating: "é", count: 400)
        #expect(StoredWrite.handoff(handoff).estimatedBytes == small + 800)
    }
}
