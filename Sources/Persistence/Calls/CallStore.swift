public import struct Foundation.Date
import GRDB
public import TierManager

/// The record of calls: who called, what each turn said, took and cost, and every step between agents and tiers.
///
/// Each method returns when its rows are durable, and throws a ``StorageError``.
public struct CallStore: Sendable {
    let database: GatewayDatabase
    public init(_ database: GatewayDatabase) { self.database = database }

    public func begin(_ call: CallRecord) async throws(StorageError) {
        try await write { [runID = database.runID] db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO calls (id, carrier, carrier_call_id, "from", "to", state, session_id, current_agent, tier,
                                       integration_enabled, run_id, started_at_us)
                    VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                call.id, call.carrier, call.carrierCallID, call.from, call.to, call.sessionID, call.currentAgent, call.tier,
                call.integrationEnabled, runID, call.startedAt.microseconds,
            ])
        }
    }

    /// Ends a call. The first end stands: a later one, such as the carrier's status callback, changes nothing.
    public func end(call id: String, reason: String, at: Date) async throws(StorageError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE calls SET state = 'ended', end_reason = ?, ended_at_us = ? WHERE id = ? AND state = 'active'
                    """
            ).execute(arguments: [reason, at.microseconds, id])
        }
    }

    /// The carrier knows a call by this id, e.g. a CallSid.
    public func end(carrierCall: String, reason: String, at: Date) async throws(StorageError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    UPDATE calls SET state = 'ended', end_reason = ?, ended_at_us = ? WHERE carrier_call_id = ? AND state = 'active'
                    """
            ).execute(arguments: [reason, at.microseconds, carrierCall])
        }
    }

    /// Notes the ticket of the workflow that a call is in; a turn's commit does it by itself.
    public func enterWorkflow(_ context: String, call id: String) async throws(StorageError) {
        try await write { db in
            try db.cachedStatement(sql: "UPDATE calls SET workflow_context_id = ? WHERE id = ?").execute(arguments: [context, id])
        }
    }

    /// Writes a turn, or writes it again with more known, e.g. what was heard; the call's cost follows.
    public func record(_ turn: TurnRecord) async throws(StorageError) {
        try await write { [runID = database.runID] db in
            try TurnRows.upsert(turn, in: db, runID: runID)
            guard let call = turn.callID else { return }
            try db.cachedStatement(
                sql: """
                    UPDATE calls SET (cost_micro, waste_micro) =
                        (SELECT coalesce(sum(cost_micro), 0), coalesce(sum(waste_micro), 0) FROM turns WHERE call_id = calls.id),
                        tier = coalesce(?, tier), current_agent = coalesce(?, current_agent)
                    WHERE id = ?
                    """
            ).execute(arguments: [turn.tier, turn.agent, call])
        }
    }

    /// For a handover outside of a conversation's turns: those within come with ``SQLiteConversationStore/commit(_:)``.
    public func record(_ transition: AgentTransition) async throws(StorageError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO agent_transitions (call_id, at_us, from_agent, to_agent, trigger_reason, context_preserved,
                                                   transition_duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                transition.callID, transition.at.microseconds, transition.fromAgent, transition.toAgent, transition.reason,
                transition.contextPreserved, transition.duration.milliseconds,
            ])
            try db.cachedStatement(
                sql: """
                    UPDATE calls SET current_agent = ?, agent_transition_count = agent_transition_count + 1 WHERE id = ?
                    """
            ).execute(arguments: [transition.toAgent, transition.callID])
        }
    }

    /// A call that moved up keeps what made it.
    public func record(_ step: EscalationRecord) async throws(StorageError) {
        try await write { db in
            try db.cachedStatement(
                sql: """
                    INSERT INTO tier_escalation_events (call_id, at_us, from_tier, to_tier, trigger_agent, qualification_score,
                                                        cost_impact, budget_check_passed, outcome, cause, reason)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                step.callID, step.at.microseconds, step.fromTier, step.toTier, step.triggerAgent, step.qualificationScore,
                step.costImpactMicroDollars, step.budgetCheckPassed, step.outcome.rawValue, step.cause.rawValue, step.reason,
            ])
            guard step.outcome != .refused else { return }
            let trigger = step.outcome == .performed ? "\(step.triggerAgent): \(step.reason)" : nil
            try db.cachedStatement(
                sql: """
                    UPDATE calls SET tier = ?, tier_escalation_trigger = coalesce(?, tier_escalation_trigger) WHERE id = ?
                    """
            ).execute(arguments: [step.toTier, trigger, step.callID])
        }
    }

    private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws(StorageError) {
        do { try await database.write(body) } catch { throw StorageError(error, path: database.path) }
    }
}
