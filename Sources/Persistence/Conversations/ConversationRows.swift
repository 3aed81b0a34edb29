import struct Foundation.Date
import GRDB
import Orchestrator

/// Rows of `sessions` and of what their turns change.
enum ConversationRows {
    static func begin(_ session: SessionRecord, runID: String, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO sessions (id, channel, started_at_us, active_at_us, user_id, run_id) VALUES (?, ?, ?3, ?3, ?, ?)
                ON CONFLICT (id) DO UPDATE SET ended_at_us = NULL, end_reason = NULL, run_id = excluded.run_id,
                    user_id = coalesce(excluded.user_id, user_id), started_at_us = min(started_at_us, excluded.started_at_us),
                    active_at_us = max(active_at_us, excluded.active_at_us)
                WHERE erased_at_us IS NULL
                """
        ).execute(arguments: [
            session.id, session.channel.rawValue, session.startedAt.microseconds, session.userID?.storable, runID,
        ])
        guard db.changesCount == 1 else { return }
        for fact in session.facts { try write(fact, session.id, generation: 0, at: session.startedAt, in: db) }
    }

    /// A repetition of a turn that is there already changes nothing, nor does a turn of a session that was erased. One of a
    /// session that was never begun here makes the session.
    static func commit(_ turn: TurnCommit, runID: String, in db: Database) throws {
        if turn.isCompletion { return try complete(turn, in: db) }
        guard try advance(to: turn, runID: runID, in: db) else { return }
        let decision = try JSONText.encode(turn.decision)
        try db.cachedStatement(
            sql: """
                INSERT INTO decisions (session_id, generation, source, agent, intent, confidence, next_action, workflow, decision, at_us)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id, generation) DO NOTHING
                """
        ).execute(arguments: [
            turn.session, turn.generation, turn.source, turn.agent, turn.decision.intent, turn.decision.confidence,
            turn.decision.nextAction.rawValue, turn.decision.workflow, decision, turn.at.microseconds,
        ])
        guard db.changesCount == 1 else { return }
        try writeTurn(turn, decision: decision, runID: runID, in: db)
        try TurnRows.upsertMessage(db, turn.session, turn.generation, "user", turn.userText, at: turn.at, traceID: turn.traceID)
        try TurnRows.upsertMessage(db, turn.session, turn.generation, "assistant", turn.replyText, at: turn.at, traceID: turn.traceID)
        for fact in turn.facts { try write(fact, turn.session, generation: turn.generation, at: turn.at, in: db) }
        for ticket in turn.otherTickets { try write(ticket, of: turn, in: db) }
        if let ticket = turn.ticket { try write(ticket, of: turn, in: db) }
        for handover in turn.transitions { try write(handover, of: turn, in: db) }
        try updateCall(after: turn, in: db)
        for call in turn.toolCalls { try write(call, of: turn, in: db) }
    }

    /// The rest of a turn that is there. What is said of the state counts only while no later turn has changed it.
    private static func complete(_ turn: TurnCommit, in db: Database) throws {
        guard try !isErased(turn.session, in: db) else { return }
        try db.cachedStatement(sql: "UPDATE turns SET reply_text = ?, agent = ? WHERE session_id = ? AND generation = ?")
            .execute(arguments: [turn.replyText.storable, turn.agent, turn.session, turn.generation])
        // It was never written: there is nothing to complete.
        guard db.changesCount == 1 else { return }
        try db.cachedStatement(sql: "UPDATE sessions SET snapshot = ? WHERE id = ? AND generation = ?")
            .execute(arguments: [turn.snapshot?.storable, turn.session, turn.generation])
        let isNewest = db.changesCount == 1
        try TurnRows.upsertMessage(db, turn.session, turn.generation, "assistant", turn.replyText, at: turn.at, traceID: turn.traceID)
        for ticket in turn.otherTickets + [turn.ticket].compactMap(\.self) { try write(ticket, of: turn, in: db) }
        for handover in turn.transitions { try write(handover, of: turn, in: db) }
        if isNewest { try updateCall(after: turn, in: db) }
    }

    static func end(_ session: String, reason: String, at: Date, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE sessions SET ended_at_us = ?1, end_reason = ?2, active_at_us = max(active_at_us, ?1)
                WHERE id = ?3 AND ended_at_us IS NULL
                """
        ).execute(arguments: [at.microseconds, reason, session])
    }

    /// A state older than the one that is there changes nothing.
    static func save(_ handoff: HandoffRecord, in db: Database) throws {
        guard try !isErased(handoff.session, in: db) else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO handoffs (id, session_id, state, reason, summary, requested_at_us, updated_at_us) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, updated_at_us = excluded.updated_at_us
                WHERE excluded.updated_at_us >= updated_at_us
                """
        ).execute(arguments: [
            handoff.id, handoff.session, handoff.state.rawValue, handoff.reason.storable, handoff.summary.storable,
            handoff.requestedAt.microseconds, handoff.updatedAt.microseconds,
        ])
    }

    static func save(_ feedback: FeedbackRecord, in db: Database) throws {
        guard try !isErased(feedback.session, in: db) else { return }
        try db.cachedStatement(sql: "INSERT INTO feedback (session_id, generation, score, comment, at_us) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [
                feedback.session, feedback.generation, feedback.score, feedback.comment?.storable, feedback.at.microseconds,
            ])
    }

    static func isErased(_ session: String, in db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT erased_at_us IS NOT NULL FROM sessions WHERE id = ?"), arguments: [session]) ?? false
    }

    /// Brings the session to where it is after a turn.
    /// - Returns: false when it was erased.
    private static func advance(to turn: TurnCommit, runID: String, in db: Database) throws -> Bool {
        guard try !isErased(turn.session, in: db) else { return false }
        try db.cachedStatement(
            sql: """
                INSERT INTO sessions (id, channel, started_at_us, active_at_us, run_id, generation, snapshot)
                VALUES (?, ?, ?3, ?3, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, snapshot = excluded.snapshot,
                    active_at_us = max(active_at_us, excluded.active_at_us)
                WHERE excluded.generation > generation
                """
        ).execute(arguments: [
            turn.session, turn.channel.rawValue, turn.at.microseconds, runID, turn.generation, turn.snapshot?.storable,
        ])
        return true
    }

    private static func writeTurn(_ turn: TurnCommit, decision: String, runID: String, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO turns (session_id, generation, channel, at_us, user_text, reply_text, decision, agent, source, trace_id,
                                   run_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (session_id, generation) DO UPDATE SET user_text = excluded.user_text, reply_text = excluded.reply_text,
                    decision = excluded.decision, agent = excluded.agent, source = excluded.source,
                    trace_id = coalesce(excluded.trace_id, trace_id)
                """
        ).execute(arguments: [
            turn.session, turn.generation, turn.channel.rawValue, turn.at.microseconds, turn.userText.storable,
            turn.replyText.storable, decision, turn.agent, turn.source, turn.traceID?.storable, runID,
        ])
    }

    /// The new fact retracts what was known under its key.
    private static func write(_ fact: Fact, _ session: String, generation: Int, at: Date, in db: Database) throws {
        let value = fact.value.storable
        let known = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT id, value, kind, source, confidence FROM facts WHERE session_id = ? AND "key" = ? AND retracted_by IS NULL
                    """), arguments: [session, fact.key])
        if let known, known["value"] == value, known["kind"] == fact.kind.rawValue, known["source"] == fact.source,
            known["confidence"] == fact.confidence
        {
            return
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO facts (session_id, generation, "key", value, kind, source, confidence, at_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            session, generation, fact.key, value, fact.kind.rawValue, fact.source, fact.confidence, at.microseconds,
        ])
        guard let known else { return }
        try db.cachedStatement(sql: "UPDATE facts SET retracted_by = ? WHERE id = ?")
            .execute(arguments: [db.lastInsertedRowID, known["id"] as Int64])
    }

    private static func write(_ ticket: TicketChange, of turn: TurnCommit, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO tickets (id, session_id, workflow, state, owner, opened_at_us, updated_at_us) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, owner = excluded.owner, updated_at_us = excluded.updated_at_us
                """
        ).execute(arguments: [
            ticket.id, turn.session, ticket.workflow, ticket.state.rawValue, turn.agent, turn.at.microseconds, turn.at.microseconds,
        ])
    }

    /// A handover belongs to the call that carries the conversation, if one does.
    private static func write(_ handover: AgentHandover, of turn: TurnCommit, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO agent_transitions (call_id, session_id, at_us, from_agent, to_agent, trigger_reason, context_preserved,
                                               transition_duration_ms, context)
                VALUES ((SELECT id FROM calls WHERE session_id = ?1 ORDER BY started_at_us DESC LIMIT 1), ?1, ?, ?, ?, ?, 1, ?, ?)
                """
        ).execute(arguments: [
            turn.session, turn.at.microseconds, handover.from, handover.to, handover.reason, handover.duration.milliseconds,
            handover.context,
        ])
    }

    /// The call that carries the conversation shows who answers, and for which ticket.
    private static func updateCall(after turn: TurnCommit, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE calls SET current_agent = ?, workflow_context_id = coalesce(?, workflow_context_id),
                    agent_transition_count = agent_transition_count + ?
                WHERE session_id = ? AND state = 'active'
                """
        ).execute(arguments: [turn.agent, turn.ticket?.id, turn.transitions.count, turn.session])
    }

    private static func write(_ call: ToolCallRecord, of turn: TurnCommit, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO tool_calls (session_id, generation, tool, idempotency_key, outcome, duration_ms, at_us)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            turn.session, turn.generation, call.tool, call.idempotencyKey, call.outcome.rawValue, call.duration.milliseconds,
            turn.at.microseconds,
        ])
    }
}
