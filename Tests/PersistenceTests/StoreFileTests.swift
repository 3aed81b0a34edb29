import Foundation
import GRDB
import Orchestrator
import Synchronization
import Testing
import TierManager

@testable import Persistence

@Suite("Working on the file: check, backup, restore, erase, beside a gateway or without one")
struct StoreFileTests {
    let folder: Folder
    var path: String { folder.file() }
    init() throws { folder = try Folder() }

    /// A database with some turns in it, still open.
    func gateway(turns: Int = 20) async throws -> GatewayDatabase {
        let database = try GatewayDatabase(path: path)
        let store = SQLiteConversationStore(database)
        for generation in 1...turns { try await store.commit(.example(generation: generation)) }
        let ledger = SQLiteBudgetLedger(database, now: { .ides })
        let promise = try await ledger.reserve(500, in: [.day(.ides, capMicroDollars: 1_000)], key: "k")
        try await ledger.commit(promise, actualMicroDollars: 300)
        return database
    }

    func damage(_ path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        let end = try handle.seekToEnd()
        for offset in stride(from: UInt64(4_096 * 3), to: end, by: 4_096) {
            try handle.seek(toOffset: offset)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
        }
        try handle.close()
    }

    // MARK: check

    @Test("a sound file, with its gateway and after it", arguments: [true, false])
    func sound(isRunning: Bool) async throws {
        let database = try await gateway()
        if !isRunning { try await database.close() }
        let report = try StoreFile(path).check()
        #expect(report.isSound && report.hasGateway == isRunning && report.version == "010 hand-over summaries", "\(report.problems)")
        #expect(report.counts.first { $0.table == "turns" }?.rows == 20 && report.oldest == .ides && report.openReservations == 0)
        #expect(report.fileBytes > 0 && report.usedBytes > 0 && report.canShrink && report.backlogWrites == 0)
        #expect(try await GatewayDatabase.isStill(database, open: isRunning))
    }

    @Test("promises are open in a live run, and a problem in a dead one")
    func promises() async throws {
        let database = try await gateway()
        _ = try await SQLiteBudgetLedger(database).reserve(100, in: [.day(.ides, capMicroDollars: 1_000)], key: "open")
        let live = try StoreFile(path).check()
        #expect(live.isSound && live.openReservations == 1)
        try await database.close()
        let dead = try StoreFile(path).check()
        #expect(dead.problems == ["1 reservations of a dead run are open; the next start gives them back"])
        try await GatewayDatabase(path: path).close()
        #expect(try StoreFile(path).check().isSound)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            ("UPDATE budgets SET spent_micro = 5", "the total of budget day:2026-03-15 is not what its entries say"),
            ("UPDATE budgets SET reserved_micro = 5", "the total of budget day:2026-03-15 is not what its entries say"),
            ("DELETE FROM budget_ledger WHERE entry = 'release'", "1 reservations do not balance"),
            ("INSERT INTO grdb_migrations VALUES ('999 future')", "a newer version of the gateway wrote it (999 future)"),
            ("DELETE FROM grdb_migrations WHERE identifier >= '009'", "an older version wrote it; the next start brings it up to date"),
            ("DROP TABLE grdb_migrations", "it is no gateway's database"),
        ])
    func wrong(sql: String, problem: String) async throws {
        let database = try await gateway()
        try await database.write { db in try db.execute(sql: sql) }
        try await database.close()
        #expect(try StoreFile(path).check().problems == [problem])
    }

    @Test("damage, in pages or in the header, is a problem; no file is an error that names it")
    func damaged() async throws {
        try await gateway(turns: 200).close()
        try damage(path)
        let report = try StoreFile(path).check()
        #expect(!report.isSound && report.problems.allSatisfy { $0.hasPrefix("the file is damaged: ") })
        try "no database at all, but a letter".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try StoreFile(path).check().problems == ["the file is damaged: file is not a database (SQLite 26)"])
        let error = #expect(throws: StorageError.self) { try StoreFile("/nowhere/gateway.db") }
        #expect(error?.description == "storage.path /nowhere/gateway.db cannot be opened: there is no such file")
        #expect(throws: StorageError.self) { try StoreFile(folder.url.path) }
    }

    @Test("a repair makes an old file one that can shrink, without a gateway only")
    func repair() async throws {
        try await DatabaseQueue(path: path).write { db in try db.execute(sql: "CREATE TABLE t (x); DROP TABLE t") }
        let database = try await gateway()
        #expect(try !StoreFile(path).check().canShrink)
        let error = #expect(throws: StorageError.self) { try StoreFile(path).check(repair: true) }
        #expect(error?.code == .inUse)
        try await database.close()
        let report = try StoreFile(path).check(repair: true)
        #expect(report.canShrink && report.freePages == 0 && report.isSound)
    }

    @Test("a look leaves nothing beside the file: no lock, no log", arguments: [true, false])
    func traceless(isDatabase: Bool) async throws {
        let other = folder.file("other")
        if isDatabase {
            try await gateway().close()
            try FileManager.default.copyItem(atPath: path, toPath: other)
        } else {
            try "a letter".write(toFile: other, atomically: true, encoding: .utf8)
        }
        #expect(try StoreFile(other).check().isSound == isDatabase)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(names.filter { $0.hasPrefix("other") } == ["other"])
    }

    @Test("writes that wait for the next start are counted")
    func waiting() async throws {
        try await gateway().close()
        _ = try BacklogFile(database: path).write([Backlog.Entry(write: .turn(.example()), runID: "r")])
        #expect(try StoreFile(path).check().backlogWrites == 1)
    }

    // MARK: backup

    @Test("beside a gateway that writes on: one moment of it, sound, for its owner only")
    func backup() async throws {
        let database = try await gateway(turns: 300), store = SQLiteConversationStore(database)
        let isOver = Flag(), target = folder.file("copy.db"), file = try StoreFile(path)
        let writing = Task {
            var generation = 300
            while !isOver.isSet {
                generation += 1
                try await store.commit(.example(generation: generation))
            }
            return generation
        }
        let shares = Mutex<[Double]>([])
        let bytes = try file.backup(to: target) { share in shares.withLock { $0.append(share) } }
        isOver.set()
        let written = try await writing.value
        #expect(shares.withLock { $0.last } == 1 && bytes == StoreFile.bytes(of: target))
        let attributes = try FileManager.default.attributesOfItem(atPath: target)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(!FileManager.default.fileExists(atPath: target + "-wal") && !FileManager.default.fileExists(atPath: target + ".part"))
        let copy = try GatewayDatabase(path: target)
        let turns = try await copy.count("turns")
        #expect((300...written).contains(turns))
        #expect(try await copy.count("messages") == 2 * turns, "no turn is there by half")
        #expect(try await copy.rows("PRAGMA integrity_check") == [["ok"]])
        #expect(database.health == .up)
    }

    @Test("a damaged file makes no backup, and the last one stays")
    func noBackup() async throws {
        try await gateway(turns: 200).close()
        let target = folder.file("copy.db"), file = try StoreFile(path)
        _ = try file.backup(to: target)
        let before = try Data(contentsOf: URL(filePath: target))
        try damage(path)
        #expect(throws: StorageError.self) { try file.backup(to: target) }
        #expect(try Data(contentsOf: URL(filePath: target)) == before)
        #expect(!FileManager.default.fileExists(atPath: target + ".part"))
        #expect(throws: StorageError.self) { try file.backup(to: path) }
    }

    @Test("a copy that cannot be written is named, and why, not the database")
    func noRoom() async throws {
        try await gateway().close()
        let file = try StoreFile(path)
        let missing = #expect(throws: StorageError.self) { try file.backup(to: "/nowhere/copy.db") }
        #expect(missing?.description == "backup /nowhere/copy.db: it cannot be written: No such file or directory")
        let target = folder.file("taken")
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let taken = #expect(throws: StorageError.self) { try file.backup(to: target) }
        #expect(taken?.description == "backup \(target): it cannot be given its name: Is a directory")
        #expect(!FileManager.default.fileExists(atPath: target + ".part"))
        // What SQLite says of a copy on a full disk: the code of one file and the words of the other.
        let full = DatabaseError(resultCode: .SQLITE_FULL, message: "not an error")
        #expect(StorageError.reason(of: full) == "database or disk is full (SQLite 13)")
    }

    // MARK: restore

    @Test("a backup takes the database's place; the old one stays beside it")
    func restore() async throws {
        let database = try await gateway(turns: 5), copy = folder.file("copy.db")
        _ = try StoreFile(path).backup(to: copy)
        try await SQLiteConversationStore(database).commit(.example(generation: 6))
        let inUse = #expect(throws: StorageError.self) { try StoreFile.restore(copy, to: path) }
        #expect(inUse?.code == .inUse)
        #expect(try await database.count("turns") == 6)
        try await database.close()
        let old = try StoreFile.restore(copy, to: path, at: .ides)
        #expect(old == path + ".before-restore-20260315T120000Z")
        let restored = try GatewayDatabase(path: path)
        #expect(try await restored.count("turns") == 5)
        #expect(try await GatewayDatabase(path: #require(old)).count("turns") == 6)
        try await restored.close()
        #expect(try StoreFile.restore(copy, to: path, at: .ides) == path + ".before-restore-20260315T120000Z-2")
        #expect(try StoreFile.restore(copy, to: folder.file("new/gateway.db")) == nil)
    }

    @Test("what is no sound backup is refused, and the database stays as it was")
    func refused() async throws {
        try await gateway(turns: 200).close()
        let copy = folder.file("copy.db")
        _ = try StoreFile(path).backup(to: copy)
        try damage(copy)
        let damaged = #expect(throws: StorageError.self) { try StoreFile.restore(copy, to: path) }
        #expect(damaged?.description.hasPrefix("backup \(copy): ") == true && damaged?.description.contains("damaged") == true)
        try "a letter".write(toFile: copy, atomically: true, encoding: .utf8)
        #expect(throws: StorageError.self) { try StoreFile.restore(copy, to: path) }
        try FileManager.default.removeItem(atPath: copy)
        let missing = #expect(throws: StorageError.self) { try StoreFile.restore(copy, to: path) }
        #expect(missing?.description == "backup \(copy): there is no such file")
        try await DatabaseQueue(path: copy).write { db in try db.execute(sql: "CREATE TABLE t (x)") }
        let foreign = #expect(throws: StorageError.self) { try StoreFile.restore(copy, to: path) }
        #expect(foreign?.description == "backup \(copy): it is no gateway's database")
        #expect(throws: StorageError.self) { try StoreFile.restore(path, to: path) }
        #expect(try await GatewayDatabase(path: path).count("turns") == 200)
    }

    // MARK: erase

    @Test("beside a gateway and without one", arguments: [true, false])
    func erase(isRunning: Bool) async throws {
        let database = try await gateway(turns: 3)
        if !isRunning {
            try await database.close()
            _ = try BacklogFile(database: path).write([Backlog.Entry(write: .turn(.example(generation: 9)), runID: "r")])
        }
        let report = try await StoreFile(path).erase(.session("S1"))
        #expect(report.sessions == 1 && report.rows["messages"] == 6 && report.backlogWrites == (isRunning ? 0 : 1))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
            let data = try Data(contentsOf: folder.url.appending(path: name))
            #expect(data.range(of: Data("the unlimited one".utf8)) == nil, "\(name)")
        }
        guard isRunning else { return }
        try await SQLiteConversationStore(database).commit(.example(generation: 4))
        #expect(try await database.count("turns") == 3)
        await #expect(throws: ErasureError.self) {
            try await CallStore(database).begin(CallRecord(id: "C1", carrier: "twilio", sessionID: "S1", startedAt: .ides))
            return try await StoreFile(path).erase(.session("S1"))
        }
    }

    @Test("a chat that the gateway has open is not erased under it, until it has ended or the gateway has")
    func openChat() async throws {
        let database = try GatewayDatabase(path: path), store = SQLiteConversationStore(database), now = Date()
        for (id, at) in [("S1", now), ("S2", now), ("S3", now - 2 * StoreFile.longestIdleChat)] {
            try await store.begin(SessionRecord(id: id, channel: .chat, startedAt: at, facts: [], userID: id == "S2" ? "u-2" : "u-1"))
        }
        let error = await #expect(throws: ErasureError.open(sessions: ["S1"])) { try await StoreFile(path).erase(.user("u-1")) }
        #expect(error?.description.contains("S1") == true && error?.description.contains("DELETE /v1/sessions/ID") == true)
        #expect(try await database.count("sessions", where: "erased_at_us IS NULL") == 3)
        try await store.end(session: "S1", reason: "ended_by_client", at: now)
        #expect(try await StoreFile(path).erase(.user("u-1")).sessions == 2)
        try await database.close()
        #expect(try await StoreFile(path).erase(.user("u-2")).sessions == 1)
    }
}

extension GatewayDatabase {
    /// Whether a look from outside left a gateway as it was.
    static func isStill(_ database: GatewayDatabase, open: Bool) async throws -> Bool {
        guard open else { return database.pool == nil }
        try await SQLiteConversationStore(database).commit(.example(session: "after"))
        return database.health.isUp
    }
}
