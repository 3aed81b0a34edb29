import Foundation
import Orchestrator
import Persistence
import StreamingPipeline
import Synchronization
import TierManager

/// Prints a call as it happens, and remembers what must be checked afterwards.
final class DemoPrinter: CallObserver {
    /// One turn of the agent, complete.
    struct Turn: Sendable {
        var reply: Reply
        var grant: TierGrant
        var summary: TurnSummary
        /// What the caller was understood to say before it; `nil` for the greeting.
        var heard: Transcript?
    }
    struct Record: Sendable {
        var turns: [Turn] = []
        var ended: String?
    }
    private struct State {
        var calls: [String: Record] = [:]
        /// Our name of a call by the carrier's.
        var ids: [String: String] = [:]
        var heard: [String: Transcript] = [:]
        var answering: [String: (Reply, TierGrant)] = [:]
    }
    private let state = Mutex(State())
    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func record(ofCall callSid: String) -> Record {
        state.withLock { state in state.ids[callSid].flatMap { state.calls[$0] } ?? Record() }
    }

    func callStarted(_ call: String, callSid: String, from: String) {
        state.withLock { state in
            state.ids[callSid] = call
            state.calls[call] = Record()
        }
    }

    func heard(_ call: String, _ transcript: Transcript) {
        state.withLock { $0.heard[call] = transcript }
        if let rejection = transcript.rejection {
            terminal.line(terminal.styled("  caller   (\(rejection.rawValue.replacing("_", with: " ")))", .dim))
            return
        }
        let confidence = String(format: "%.2f", transcript.confidence)
        terminal.line(terminal.styled("  caller   ", .cyan) + "“\(transcript.text)”" + terminal.styled("  heard at \(confidence)", .dim))
        if transcript.raw != transcript.text { terminal.line(terminal.styled("           repaired from “\(transcript.raw)”", .dim)) }
    }

    func answering(_ call: String, _ reply: Reply, _ grant: TierGrant) {
        let isGreeting = state.withLock { state in
            state.answering[call] = (reply, grant)
            return state.calls[call]?.turns.isEmpty ?? true
        }
        if !isGreeting {
            let decision = reply.decision
            var line = "  decision \(decision.intent) \(String(format: "%.2f", decision.confidence)) → \(decision.nextAction.rawValue)"
            line += " (\(reply.source)), qualification \(String(format: "%.2f", reply.qualification))"
            if !reply.slots.isEmpty {
                line += ", slots " + reply.slots.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            }
            terminal.line(terminal.styled(line, .dim))
        }
        if let escalation = grant.escalation {
            let mark = escalation.outcome == .performed ? "tier     \(escalation.fromTier) → \(escalation.toTier)" : "tier     stays \(grant.tier.name)"
            terminal.line(terminal.styled("  \(mark): \(escalation.outcome.rawValue), \(escalation.reason)", .yellow))
        }
        terminal.line(terminal.styled("  agent    ", .green) + "“\(reply.text)”")
    }

    func turnCompleted(_ call: String, _ turn: TurnSummary) {
        state.withLock { state in
            guard let (reply, grant) = state.answering.removeValue(forKey: call) else { return }
            let heard = state.heard.removeValue(forKey: call)
            state.calls[call]?.turns.append(Turn(reply: reply, grant: grant, summary: turn, heard: heard))
        }
        var parts = ["\(turn.tier.name) tier (\(turn.tier.voice)), \(dollars(turn.costMicroDollars))"]
        if turn.wasteMicroDollars > 0 { parts.append("of it unheard \(dollars(turn.wasteMicroDollars))") }
        if turn.wasInterrupted { parts.append("interrupted") }
        terminal.line(terminal.styled("           " + parts.joined(separator: ", "), .dim))
        guard let line = Self.stages(turn) else { return }
        terminal.line(terminal.styled("           \(line)", .dim))
    }

    func callEnded(_ call: String, reason: String) {
        state.withLock { $0.calls[call]?.ended = reason }
        terminal.line(terminal.styled("  ended    \(reason)", .dim))
    }

    /// "ms after the last voiced sample: endpoint 512 · transcript 513 · … ; unexplained 3"
    static func stages(_ turn: TurnSummary) -> String? {
        let times = turn.stages
        guard times.endpoint != nil else { return nil }
        let stages: [(String, Duration?)] = [
            ("endpoint", times.endpoint), ("stt_final", times.sttFinal), ("decision", times.decision), ("first_text", times.firstText),
            ("first_audio", times.firstAudio), ("reply_end", times.replyEnd),
        ]
        let reached = stages.compactMap { name, at in at.map { "\(name) \($0.wholeMilliseconds)" } }.joined(separator: " · ")
        let unexplained = times.unexplained.map { ", unexplained \($0.wholeMilliseconds)" } ?? ""
        return "ms after the last voiced sample: \(reached)\(unexplained)"
    }
}
