import struct Foundation.Date
import GRDB
import Orchestrator
import TierManager

/// One thing to write, as a value: it can wait in memory while the database is out of order, and in a file between two runs.
///
/// A reservation is none of these: money is promised by the database or not at all.
enum StoredWrite: Sendable, Equatable, Codable {
    case begin(SessionRecord)
    case turn(TurnCommit)
    case end(session: String, reason: String, at: Date)
    case handoff(HandoffRecord)
    case feedback(FeedbackRecord)
    case beginCall(CallRecord)
    case callTurn(TurnRecord)
    case transition(AgentTransition)
    case escalation(EscalationRecord)
    case workflow(context: String, call: String)
    case joinCall(id: String, session: String)
    case endCall(id: String, reason: String, at: Date)
    case endCarrierCall(id: String, reason: String, at: Date)
    case events([StoredEvent])
    /// Spends a promise, or gives it back (`spent` is nil).
    case settlement(Reservation, spent: Int?, at: Date)

    /// Writes it.
    /// - Parameters:
    ///   - runID: the run that it comes from.
    ///   - isLate: it waited, so what it builds on may be gone with a damaged file.
    func apply(in db: Database, runID: String, isLate: Bool = false) throws {
        switch self {
        case .begin(let session): try ConversationRows.begin(session, runID: runID, in: db)
        case .turn(let turn): try ConversationRows.commit(turn, runID: runID, in: db)
        case .end(let session, let reason, let at): try ConversationRows.end(session, reason: reason, at: at, in: db)
        case .handoff(let handoff): try ConversationRows.save(handoff, in: db)
        case .feedback(let feedback): try ConversationRows.save(feedback, in: db)
        case .beginCall(let call): try CallRows.begin(call, mayBeThere: isLate, runID: runID, in: db)
        case .callTurn(let turn): try CallRows.record(turn, runID: runID, in: db)
        case .transition(let transition): try CallRows.record(transition, in: db)
        case .escalation(let step): try CallRows.record(step, in: db)
        case .workflow(let context, let call): try CallRows.enterWorkflow(context, call: call, in: db)
        case .joinCall(let id, let session): try CallRows.join(id, session: session, in: db)
        case .endCall(let id, let reason, let at): try CallRows.end("id", id, reason: reason, at: at, in: db)
        case .endCarrierCall(let id, let reason, let at): try CallRows.end("carrier_call_id", id, reason: reason, at: at, in: db)
        case .events(let events): try StoredEvent.append(events, runID: runID, in: db)
        case .settlement(let reservation, let spent, let at):
            try BudgetEntries.settle(reservation, spent: spent, mayBeUnknown: isLate, runID: runID, at: at, in: db)
        }
    }

    /// About what it takes in memory and on a line of a file.
    var estimatedBytes: Int {
        let texts: [String?] =
            switch self {
            case .begin(let session): session.facts.flatMap { [$0.key, $0.value] } + [session.userID]
            case .turn(let turn):
                [turn.userText, turn.replyText, turn.snapshot] + turn.facts.flatMap { [$0.key, $0.value] }
                    + turn.decision.entities.flatMap { [$0.value, $0.text] }
            case .end(let session, let reason, _): [session, reason]
            case .handoff(let handoff): [handoff.reason, handoff.summary]
            case .feedback(let feedback): [feedback.comment]
            case .callTurn(let turn): [turn.userText, turn.replyText, turn.heardText]
            case .events(let events): events.flatMap { $0.event.attributes.flatMap { [$0.key, $0.value] } }
            case .beginCall, .transition, .escalation, .workflow, .joinCall, .endCall, .endCarrierCall, .settlement: []
            }
        let records = if case .events(let events) = self { events.count } else { 1 }
        return texts.reduce(400 * records) { $0 + ($1?.utf8.count ?? 0) + 16 }
    }

    /// How many records are lost with it.
    var count: Int { if case .events(let events) = self { events.count } else { 1 } }
}
