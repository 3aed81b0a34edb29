public import struct Foundation.Date
import GRDB
public import Orchestrator

/// A tool call with the turn that made it: a row of `tool_calls`.
public struct StoredToolCall: Sendable, Equatable, Codable {
    public var generation: Int
    public var at: Date
    public var call: ToolCallRecord
    public init(generation: Int, at: Date, call: ToolCallRecord) { (self.generation, self.at, self.call) = (generation, at, call) }

    static func of(_ session: String, in db: Database) throws -> [StoredToolCall] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM tool_calls WHERE session_id = ? ORDER BY generation, id"), arguments: [session]
        ).map { row in
            guard let outcome = ToolCallRecord.Outcome(rawValue: row["outcome"]) else { throw UnknownWord(column: "tool_calls.outcome") }
            return StoredToolCall(
                generation: row["generation"], at: Date(microseconds: row["at_us"]),
                call: ToolCallRecord(
                    tool: row["tool"], idempotencyKey: row["idempotency_key"], outcome: outcome,
                    duration: Duration(milliseconds: row["duration_ms"])))
        }
    }
}

/// A ticket as it stands: a row of `tickets`.
public struct StoredTicket: Sendable, Equatable, Codable {
    public var ticket: TicketChange
    /// The agent that last worked on it.
    public var owner: String
    public var openedAt: Date
    public var updatedAt: Date
    public init(ticket: TicketChange, owner: String, openedAt: Date, updatedAt: Date) {
        (self.ticket, self.owner, self.openedAt, self.updatedAt) = (ticket, owner, openedAt, updatedAt)
    }

    static func of(_ session: String, in db: Database) throws -> [StoredTicket] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM tickets WHERE session_id = ? ORDER BY opened_at_us, rowid"), arguments: [session]
        ).map { row in
            guard let state = TicketChange.State(rawValue: row["state"]) else { throw UnknownWord(column: "tickets.state") }
            return StoredTicket(
                ticket: TicketChange(id: row["id"], workflow: row["workflow"], state: state), owner: row["owner"],
                openedAt: Date(microseconds: row["opened_at_us"]), updatedAt: Date(microseconds: row["updated_at_us"]))
        }
    }
}

/// A lifecycle event with its time: a row of `events`.
public struct StoredEvent: Sendable, Equatable, Codable {
    public var at: Date
    public var event: LifecycleEvent
    public init(at: Date, event: LifecycleEvent) { (self.at, self.event) = (at, event) }

    static func append(_ events: [StoredEvent], runID: String, in db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO events (at_us, name, subject, attributes, run_id) VALUES (?, ?, ?, ?, ?)")
        for stored in events {
            let attributes = try JSONText.encode(stored.event.attributes)
            try insert.execute(arguments: [stored.at.microseconds, stored.event.name, stored.event.subject, attributes, runID])
        }
    }

    static func of(_ subjects: Set<String>, limit: Int, in db: Database) throws -> [StoredEvent] {
        let marks = subjects.map { _ in "?" }.joined(separator: ", ")
        return try Row.fetchAll(
            db, sql: "SELECT * FROM events WHERE subject IN (\(marks)) ORDER BY id LIMIT ?",
            arguments: StatementArguments(subjects.sorted()) + [limit]
        ).map { row in
            StoredEvent(
                at: Date(microseconds: row["at_us"]),
                event: LifecycleEvent(
                    row["name"], subject: row["subject"], try JSONText.decode([String: String].self, from: row["attributes"])))
        }
    }
}

extension HandoffRecord {
    static func of(_ session: String, in db: Database) throws -> [HandoffRecord] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM handoffs WHERE session_id = ? ORDER BY requested_at_us, rowid"), arguments: [session]
        ).map(HandoffRecord.init)
    }
}

extension FeedbackRecord {
    static func of(_ session: String, in db: Database) throws -> [FeedbackRecord] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM feedback WHERE session_id = ? ORDER BY id"), arguments: [session]
        ).map { row in
            FeedbackRecord(
                session: row["session_id"], generation: row["generation"], score: row["score"], comment: row["comment"],
                at: Date(microseconds: row["at_us"]))
        }
    }
}
