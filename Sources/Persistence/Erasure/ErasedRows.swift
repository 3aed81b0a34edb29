import struct Foundation.Date
import GRDB
import Orchestrator

/// Takes one person out of the tables: words, values, numbers and names go; times, costs, tiers and states stay.
struct ErasedRows {
    let person: Person
    let at: Date
    /// Chats that have not ended and were active since then are in a gateway's memory; `nil` when none is.
    let chatsOpenSince: Date?
    private(set) var report = ErasureReport()
    /// Everything that belongs to the person.
    private(set) var sessions: Set<String> = [], calls: Set<String> = []
    /// What names the person: user ids, carriers' ids, the digits of numbers.
    private var names: Set<String> = []

    init(of person: Person, at: Date, chatsOpenSince: Date? = nil) {
        (self.person, self.at, self.chatsOpenSince) = (person, at, chatsOpenSince)
    }

    /// - Throws: ``ErasureError``, `live` or `open`; nothing is changed then.
    mutating func erase(in db: Database) throws {
        try find(in: db)
        let live = try Row.fetchAll(db, sql: "SELECT id, session_id FROM calls WHERE state = 'active'")
            .filter { calls.contains($0[0]) || sessions.contains($0[1]) }
        guard live.isEmpty else { throw ErasureError.live(calls: live.map { $0[0] }.sorted()) }
        if let chatsOpenSince { try refuseOpenChats(since: chatsOpenSince, in: db) }
        (report.sessions, report.calls) = (sessions.count, calls.count)
        try collectNames(in: db)
        for session in sessions.sorted() { try erase(session: session, in: db) }
        for call in calls.sorted() {
            try change("calls", "UPDATE calls SET \"from\" = NULL, \"to\" = NULL, carrier_call_id = NULL WHERE id = ?", [call], in: db)
        }
        for subject in sessions.union(calls).sorted() { try eraseEvents(of: subject, in: db) }
    }

    private func refuseOpenChats(since: Date, in db: Database) throws {
        let open = try String.fetchAll(
            db,
            sql: """
                SELECT id FROM sessions
                WHERE channel = 'chat' AND ended_at_us IS NULL AND erased_at_us IS NULL AND active_at_us >= ? ORDER BY id
                """, arguments: [since.microseconds]
        ).filter { sessions.contains($0) }
        guard open.isEmpty else { throw ErasureError.open(sessions: open) }
    }

    // MARK: Finding

    private mutating func find(in db: Database) throws {
        switch person {
        case .phone(let number):
            for row in try Row.fetchAll(db, sql: "SELECT id, \"from\", \"to\" FROM calls WHERE \"from\" IS NOT NULL OR \"to\" IS NOT NULL") {
                if [row[1] as String?, row[2]].compactMap(\.self).contains(where: { Person.isSame($0, number) }) { calls.insert(row[0]) }
            }
            for row in try Row.fetchAll(db, sql: "SELECT session_id, value FROM facts WHERE length(value) BETWEEN 7 AND 40") {
                if Person.isSame(row[1], number) { sessions.insert(row[0]) }
            }
        case .user(let name):
            sessions.formUnion(try String.fetchAll(db, sql: "SELECT id FROM sessions WHERE user_id = ?", arguments: [name]))
        case .session(let id):
            sessions.formUnion(try String.fetchAll(db, sql: "SELECT id FROM sessions WHERE id = ?", arguments: [id]))
            sessions.formUnion(try String.fetchAll(db, sql: "SELECT DISTINCT session_id FROM turns WHERE session_id = ?", arguments: [id]))
            calls.formUnion(
                try String.fetchAll(db, sql: "SELECT id FROM calls WHERE id = ?1 OR carrier_call_id = ?1 OR session_id = ?1", arguments: [id]))
        }
        for call in calls { sessions.formUnion(try String.fetchAll(db, sql: "SELECT session_id FROM calls WHERE id = ?", arguments: [call])) }
        for session in sessions { calls.formUnion(try String.fetchAll(db, sql: "SELECT id FROM calls WHERE session_id = ?", arguments: [session])) }
    }

    private mutating func collectNames(in db: Database) throws {
        for session in sessions {
            names.formUnion(
                try String.fetchAll(db, sql: "SELECT user_id FROM sessions WHERE id = ? AND user_id IS NOT NULL", arguments: [session]))
            names.formUnion(try String.fetchAll(db, sql: "SELECT value FROM facts WHERE session_id = ? AND length(value) >= 4", arguments: [session]))
        }
        for call in calls {
            for row in try Row.fetchAll(db, sql: "SELECT \"from\", \"to\", carrier_call_id FROM calls WHERE id = ?", arguments: [call]) {
                names.formUnion([row[0] as String?, row[1], row[2]].compactMap(\.self))
            }
        }
        names.formUnion(names.map(Person.digits).filter { $0.count >= PhoneNumber.significantDigits })
        names.remove("")
    }

    // MARK: Erasing

    private mutating func erase(session: String, in db: Database) throws {
        let generic: [(table: String, sql: String)] = [
            ("turns", "UPDATE turns SET user_text = '', reply_text = '', heard_text = NULL, trace_id = NULL WHERE session_id = ?"),
            ("messages", "UPDATE messages SET text = '', trace_id = NULL WHERE session_id = ?"),
            ("facts", "DELETE FROM facts WHERE session_id = ?"),
            ("feedback", "UPDATE feedback SET comment = NULL WHERE session_id = ? AND comment IS NOT NULL"),
            ("handoffs", "UPDATE handoffs SET reason = '', summary = '' WHERE session_id = ?"),
        ]
        for (table, sql) in generic { try change(table, sql, [session], in: db) }
        for (table, key) in [("turns", "id"), ("decisions", "id")] {
            for row in try Row.fetchAll(
                db, sql: "SELECT \(key), decision FROM \(table) WHERE session_id = ? AND decision IS NOT NULL", arguments: [session])
            {
                try db.execute(
                    sql: "UPDATE \(table) SET decision = ? WHERE \(key) = ?", arguments: [Self.anonymous(row[1]), row[0] as Int64])
                if table == "decisions" { report.rows[table, default: 0] += 1 }
            }
        }
        // Nothing more is written for the session, whoever still has it in memory.
        try change(
            "sessions",
            """
            INSERT INTO sessions (id, channel, started_at_us, active_at_us, run_id, erased_at_us) VALUES (?1, 'voice', ?2, ?2, '', ?2)
            ON CONFLICT (id) DO UPDATE SET user_id = NULL, snapshot = NULL, erased_at_us = ?2
            """, [session, at.microseconds], in: db)
    }

    /// What was decided, without what was said.
    private static func anonymous(_ decision: String) -> String {
        guard var decision = try? JSONText.decode(Decision.self, from: decision) else { return "{}" }
        (decision.entities, decision.clarificationQuestion) = ([], nil)
        return (try? JSONText.encode(decision)) ?? "{}"
    }

    /// Events hold no words of a caller; an attribute may still name one.
    private mutating func eraseEvents(of subject: String, in db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, attributes FROM events WHERE subject = ?", arguments: [subject]) {
            let attributes = (try? JSONText.decode([String: String].self, from: row[1])) ?? [:]
            var kept = attributes.filter { !names.contains($0.value) && !names.contains(Person.digits($0.value)) }
            if case .phone(let number) = person { kept = kept.filter { !Person.isSame($0.value, number) } }
            guard kept.count < attributes.count else { continue }
            try db.execute(sql: "UPDATE events SET attributes = ? WHERE id = ?", arguments: [try JSONText.encode(kept), row[0] as Int64])
            report.rows["events", default: 0] += 1
        }
    }

    private mutating func change(_ table: String, _ sql: String, _ arguments: StatementArguments, in db: Database) throws {
        try db.execute(sql: sql, arguments: arguments)
        if db.changesCount > 0 { report.rows[table, default: 0] += db.changesCount }
    }
}
