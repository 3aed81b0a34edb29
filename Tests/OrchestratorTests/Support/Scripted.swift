import Orchestrator
import Synchronization

import struct Foundation.Date

/// An engine that does what a closure says.
struct ScriptedUnderstander: Understander {
    let name: String
    let advise: @Sendable (String, UnderstandingContext) async throws -> Decision
    init(_ name: String, _ advise: @escaping @Sendable (String, UnderstandingContext) async throws -> Decision) {
        (self.name, self.advise) = (name, advise)
    }
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { try await advise(text, context) }

    /// One that never answers, and does not care that it was cancelled.
    static func hanging(_ name: String, at gate: Gate) -> ScriptedUnderstander {
        ScriptedUnderstander(name) { _, _ in
            await gate.pass()
            throw Broken()
        }
    }
}

struct Broken: Error {}

/// Understands the sentences of these tests by their words.
struct Phrasebook: Understander {
    let name = "embedded"
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
        let words = text.lowercased()
        func says(_ any: String...) -> Bool { any.contains { words.contains($0) } }
        var entities: [Entity] = []
        for plan in ["Basic", "Family Share", "Unlimited Plus", "Traveler"] where words.contains(plan.lowercased()) {
            entities.append(Entity(type: "plan", value: plan, text: plan))
        }
        for (month, value) in [("february", "2026-02"), ("march", "2026-03")] where says(month) {
            entities.append(Entity(type: "month", value: value, text: month))
        }
        let digits = text.filter(\.isNumber)
        if digits.count >= 7 { entities.append(Entity(type: "phone", value: digits, text: digits)) }

        let acts: [(DialogueAct, Bool)] = [
            (.person, says("a person", "human")), (.cancel, says("never mind", "cancel that")), (.goodbye, says("goodbye")),
            (.repeatPlease, says("say that again")), (.yes, words.hasPrefix("yes")), (.no, words.hasPrefix("no")),
            (.thanks, says("thank")), (.help, says("help")), (.greeting, says("hello")),
        ]
        let act = acts.first(where: \.1)?.0
        let intent: String? =
            if says("data") { "check_usage" } else if says("bill") { "invoices" } else if says("change", "switch", "upgrade") {
                "change_plan"
            } else if says("roaming") { "activate_roaming" } else { nil }
        return Decision(
            intent: intent ?? Decision.outOfScope, confidence: says("maybe") ? 0.3 : intent == nil ? 0.2 : 0.9, act: act,
            entities: entities, nextAction: intent == nil ? .answer : .runWorkflow)
    }
}

/// A tool that answers what a closure says, and remembers its calls.
final class ScriptedTool: Tool {
    let name: String
    let hasSideEffects: Bool
    private let answer: @Sendable (ToolCall) async throws(ToolError) -> ToolResult
    private let made = Mutex<[ToolCall]>([])
    var calls: [ToolCall] { made.withLock { $0 } }

    init(
        _ name: String, hasSideEffects: Bool = false, _ answer: @escaping @Sendable (ToolCall) async throws(ToolError) -> ToolResult
    ) {
        (self.name, self.hasSideEffects, self.answer) = (name, hasSideEffects, answer)
    }
    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        made.withLock { $0.append(call) }
        return try await answer(call)
    }
}

/// A store that keeps everything, or does what a closure says instead.
final class RecordingStore: ConversationStore {
    private struct State {
        var sessions: [SessionRecord] = []
        var turns: [TurnCommit] = []
        var ends: [String] = []
        var handoffs: [HandoffRecord] = []
        var feedback: [FeedbackRecord] = []
    }
    private let state = Mutex(State())
    private let before: @Sendable (TurnCommit) async throws -> Void
    init(before: @escaping @Sendable (TurnCommit) async throws -> Void = { _ in }) { self.before = before }
    var sessions: [SessionRecord] { state.withLock { $0.sessions } }
    var turns: [TurnCommit] { state.withLock { $0.turns } }
    var ends: [String] { state.withLock { $0.ends } }
    var handoffs: [HandoffRecord] { state.withLock { $0.handoffs } }
    var feedback: [FeedbackRecord] { state.withLock { $0.feedback } }
    func begin(_ session: SessionRecord) async throws { state.withLock { $0.sessions.append(session) } }
    func commit(_ turn: TurnCommit) async throws {
        try await before(turn)
        state.withLock { $0.turns.append(turn) }
    }
    func end(session: String, reason: String, at: Date) async throws { state.withLock { $0.ends.append(reason) } }
    func save(_ handoff: HandoffRecord) async throws { state.withLock { $0.handoffs.append(handoff) } }
    func save(_ feedback: FeedbackRecord) async throws { state.withLock { $0.feedback.append(feedback) } }
    func conversation(_ session: String) async throws -> StoredConversation? {
        state.withLock { state in
            guard let record = state.sessions.last(where: { $0.id == session }) else { return nil }
            let turns = state.turns.filter { $0.session == session }
            let messages = turns.flatMap { turn in
                [(StoredMessage.Role.user, turn.userText), (.assistant, turn.replyText)].filter { !$0.1.isEmpty }.map {
                    StoredMessage(generation: turn.generation, role: $0.0, text: $0.1, at: turn.at, traceID: turn.traceID)
                }
            }
            return StoredConversation(
                record: record, generation: turns.last?.generation ?? 0, snapshot: turns.last?.snapshot, endReason: state.ends.last,
                messages: Array(messages.suffix(200)), handoff: state.handoffs.last { $0.session == session })
        }
    }
}

final class RecordingEvents: EventSink {
    private let events = Mutex<[LifecycleEvent]>([])
    func emit(_ event: LifecycleEvent) { events.withLock { $0.append(event) } }
    var all: [LifecycleEvent] { events.withLock { $0 } }
    func count(_ event: ConversationEvent) -> Int { all.count { $0.name == event.rawValue } }
    func reasons(_ event: ConversationEvent) -> [String] {
        all.filter { $0.name == event.rawValue }.compactMap { $0.attributes["reason"] }
    }
}
