public import struct Foundation.Date
import GRDB
public import Orchestrator

/// A conversation in a list: a row of `sessions`.
public struct SessionSummary: Sendable, Equatable, Codable {
    public var id: String
    public var channel: Channel
    public var userID: String?
    public var startedAt: Date
    public var endedAt: Date?
    public var endReason: String?
    /// The newest turn; 0 when none was committed.
    public var generation: Int
}

extension SQLiteConversationStore {
    /// The messages of ``StoredConversation``: the newest, as many as a person scrolls back.
    static let longestHistory = 200
    /// The most sessions that one list holds.
    public static let longestList = 1_000

    /// - Throws: ``StorageError``.
    public func conversation(_ session: String) async throws -> StoredConversation? {
        try await database.read { db in
            guard
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT * FROM sessions WHERE id = ? AND erased_at_us IS NULL"), arguments: [session])
            else { return nil }
            let summary = try SessionSummary(row)
            let record = SessionRecord(
                id: summary.id, channel: summary.channel, startedAt: summary.startedAt, facts: try Self.facts(of: session, in: db),
                userID: summary.userID)
            return StoredConversation(
                record: record, generation: summary.generation, snapshot: row["snapshot"], endReason: summary.endReason,
                messages: try Self.messages(of: session, in: db), handoff: try Self.handoff(of: session, in: db))
        }
    }

    /// What a conversation knows now, by key.
    /// - Throws: ``StorageError``.
    public func facts(of session: String) async throws -> [Fact] {
        try await database.read { db in try Self.facts(of: session, in: db) }
    }

    /// The latest sessions first; those that were erased are left out.
    /// - Parameters:
    ///   - before: continues a list after its last session's start.
    ///   - user: only those of this person.
    /// - Throws: ``StorageError``.
    public func sessions(limit: Int = 100, before: Date? = nil, user: String? = nil) async throws -> [SessionSummary] {
        try await database.read { db in
            var arguments: StatementArguments = [before?.microseconds ?? .max]
            if let user { arguments += [user] }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM sessions WHERE started_at_us < ? AND erased_at_us IS NULL \(user == nil ? "" : "AND user_id = ?")
                    ORDER BY started_at_us DESC, id LIMIT ?
                    """,
                arguments: arguments + [min(max(limit, 0), Self.longestList)]
            ).map(SessionSummary.init)
        }
    }

    /// What all turns of a conversation cost, in micro-dollars.
    /// - Throws: ``StorageError``.
    public func cost(of session: String) async throws -> Int {
        try await database.read { db in
            try Int.fetchOne(db.cachedStatement(sql: "SELECT coalesce(sum(cost_micro), 0) FROM turns WHERE session_id = ?"), arguments: [session]) ?? 0
        }
    }

    private static func facts(of session: String, in db: Database) throws -> [Fact] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT "key", value, kind, source, confidence FROM facts WHERE session_id = ? AND retracted_by IS NULL ORDER BY "key"
                    """), arguments: [session]
        ).map { row in
            guard let kind = Fact.Kind(rawValue: row["kind"]) else { throw UnknownWord(column: "facts.kind") }
            return Fact(key: row["key"], value: row["value"], kind: kind, source: row["source"], confidence: row["confidence"])
        }
    }

    private static func messages(of session: String, in db: Database) throws -> [StoredMessage] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT generation, role, text, at_us, trace_id FROM messages WHERE session_id = ?
                    ORDER BY generation DESC, role LIMIT \(longestHistory)
                    """), arguments: [session])
        return try rows.reversed().map { row in
            guard let role = StoredMessage.Role(rawValue: row["role"]) else { throw UnknownWord(column: "messages.role") }
            return StoredMessage(
                generation: row["generation"], role: role, text: row["text"], at: Date(microseconds: row["at_us"]),
                traceID: row["trace_id"])
        }
    }

    static func handoff(of session: String, in db: Database) throws -> HandoffRecord? {
        try Row.fetchOne(
            db.cachedStatement(
                sql: "SELECT * FROM handoffs WHERE session_id = ? ORDER BY requested_at_us DESC, updated_at_us DESC LIMIT 1"),
            arguments: [session]
        ).map(HandoffRecord.init)
    }
}

extension SessionSummary {
    init(_ row: Row) throws {
        guard let channel = Channel(rawValue: row["channel"]) else { throw UnknownWord(column: "sessions.channel") }
        self.init(
            id: row["id"], channel: channel, userID: row["user_id"], startedAt: Date(microseconds: row["started_at_us"]),
            endedAt: (row["ended_at_us"] as Int64?).map(Date.init(microseconds:)), endReason: row["end_reason"],
            generation: row["generation"])
    }
}

extension HandoffRecord {
    init(_ row: Row) throws {
        guard let state = State(rawValue: row["state"]) else { throw UnknownWord(column: "handoffs.state") }
        self.init(
            id: row["id"], session: row["session_id"], state: state, reason: row["reason"], summary: row["summary"],
            requestedAt: Date(microseconds: row["requested_at_us"]), updatedAt: Date(microseconds: row["updated_at_us"]))
    }
}
