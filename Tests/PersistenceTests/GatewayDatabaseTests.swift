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

    /// DESIGN §7, column by column; times and ids are named as the schema names them.
    static let design: [(table: String, columns: Set<String>)] = [
        (
            "calls",
            [
                "carrier", "carrier_call_id", "from", "to", "state", "end_reason", "session_id", "workflow_context_id", "current_agent",
                "agent_transition_count", "tier_escalation_trigger", "cost_micro", "integration_enabled", "started_at_us", "ended_at_us",
            ]
        ),
        (
            "turns",
            [
                "call_id", "session_id", "generation", "channel", "user_text", "heard_text", "decision", "agent", "tier", "source",
                "endpoint_ms", "stt_final_ms", "decision_ms", "first_text_ms", "first_audio_ms", "reply_end_ms", "cost_micro",
                "waste_micro", "trace_id", "run_id", "at_us",
            ]
        ),
        ("messages", ["session_id", "role", "text", "heard_bytes", "heard_complete", "trace_id", "at_us"]),
        (
            "agent_transitions",
            ["call_id", "from_agent", "to_agent", "trigger_reason", "context_preserved", "transition_duration_ms", "context", "at_us"]
        ),
        (
            "tier_escalation_events",
            [
                "call_id", "from_tier", "to_tier", "trigger_agent", "qualification_score", "cost_impact", "budget_check_passed", "reason",
                "at_us",
            ]
        ),
        ("tickets", ["state", "owner", "session_id", "opened_at_us", "updated_at_us"]),
        ("facts", ["key", "value", "kind", "source", "confidence", "retracted_by", "at_us"]),
        ("decisions", ["decision", "source", "at_us"]), ("budgets", ["scope", "period", "cap_micro"]),
        ("budget_ledger", ["reservation_key", "entry", "amount_micro", "at_us"]), ("events", ["name", "subject", "attributes", "at_us"]),
        ("sessions", ["user_id", "generation", "snapshot"]), ("handoffs", ["state", "reason", "summary"]), ("feedback", ["score", "comment"]),
    ]

    @Test("every column of the design", arguments: design)
    func columns(_ table: String, _ columns: Set<String>) async throws {
        let database = try GatewayDatabase(path: folder.file())
        let found = Set(try await database.rows("SELECT name FROM pragma_table_info('\(table)')").map { $0[0] })
        #expect(columns.subtracting(found).isEmpty)
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
            "SELECT * FROM sessions WHERE user_id = 'x' AND started_at_us < 5 ORDER BY started_at_us DESC",
            "SELECT * FROM calls WHERE \"from\" = 'x' AND started_at_us < 5 ORDER BY started_at_us DESC",
            "SELECT * FROM handoffs WHERE session_id = 'x' ORDER BY requested_at_us", "SELECT * FROM feedback WHERE session_id = 'x'",
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
        #expect(error?.description.hasPrefix("storage.path \(path) cannot be opened: file is not a database (SQLite 26): ") == true)
        #expect(error?.description.contains("store check") == true && error?.description.contains("store restore BACKUP") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test("a database that was cut off is not taken up: what to do is said, and the file stays")
    func cutOff() async throws {
        let path = folder.file()
        try await GatewayDatabase(path: path).close()
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: 8_192)
        try handle.close()
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.code == .cannotOpen && error?.detail.hasPrefix("database disk image is malformed (SQLite 11): look at it with") == true)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == 8_192)
    }

    @Test(
        "somebody else's database is refused and not changed",
        arguments: ["CREATE TABLE a (b)", "CREATE TABLE grdb_migrations (identifier TEXT); CREATE TABLE notes (text)", "PRAGMA application_id = 7"])
    func foreign(sql: String) async throws {
        let path = folder.file(), queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
        try queue.close()
        let before = try Data(contentsOf: URL(filePath: path))
        let error = #expect(throws: StorageError.self) { try GatewayDatabase(path: path) }
        #expect(error?.description == "storage.path \(path) cannot be opened: it is no gateway's database")
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test("a first start that was killed before it had made its tables is no foreign file")
    func begun() async throws {
        let path = folder.file(), queue = try DatabaseQueue(path: path)
        try await queue.write { db in try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)") }
        try queue.close()
        #expect(try await GatewayDatabase(path: path).count("calls") == 0)
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

    @Test("closed, it is one file: nothing is left in the log")
    func oneFile() async throws {
        let path = folder.file(), database = try GatewayDatabase(path: path)
        try await database.write { db in try db.execute(sql: "INSERT INTO events (at_us, name, subject, attributes, run_id) VALUES (0, 'n', 's', '{}', 'r')") }
        try await database.close()
        try FileManager.default.copyItem(atPath: path, toPath: folder.file("copy.db"))
        #expect(try await GatewayDatabase(path: folder.file("copy.db")).count("events") == 1)
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
