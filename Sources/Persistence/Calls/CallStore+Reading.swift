public import struct Foundation.Date
import GRDB
public import Orchestrator
public import TierManager

extension CallStore {
    /// A call with everything that is known of it.
    public struct FullRecord: Sendable, Equatable, Codable {
        public var call: CallRecord
        public var turns: [TurnRecord]
        public var transitions: [AgentTransition]
        public var escalations: [EscalationRecord]
        /// Of its conversation, as are the tickets, the hand-overs to a person and the feedback.
        public var toolCalls: [StoredToolCall]
        public var tickets: [StoredTicket]
        public var handoffs: [HandoffRecord]
        public var feedback: [FeedbackRecord]
        /// Of the call and of its conversation, oldest first, at most ``CallStore/longestList``.
        public var events: [StoredEvent]
    }
    /// The most calls that one list holds.
    public static let longestList = 1_000

    /// The latest calls first.
    /// - Parameters:
    ///   - before: continues a list after its last call's start.
    ///   - since: none that began earlier.
    ///   - from: the caller's number, as it is stored.
    public func calls(
        limit: Int = 100, before: Date? = nil, since: Date? = nil, state: CallRecord.State? = nil, from: String? = nil
    ) async throws(StorageError) -> [CallRecord] {
        try await database.read { db in
            var conditions = ["started_at_us < ?"], arguments: StatementArguments = [before?.microseconds ?? .max]
            func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
                guard let value else { return }
                conditions.append(condition)
                arguments += [value]
            }
            require("started_at_us >= ?", since?.microseconds)
            require("state = ?", state?.rawValue)
            require("\"from\" = ?", from)
            return try Row.fetchAll(
                db,
                sql: "SELECT * FROM calls WHERE \(conditions.joined(separator: " AND ")) ORDER BY started_at_us DESC, id LIMIT ?",
                arguments: arguments + [min(max(limit, 0), Self.longestList)]
            ).map(CallRecord.init)
        }
    }

    /// - Parameter id: ours, or the carrier's.
    /// - Returns: `nil` when there is no such call.
    public func call(_ id: String) async throws(StorageError) -> FullRecord? {
        try await database.read { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT * FROM calls WHERE id = ? OR carrier_call_id = ? ORDER BY id = ? DESC, started_at_us DESC",
                    arguments: [id, id, id])
            else { return nil }
            let call = try CallRecord(row)
            let turns = try Row.fetchAll(
                db,
                sql: """
                    SELECT turns.*, heard_bytes FROM turns LEFT JOIN messages
                        ON messages.session_id = turns.session_id AND messages.generation = turns.generation AND role = 'assistant'
                    WHERE call_id = ? OR call_id IS NULL AND turns.session_id = ? ORDER BY turns.generation
                    """,
                arguments: [call.id, call.sessionID])
            let transitions = try Row.fetchAll(
                db, sql: "SELECT * FROM agent_transitions WHERE call_id = ? ORDER BY at_us, id", arguments: [call.id])
            let escalations = try Row.fetchAll(
                db, sql: "SELECT * FROM tier_escalation_events WHERE call_id = ? ORDER BY id", arguments: [call.id])
            return FullRecord(
                call: call, turns: try turns.map(TurnRows.record), transitions: transitions.map(AgentTransition.init),
                escalations: try escalations.map(EscalationRecord.init), toolCalls: try StoredToolCall.of(call.sessionID, in: db),
                tickets: try StoredTicket.of(call.sessionID, in: db), handoffs: try HandoffRecord.of(call.sessionID, in: db),
                feedback: try FeedbackRecord.of(call.sessionID, in: db),
                events: try StoredEvent.of([call.id, call.sessionID], limit: Self.longestList, in: db))
        }
    }

    /// Calls that have not ended, of this run.
    public func activeCalls() async throws(StorageError) -> Int {
        try await database.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM calls WHERE state = 'active'") ?? 0 }
    }
}

/// A column holds a word that this version does not know.
struct UnknownWord: Error { var column: String }

extension CallRecord {
    init(_ row: Row) throws {
        guard let state = State(rawValue: row["state"]) else { throw UnknownWord(column: "calls.state") }
        self.init(
            id: row["id"], carrier: row["carrier"], carrierCallID: row["carrier_call_id"], from: row["from"], to: row["to"],
            sessionID: row["session_id"], currentAgent: row["current_agent"], tier: row["tier"],
            integrationEnabled: row["integration_enabled"], startedAt: Date(microseconds: row["started_at_us"]))
        (self.state, endReason, workflowContextID) = (state, row["end_reason"], row["workflow_context_id"])
        (agentTransitionCount, tierEscalationTrigger) = (row["agent_transition_count"], row["tier_escalation_trigger"])
        (costMicroDollars, wasteMicroDollars) = (row["cost_micro"], row["waste_micro"])
        endedAt = (row["ended_at_us"] as Int64?).map(Date.init(microseconds:))
    }
}

extension AgentTransition {
    init(_ row: Row) {
        self.init(
            callID: row["call_id"], at: Date(microseconds: row["at_us"]), fromAgent: row["from_agent"], toAgent: row["to_agent"],
            reason: row["trigger_reason"], contextPreserved: row["context_preserved"],
            duration: Duration(milliseconds: row["transition_duration_ms"]), context: row["context"])
    }
}

extension EscalationRecord {
    init(_ row: Row) throws {
        guard let outcome = Outcome(rawValue: row["outcome"]) else { throw UnknownWord(column: "tier_escalation_events.outcome") }
        guard let cause = Cause(rawValue: row["cause"]) else { throw UnknownWord(column: "tier_escalation_events.cause") }
        self.init(
            callID: row["call_id"], at: Date(microseconds: row["at_us"]), fromTier: row["from_tier"], toTier: row["to_tier"],
            triggerAgent: row["trigger_agent"], qualificationScore: row["qualification_score"],
            costImpactMicroDollars: row["cost_impact"], budgetCheckPassed: row["budget_check_passed"], outcome: outcome, cause: cause,
            reason: row["reason"])
    }
}
