import struct Foundation.Date
import GRDB
import Orchestrator

/// Rows of `turns` and what they say about `messages`.
enum TurnRows {
    /// The call's part of a turn; what the conversation wrote stays where the call knows nothing.
    static func upsert(_ turn: TurnRecord, in db: Database, runID: String) throws {
        let stages = turn.stages
        try db.cachedStatement(
            sql: """
                INSERT INTO turns (session_id, call_id, generation, channel, at_us, user_text, user_confidence, reply_text, heard_text,
                    interrupted, decision, agent, tier, source, endpoint_ms, stt_final_ms, decision_ms, first_text_ms, first_audio_ms,
                    reply_end_ms, unexplained_ms, cost_micro, waste_micro, trace_id, run_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (session_id, generation) DO UPDATE SET
                    call_id = coalesce(excluded.call_id, call_id), at_us = excluded.at_us,
                    user_text = CASE excluded.user_text WHEN '' THEN user_text ELSE excluded.user_text END,
                    user_confidence = coalesce(excluded.user_confidence, user_confidence),
                    reply_text = CASE excluded.reply_text WHEN '' THEN reply_text ELSE excluded.reply_text END,
                    heard_text = coalesce(excluded.heard_text, heard_text), interrupted = excluded.interrupted,
                    decision = coalesce(excluded.decision, decision), agent = coalesce(excluded.agent, agent),
                    tier = coalesce(excluded.tier, tier), source = coalesce(excluded.source, source),
                    endpoint_ms = coalesce(excluded.endpoint_ms, endpoint_ms),
                    stt_final_ms = coalesce(excluded.stt_final_ms, stt_final_ms),
                    decision_ms = coalesce(excluded.decision_ms, decision_ms),
                    first_text_ms = coalesce(excluded.first_text_ms, first_text_ms),
                    first_audio_ms = coalesce(excluded.first_audio_ms, first_audio_ms),
                    reply_end_ms = coalesce(excluded.reply_end_ms, reply_end_ms),
                    unexplained_ms = coalesce(excluded.unexplained_ms, unexplained_ms),
                    cost_micro = excluded.cost_micro, waste_micro = excluded.waste_micro,
                    trace_id = coalesce(excluded.trace_id, trace_id)
                """
        ).execute(
            arguments: [
                turn.session, turn.callID, turn.generation, turn.channel.rawValue, turn.at.microseconds, turn.userText.storable,
                turn.userConfidence, turn.replyText.storable, turn.heardText?.storable, turn.interrupted,
                try turn.decision.map(JSONText.encode), turn.agent, turn.tier, turn.source, stages.endpoint?.milliseconds,
                stages.sttFinal?.milliseconds, stages.decision?.milliseconds, stages.firstText?.milliseconds,
                stages.firstAudio?.milliseconds, stages.replyEnd?.milliseconds, stages.unexplained?.milliseconds,
                turn.costMicroDollars, turn.wasteMicroDollars, turn.traceID, runID,
            ] as StatementArguments)
        try upsertMessage(db, turn.session, turn.generation, "user", turn.userText, at: turn.at, traceID: turn.traceID)
        try upsertMessage(db, turn.session, turn.generation, "assistant", turn.replyText, at: turn.at, traceID: turn.traceID)
        guard turn.heardText != nil || turn.heardBytes != nil else { return }
        try db.cachedStatement(
            sql: """
                UPDATE messages SET heard_bytes = coalesce(?, heard_bytes), heard_complete = ?
                WHERE session_id = ? AND generation = ? AND role = 'assistant'
                """
        ).execute(arguments: [turn.heardBytes, !turn.interrupted, turn.session, turn.generation])
    }

    /// Writes what one side said; an empty text leaves nothing.
    static func upsertMessage(
        _ db: Database, _ session: String, _ generation: Int, _ role: String, _ text: String, at: Date, traceID: String? = nil
    ) throws {
        guard !text.isEmpty else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO messages (session_id, generation, role, text, trace_id, at_us) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (session_id, generation, role) DO UPDATE SET text = excluded.text, trace_id = coalesce(excluded.trace_id, trace_id)
                """
        ).execute(arguments: [session, generation, role, text.storable, traceID, at.microseconds])
    }

    static func record(_ row: Row) throws -> TurnRecord {
        guard let channel = Channel(rawValue: row["channel"]) else { throw UnknownWord(column: "turns.channel") }
        func duration(_ column: String) -> Duration? { (row[column] as Double?).map(Duration.init(milliseconds:)) }
        return TurnRecord(
            session: row["session_id"], callID: row["call_id"], generation: row["generation"], channel: channel,
            at: Date(microseconds: row["at_us"]), userText: row["user_text"], userConfidence: row["user_confidence"],
            replyText: row["reply_text"], heardText: row["heard_text"], heardBytes: row["heard_bytes"], interrupted: row["interrupted"],
            decision: try (row["decision"] as String?).map { try JSONText.decode(Decision.self, from: $0) }, agent: row["agent"],
            tier: row["tier"], source: row["source"],
            stages: StageTimes(
                endpoint: duration("endpoint_ms"), sttFinal: duration("stt_final_ms"), decision: duration("decision_ms"),
                firstText: duration("first_text_ms"), firstAudio: duration("first_audio_ms"), replyEnd: duration("reply_end_ms"),
                unexplained: duration("unexplained_ms")),
            costMicroDollars: row["cost_micro"], wasteMicroDollars: row["waste_micro"], traceID: row["trace_id"])
    }
}
