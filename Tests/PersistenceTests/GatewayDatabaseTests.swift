import Foundation
import GRDB
import Persistence
import Testing

@Suite("The database file: WAL, strict tables, one gateway at a time, errors in one sentence")
struct GatewayDatabaseTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    @Test("settings of a writing connection")
    func settings() async throws {
        let database = try GatewayDatabase(path: folder.file())
        let found = try await database.write { db in
            try ["journal_mode", "synchronous", "foreign_keys"].map { try String.fetchOne(db, sql: "PRAGMA \($0)") ?? "" }
        }
        #expect(found == ["wal", "1", "1"])
    }

    @Test("every table of the design, all of them strict")
    func tables() async throws {
        let database = try GatewayDatabase(path: folder.file())
        let tables = try await database.rows("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
            .filter { !$0[0].hasPrefix("sqlite_") && $0[0] != "grdb_migrations" }
        #expect(
            Set(tables.map { $0[0] }).isSuperset(of: [
                "calls", "turns", "messages", "agent_transitions", "tier_escalation_events", "tickets", "facts", "decisions", "budgets",
                "budget_ledger", "events",
            ]))
        #expect(tables.allSatisfy { $0[1] == "1" })
    }

    @Test(
        "the look-ups that outside paths make do not scan",
        arguments: [
            "SELECT * FROM calls WHERE started_at_us < 5 ORDER BY started_at_us DESC", "SELECT * FROM calls WHERE carrier_call_id = 'x'",
            "SELECT * FROM turns WHERE call_id = 'x' ORDER BY generation", "SELECT * FROM messages WHERE session_id = 'x'",
            "SELECT * FROM facts WHERE session_id = 'x' AND \"key\" = 'y'", "SELECT * FROM tier_escalation_events WHERE call_id = 'x'",
            "SELECT * FROM events WHERE subject = 'x'", "SELECT * FROM budget_ledger WHERE reservation_key = 'x'",
        ])
    func indexed(_ query: String) async throws {
        let database = try GatewayDatabase(path: folder.file())
        let plan = try await database.rows("EXPLAIN QUERY PLAN \(query)").map { $0[3] }
        #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
    }

    @Test("it is nobody else's business what callers say")
    func permissions() throws {
        let database = try GatewayDatabase(path: folder.file())
        for ending in ["", "-wal"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: database.path + ending)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test("a missing folder is made")
    func makesFolder() throws {
        let path = folder.file("a/b/gateway.db")
        _ = try GatewayDatabase(path: path)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("a second gateway on the same file is refused, until the first is gone")
    func inUse() async throws {
        let path = folder.file()
        var first: GatewayDatabase? = try GatewayDatabase(path: path)
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.description == "storage.path \(path) is in use: another gateway has it open")
        try await first?.close()
        first = nil
        _ = try GatewayDatabase(path: path)
    }

    @Test("what is not a database is named, and left alone")
    func notADatabase() throws {
        let path = folder.file()
        let text = String(repeating: "This is a letter to my aunt. ", count: 100)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.description == "storage.path \(path) cannot be opened: file is not a database (SQLite 26)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test("a path that cannot be is named", arguments: ["", "/dev/null/gateway.db", "/proc/gateway.db"])
    func impossible(_ path: String) {
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.description.contains(path.isEmpty ? "\"\"" : path) == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test("a file of a newer version is not touched")
    func newer() async throws {
        let path = folder.file()
        try await GatewayDatabase(path: path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from the future')")
        }
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.description.hasSuffix("a newer version of the gateway wrote it") == true)
    }

    @Test("a temporary database vanishes with its owner")
    func temporary() throws {
        var database: GatewayDatabase? = try .temporary()
        let path = try #require(database?.path)
        #expect(FileManager.default.fileExists(atPath: path))
        database = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("ready means that it answers; closed, it says so")
    func check() async throws {
        let database = try GatewayDatabase.temporary()
        try await database.check()
        try await database.close()
        await #expect(throws: StorageError.self) { try await database.check() }
        let error = await #expect(throws: StorageError.self) { try await database.write { _ in } }
        #expect(error?.code == .closed)
    }
}
