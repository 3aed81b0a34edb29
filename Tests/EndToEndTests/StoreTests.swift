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

    @Test(
        "who is in no table is exit code 1, not an erasure",
        arguments: [
            ("--phone", "+15550199", "nobody of that number"), ("--user", "bob", "nobody of that user id"),
            ("--session", "S7", "no session or call of that id"),
        ])
    func unknown(option: String, person: String, words: String) async throws {
        let folder = try GatewayProcess.makeFolder(), path = folder.appending(path: "g.sqlite").path
        try await filled(path)
        let run = try await store("erase", option, person, "--yes", path: path)
        #expect(run.status == 1 && run.errors.contains(words) && run.output.isEmpty, "\(run.output)\(run.errors)")
    }

    @Test("a chat that a gateway has open is named, and erased once it has ended", .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
    func openChat() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let id = try #require(try await client.request("POST", "/v1/sessions", #"{"user_id":"bob"}"#)["session_id"])
        _ = try await client.request("POST", "/v1/sessions/\(id)/messages", #"{"text":"the word is moonlight"}"#)
        let refused = try await store("erase", "--user", "bob", "--yes", path: gateway.database.path)
        #expect(refused.status == 1 && refused.errors.contains(id) && refused.errors.contains("DELETE /v1/sessions/"), "\(refused.errors)")
        #expect(try await client.request("GET", "/v1/sessions/\(id)").text.contains("moonlight"))
        #expect(try await client.request("DELETE", "/v1/sessions/\(id)").status == 204)
        let erased = try await store("erase", "--user", "bob", "--yes", path: gateway.database.path)
        #expect(erased.status == 0 && erased.output.hasPrefix("1 sessions, 0 calls"), "\(erased.output)\(erased.errors)")
        #expect(try await !client.request("GET", "/v1/sessions/\(id)").text.contains("moonlight"))
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("an end that can keep nothing anywhere is exit code 1 and says so", .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
    func lost() async throws {
        let gateway = try await GatewayProcess()
        let memory = try FileHandle(forUpdating: URL(filePath: gateway.database.path + "-shm")), descriptor = memory.fileDescriptor
        #expect(await eventually(within: .seconds(10)) { Self.keepWritersOut(descriptor) })
        try FileManager.default.createDirectory(atPath: gateway.database.path + ".backlog", withIntermediateDirectories: true)
        #expect(await gateway.stop() == 1)
        let isSaid = await eventually(within: .seconds(5)) { gateway.log.contains("records are lost: neither \(gateway.database.path)") }
        #expect(isSaid && gateway.log.contains("Is a directory"), "\(gateway.log)")
        #expect(!gateway.log.contains("Error Domain"))
        try memory.close()
    }

    /// Holds SQLite's mark for whoever writes, the byte 120 of the shared memory (walformat.html), until the file is closed.
    static func keepWritersOut(_ descriptor: Int32) -> Bool {
        var mark = flock()
        (mark.l_type, mark.l_whence, mark.l_start, mark.l_len) = (Int16(F_WRLCK), Int16(SEEK_SET), 120, 1)
        return unsafe fcntl(descriptor, F_SETLK, &mark) == 0
    }

    @Test("a damaged file stops the start and is left alone; what to do is said")
    func noStart() async throws {
        let path = try GatewayProcess.makeFolder().appending(path: "g.sqlite").path
        try "a letter to my aunt".write(toFile: path, atomically: true, encoding: .utf8)
        let run = try await CommandRun.media(["serve", "--set", "storage.path=\(path)", "--set", "server.port=0"])
        #expect(run.status == 1 && run.errors.contains("storage.path \(path) cannot be opened: "), "\(run.status): \(run.errors)")
        #expect(run.errors.contains("store check") && run.errors.contains("store restore BACKUP"), "\(run.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a letter to my aunt")
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
