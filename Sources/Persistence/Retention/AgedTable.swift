import GRDB

/// A table whose rows age. Rows are numbered in the order of their writing, which is nearly that of their times: a sweep walks
/// along the numbers from the oldest, and needs no index on the time.
struct AgedTable: Sendable {
    let name: String
    /// The column that its age is counted from.
    let time: String
    /// Which of its rows age at all.
    var only = "TRUE"
    /// What else must be true of a row that goes.
    var condition = "TRUE"

    /// Sessions first: what belongs to one that is gone may go.
    static let all = [
        AgedTable(name: "sessions", time: "active_at_us", condition: "NOT EXISTS (SELECT 1 FROM calls WHERE session_id = sessions.id AND state = 'active')"),
        AgedTable(name: "calls", time: "started_at_us", condition: "state = 'ended'"),
        AgedTable(name: "turns", time: "at_us"), AgedTable(name: "messages", time: "at_us"), AgedTable(name: "decisions", time: "at_us"),
        // What a conversation knows, it knows until it is gone.
        AgedTable(
            name: "facts", time: "at_us", condition: "retracted_by IS NOT NULL OR NOT EXISTS (SELECT 1 FROM sessions WHERE id = facts.session_id)"),
        AgedTable(name: "tickets", time: "updated_at_us", condition: "state != 'open'"), AgedTable(name: "tool_calls", time: "at_us"),
        AgedTable(name: "agent_transitions", time: "at_us"), AgedTable(name: "tier_escalation_events", time: "at_us"),
        AgedTable(name: "handoffs", time: "updated_at_us"), AgedTable(name: "feedback", time: "at_us"), AgedTable(name: "events", time: "at_us"),
        AgedTable(name: "budget_ledger", time: "at_us", condition: "entry != 'reserve' OR balanced = 1"),
        // What a call may spend, once nothing of it is promised any more; there is one of each call that was priced. The totals of days stay.
        AgedTable(
            name: "budgets", time: "updated_at_us", only: "period = 'call'",
            condition: "reserved_micro = 0 AND NOT EXISTS (SELECT 1 FROM calls WHERE id = substr(budgets.scope, 6) AND state = 'active')"),
    ]

    /// Looks at the next rows and deletes those that are old.
    /// - Parameters:
    ///   - after: the last row that was looked at.
    ///   - most: rows to look at.
    /// - Returns: where to go on, `nil` at the end or where the young ones begin; and how many went.
    func delete(before cutoff: Int64, after: Int64, most: Int, in db: Database) throws -> (next: Int64?, deleted: Int) {
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT rowid, \(time) FROM \(name) WHERE rowid > ? ORDER BY rowid LIMIT ?"), arguments: [after, most])
        guard let last = rows.last else { return (nil, 0) }
        let isOver = rows.count < most || rows.allSatisfy { $0[1] as Int64 >= cutoff }
        try db.cachedStatement(
            sql: "DELETE FROM \(name) WHERE rowid > ? AND rowid <= ? AND \(time) < ? AND \(only) AND (\(condition))"
        ).execute(arguments: [after, last[0] as Int64, cutoff])
        return (isOver ? nil : last[0], db.changesCount)
    }
}
