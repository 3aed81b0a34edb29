import Foundation
import Orchestrator
import Persistence
import Testing

@Suite("store check, backup, restore and erase, with the real binary, beside a gateway and without one")
struct StoreTests {
    /// A database in which +4915550007777 has said something.
    func filled(_ path: String) async throws {
        let database = try GatewayDatabase(path: path)
        let at = Date(timeIntervalSince1970: 1_773_576_000)
        let calls = CallStore(database), store = SQLiteConversationStore(database)
        try await calls.begin(CallRecord(id: "C1", carrier: "twilio", from: "+4915550007777", sessionID: "S1", startedAt: at))
        try await store.commit(
            TurnCommit(
                session: "S1", generation: 1, channel: .voice, at: at, userText: "the word is moonlight", replyText: "Good evening.",
                decision: Decision(intent: "greeting", confidence: 1, nextAction: .answer), source: "embedded", agent: "desk"))
        try await calls.end(call: "C1", reason: "hangup", at: at)
        try await database.close()
    }

    func store(_ arguments: String..., path: String) async throws -> CommandRun {
        try await CommandRun.media(["store"] + arguments + ["--path", path])
    }

    /// Files in which a text stands.
    func files(with text: String, in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            try Data(contentsOf: folder.appending(path: $0)).range(of: Data(text.utf8)) != nil
        }
    }

    @Test("without a gateway: check, backup, erase, restore brings it back, erase again")
    func offline() async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "g.sqlite").path, copy = folder.appending(path: "copy.sqlite").path
        try await filled(path)
        let check = try await store("check", path: path)
        #expect(check.status == 0 && check.output.contains("sound") && check.output.contains("turns"), "\(check.output)\(check.errors)")
        let backup = try await store("backup", copy, path: path)
        #expect(backup.status == 0 && backup.output.contains(copy) && backup.errors.contains("backup 100 %"), "\(backup.errors)")
        let erased = try await store("erase", "--phone", "0049 1555 000 7777", "--yes", path: path)
        #expect(erased.status == 0 && erased.output.hasPrefix("1 sessions, 1 calls"), "\(erased.output)\(erased.errors)")
        #expect(try files(with: "moonlight", in: folder) == ["copy.sqlite"])
        let restored = try await store("restore", copy, path: path)
        #expect(restored.status == 0 && restored.output.contains(".before-restore-"), "\(restored.errors)")
        #expect(try files(with: "moonlight", in: folder).sorted() == ["copy.sqlite", "g.sqlite"])
        let again = try await store("erase", "--session", "S1", "--yes", path: path)
        #expect(again.status == 0 && again.output.contains("was not looked into"))
        #expect(try await store("check", path: path).status == 0)
    }

    @Test("beside a running gateway", .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
    func beside() async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "gateway.sqlite").path
        let copy = folder.appending(path: "copy.sqlite").path
        try await filled(path)
        let gateway = try await GatewayProcess(folder: folder)
        let check = try await store("check", path: path)
        #expect(check.status == 0 && check.output.contains("a gateway has it open"), "\(check.output)\(check.errors)")
        #expect(try await store("backup", copy, path: path).status == 0)
        let restored = try await store("restore", copy, path: path)
        #expect(restored.status == 1 && restored.errors.contains("another gateway has it open") && restored.errors.contains(path))
        let erased = try await store("erase", "--phone", "+4915550007777", "--yes", path: path)
        #expect(erased.status == 0 && erased.output.hasPrefix("1 sessions, 1 calls"), "\(erased.output)\(erased.errors)")
        #expect(try files(with: "moonlight", in: folder) == ["copy.sqlite"])
        #expect(gateway.isRunning)
        await gateway.stop()
        #expect(try await store("check", path: path).status == 0)
    }

    @Test(
        "errors name the file and the cause; nothing is erased unasked",
        arguments: [
            (["check"], 1, "there is no such file"), (["backup", "copy"], 1, "there is no such file"), (["restore", "/nowhere/copy"], 1, "/nowhere/copy"),
            (["erase"], 2, "--phone"), (["erase", "--user", "u", "--phone", "+15550101"], 2, "exactly one"),
            (["erase", "--phone", "12"], 2, "at least 7 digits"), (["backup"], 2, "file"),
        ] as [([String], Int32, String)])
    func errors(arguments: [String], status: Int32, words: String) async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "missing.sqlite").path
        let run = try await CommandRun.media(["store"] + arguments + ["--path", path])
        #expect(run.status == status && run.errors.contains(words), "\(run.status): \(run.errors)")
    }

    @Test("erase without --yes, and without a terminal to ask, erases nothing")
    func unasked() async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "g.sqlite").path
        try await filled(path)
        let run = try await store("erase", "--session", "S1", path: path)
        #expect(run.status == 2 && run.errors.contains("--yes"))
        #expect(try !files(with: "moonlight", in: folder).isEmpty)
    }

    @Test("a damaged file: check says so, backup refuses")
    func damaged() async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "g.sqlite").path
        try await filled(path)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seek(toOffset: 4_096 * 4)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096 * 8))
        try handle.close()
        let check = try await store("check", path: path)
        #expect(check.status == 1 && check.output.contains("problem: the file is damaged"), "\(check.output)")
        let backup = try await store("backup", folder.appending(path: "copy").path, path: path)
        #expect(backup.status == 1 && backup.errors.contains(path))
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "copy").path))
    }
}
