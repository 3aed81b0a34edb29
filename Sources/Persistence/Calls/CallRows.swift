import struct Foundation.Date
import GRDB
import TierManager

/// Rows of `calls` and of the steps that a call makes.
enum CallRows {
    /// - Parameter mayBeThere: a call that is there already is left as it is; otherwise it is an error.
    static func begin(_ call: CallRecord, mayBeThere: Bool = false, runID: String, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO calls (id, carrier, carrier_call_id, "from", "to", state, session_id, current_agent, tier,
                                   integration_enabled, run_id, started_at_us)
                VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?, ?) \(mayBeThere ? "ON CONFLICT (id) DO NOTHING" : "")
                """
        ).execute(arguments: [
            call.id, call.carrier, call.carrierCallID, call.from, call.to, call.sessionID, call.currentAgent, call.tier,
            call.integrationEnabled, runID, call.startedAt.microseconds,
        ])
    }

    /// - Parameter column: `id` or `carrier_call_id`.
    static func end(_ column: String, _ id: String, reason: String, at: Date, in db: Database) throws {
        try db.cachedStatement(
            sql: "UPDATE calls SET state = 'ended', end_reason = ?, ended_at_us = ? WHERE \(column) = ? AND state = 'active'"
        ).execute(arguments: [reason, at.microseconds, id])
    }

    /// The call carries another conversation from now on.
    static func join(_ id: String, session: String, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE calls SET session_id = ? WHERE id = ?").execute(arguments: [session, id])
    }

    static func enterWorkflow(_ context: String, call id: String, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE calls SET workflow_context_id = ? WHERE id = ?").execute(arguments: [context, id])
    }

    static func record(_ turn: TurnRecord, runID: String, in db: Database) throws {
        guard try !ConversationRows.isErased(turn.session, in: db) else { return }
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

    static func record(_ transition: AgentTransition, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO agent_transitions (call_id, at_us, from_agent, to_agent, trigger_reason, context_preserved,
                                               transition_duration_ms, context) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            transition.callID, transition.at.microseconds, transition.fromAgent, transition.toAgent, transition.reason,
            transition.contextPreserved, transition.duration.milliseconds, transition.context,
        ])
        try db.cachedStatement(
            sql: "UPDATE calls SET current_agent = ?, agent_transition_count = agent_transition_count + 1 WHERE id = ?"
        ).execute(arguments: [transition.toAgent, transition.callID])
    }

    static func record(_ step: EscalationRecord, in db: Database) throws {
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
            sql: "UPDATE calls SET tier = ?, tier_escalation_trigger = coalesce(?, tier_escalation_trigger) WHERE id = ?"
        ).execute(arguments: [step.toTier, trigger, step.callID])
    }
}
