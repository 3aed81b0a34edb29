import Foundation
import GatewayTesting
import Orchestrator
import Synchronization
import TextChannel

/// A chat service over a pack of three wishes: `hours` is answered at once, `order` asks for a size and calls a tool, `slow` hangs in
/// the engine until it is let go.
final class Chat: Sendable {
    let clock = ManualClock()
    let store = MemoryStore()
    let gate = Gate()
    let tool: GatedTool
    let handoffs: HandoffDesk
    let sessions: ChatSessions

    /// - Parameter engine: stands in for ``Words``.
    init(store: MemoryStore? = nil, engine: (any Understander)? = nil, _ change: (inout ChatSettings) -> Void = { _ in }) {
        let store = store ?? self.store
        var settings = ChatSettings()
        settings.messagesPerMinute = 60
        change(&settings)
        let (clock, gate, tool) = (clock, gate, GatedTool())
        self.tool = tool
        let handoffs = HandoffDesk(store: store, events: NoEvents(), patience: .seconds(120), clock: clock)
        self.handoffs = handoffs
        let domain = PreparedDomain(Self.pack)
        let (enabled, isStoreUp) = (Enabled(), Enabled())
        (self.enabled, self.isStoreUp) = (enabled, isStoreUp)
        sessions = ChatSessions(
            ChatServices(
                settings: settings, greeting: domain.greeting, store: store, handoffs: handoffs, clock: clock,
                isAgentEnabled: { enabled.value.load(ordering: .relaxed) }, isStoreUp: { isStoreUp.value.load(ordering: .relaxed) },
                openConversation: { id, userID, stored in
                    Conversation(
                        id: id, channel: .chat, context: ConversationContext(domain, tools: [tool]), understanders: [engine ?? Words(gate: gate)], store: store,
                        clock: clock,
                        userID: userID, restoring: stored)
                }))
    }

    final class Enabled: Sendable { let value = Atomic<Bool>(true) }
    let enabled: Enabled, isStoreUp: Enabled

    /// A session with one device on it.
    func open() async throws -> (session: ChatSession, device: Device) {
        let session = try await sessions.open()
        let device = Device()
        try await session.attach(device, isResumed: false)
        return (session, device)
    }

    static let pack = DomainPack(
        name: "test", organisation: "Acme", agents: [AgentDefinition(name: "reception", role: "answers")],
        intents: [
            IntentDefinition(name: "hours", answer: "We open at nine. We close at five!", examples: ["hours"]),
            IntentDefinition(name: "order", workflow: "order", examples: ["order"]),
        ],
        tools: [ToolDefinition(name: "place", required: ["size"], outcomes: ["ok": ["number"]], hasSideEffects: true, timeout: .seconds(30))],
        workflows: [
            WorkflowDefinition(
                name: "order", title: "order",
                steps: [
                    WorkflowStep(
                        id: "size", action: .ask(AskStep(slot: "size", type: .choice, question: ["Which size?"], options: ["small", "large"]))),
                    WorkflowStep(id: "place", action: .call(CallStep(tool: "place", arguments: ["size": "{size}"], save: "placed"))),
                    WorkflowStep(id: "done", action: .say(SayStep(text: ["Order {placed.number} is placed."]))),
                ])
        ],
        phrases: Phrases(Dictionary(uniqueKeysWithValues: Phrases.Key.allCases.map { ($0, ["Phrase \($0.rawValue)."]) })))
}

/// Understands by single words.
struct Words: Understander {
    let name = "embedded"
    let gate: Gate
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
        if text == "slow" { await gate.pass() }
        func decision(_ intent: String = Decision.outOfScope, _ act: DialogueAct? = nil, _ entities: [Entity] = []) -> Decision {
            Decision(intent: intent, confidence: 0.9, act: act, entities: entities, nextAction: intent == "order" ? .runWorkflow : .answer)
        }
        switch text {
        case "hours", "slow": return decision("hours")
        case "order": return decision("order")
        case "small", "large": return decision(Decision.outOfScope, nil, [Entity(type: "choice", value: text, text: text)])
        case "bye": return decision(Decision.outOfScope, .goodbye)
        case "person": return decision(Decision.outOfScope, .person)
        default: return decision()
        }
    }
}

/// Answers in words that come when the test writes them.
final class Writer: Understander {
    let name = "llm.test"
    private let words = AsyncStream.makeStream(of: String.self)
    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
        Decision(intent: Decision.outOfScope, confidence: 0.9, nextAction: .answer)
    }
    func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
        Advice(try await decide(text, in: context), answer: "Yes, we do.", rest: Remainder(words.stream))
    }
    func write(_ words: String) { self.words.continuation.yield(words) }
    func finish() { words.continuation.finish() }
}

/// A tool that answers when it is let go.
final class GatedTool: Tool {
    let name = "place", hasSideEffects = true
    let gate = Gate(isOpen: true)
    func run(_ call: ToolCall) async throws(ToolError) -> ToolResult {
        await gate.pass()
        return ToolResult(values: ["number": "17"])
    }
}

/// Lets nobody pass until it is opened.
final class Gate: Sendable {
    private let state: Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>
    init(isOpen: Bool = false) { state = Mutex((isOpen, [])) }
    var waiting: Int { state.withLock { $0.waiting.count } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let mayPass = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if mayPass { continuation.resume() }
        }
    }
    func close() { state.withLock { $0.isOpen = false } }
    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Keeps what a session told it, and lets a test wait for what comes.
final class Device: ChatDevice {
    private struct State {
        var events: [ChatEvent] = []
        var read = 0
        var waiting: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())
    var events: [ChatEvent] { state.withLock { $0.events } }

    func deliver(_ event: ChatEvent) {
        let waiting = state.withLock { state in
            state.events.append(event)
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// The next event that has not been read yet and fits; those before it count as read.
    func next<Found: Sendable>(_ find: (ChatEvent) -> Found?) async -> Found {
        while true {
            let found = state.withLock { state -> Found? in
                while state.read < state.events.count {
                    state.read += 1
                    if let found = find(state.events[state.read - 1]) { return found }
                }
                return nil
            }
            if let found { return found }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.read == state.events.count else { return true }
                    state.waiting = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    func message() async -> ChatEvent.Message { await next { if case .message(let message) = $0, message.role == .assistant { message } else { nil } } }
    func error() async -> ChatError { await next { if case .error(let error) = $0 { error } else { nil } } }
    func handoff() async -> HandoffRecord.State { await next { if case .handoff(let state) = $0 { state } else { nil } } }
    func progress() async -> ChatEvent.Progress { await next { if case .progress(let progress) = $0 { progress } else { nil } } }
}

/// A store in memory that outlives the service above it.
final class MemoryStore: ConversationStore {
    private struct State {
        var sessions: [String: SessionRecord] = [:]
        var turns: [TurnCommit] = []
        var ends: [String: String] = [:]
        var handoffs: [HandoffRecord] = []
        var feedback: [FeedbackRecord] = []
    }
    private let state = Mutex(State())
    var turns: [TurnCommit] { state.withLock { $0.turns } }
    var handoffs: [HandoffRecord] { state.withLock { $0.handoffs } }
    var feedback: [FeedbackRecord] { state.withLock { $0.feedback } }

    func forget() { state.withLock { $0.turns = [] } }
    func begin(_ session: SessionRecord) async throws { state.withLock { $0.sessions[session.id] = session } }
    func commit(_ turn: TurnCommit) async throws { state.withLock { $0.turns.append(turn) } }
    func end(session: String, reason: String, at: Date) async throws { state.withLock { $0.ends[session] = reason } }
    func save(_ handoff: HandoffRecord) async throws { state.withLock { $0.handoffs.append(handoff) } }
    func save(_ feedback: FeedbackRecord) async throws { state.withLock { $0.feedback.append(feedback) } }
    func conversation(_ session: String) async throws -> StoredConversation? {
        state.withLock { state in
            guard let record = state.sessions[session] else { return nil }
            let turns = state.turns.filter { $0.session == session }
            return StoredConversation(
                record: record, generation: turns.last?.generation ?? 0, snapshot: turns.last?.snapshot, endReason: state.ends[session],
                messages: turns.flatMap { turn in
                    [(StoredMessage.Role.user, turn.userText), (.assistant, turn.replyText)].map {
                        StoredMessage(generation: turn.generation, role: $0.0, text: $0.1, at: turn.at, traceID: turn.traceID)
                    }
                })
        }
    }
}
