public import struct Foundation.Date

/// Where conversations are kept. A turn is committed as a whole; once `commit` returns it survives the process.
public protocol ConversationStore: Sendable {
    /// Opens or reopens a conversation.
    func begin(_ session: SessionRecord) async throws
    /// Writes one turn: its messages, facts, decision and ticket in one transaction.
    func commit(_ turn: TurnCommit) async throws
    func end(session: String, reason: String, at: Date) async throws
    /// What a conversation left behind, so that it can go on after a restart.
    /// - Returns: `nil` when there is none of that id, or it was erased.
    func conversation(_ session: String) async throws -> StoredConversation?
    /// Writes where a hand-over to a person stands; one row a hand-over, the last state counts.
    func save(_ handoff: HandoffRecord) async throws
    func save(_ feedback: FeedbackRecord) async throws
}

/// A conversation as the store has it.
public struct StoredConversation: Sendable, Equatable {
    public var record: SessionRecord
    /// The newest turn; 0 when none was committed.
    public var generation: Int
    /// ``TurnCommit/snapshot`` of that turn; `nil` before the first, or when it was written by a version that kept none.
    public var snapshot: String?
    /// Why it ended; `nil` while it has not.
    public var endReason: String?
    /// Oldest first, at most the last 200.
    public var messages: [StoredMessage]
    /// The newest hand-over to a person.
    public var handoff: HandoffRecord?
    public init(
        record: SessionRecord, generation: Int, snapshot: String? = nil, endReason: String? = nil, messages: [StoredMessage] = [],
        handoff: HandoffRecord? = nil
    ) {
        (self.record, self.generation, self.snapshot, self.endReason) = (record, generation, snapshot, endReason)
        (self.messages, self.handoff) = (messages, handoff)
    }
}

/// One thing said, as the store has it.
public struct StoredMessage: Sendable, Equatable, Codable {
    public enum Role: String, Sendable, Codable { case user, assistant }
    public var generation: Int
    public var role: Role
    public var text: String
    public var at: Date
    public var traceID: String?
    public init(generation: Int, role: Role, text: String, at: Date, traceID: String? = nil) {
        (self.generation, self.role, self.text, self.at, self.traceID) = (generation, role, text, at, traceID)
    }
}

/// A caller's way to a person (FIELD 23).
public struct HandoffRecord: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case requested, queued, connected, declined
        case timedOut = "timed_out"
        case ended
    }
    public var id: String
    public var session: String
    public var state: State
    /// Why the caller is handed over, e.g. `asked_for_a_person`.
    public var reason: String
    /// ``HandoffSummary/text`` for the person who takes over: holds what the caller said, so it goes into no event and no log.
    public var summary: String
    public var requestedAt: Date
    public var updatedAt: Date
    public init(id: String, session: String, state: State, reason: String, summary: String = "", requestedAt: Date, updatedAt: Date) {
        (self.id, self.session, self.state, self.reason, self.summary) = (id, session, state, reason, summary)
        (self.requestedAt, self.updatedAt) = (requestedAt, updatedAt)
    }

    /// What was kept before there were summaries has none.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try fields.decode(String.self, forKey: .id), session: try fields.decode(String.self, forKey: .session),
            state: try fields.decode(State.self, forKey: .state), reason: try fields.decode(String.self, forKey: .reason),
            summary: try fields.decodeIfPresent(String.self, forKey: .summary) ?? "",
            requestedAt: try fields.decode(Date.self, forKey: .requestedAt), updatedAt: try fields.decode(Date.self, forKey: .updatedAt))
    }
}

/// What somebody thought of an answer.
public struct FeedbackRecord: Sendable, Equatable, Codable {
    public var session: String
    /// The turn whose answer is meant.
    public var generation: Int
    /// As it was given; its scale is the operator's.
    public var score: Double
    public var comment: String?
    public var at: Date
    public init(session: String, generation: Int, score: Double, comment: String? = nil, at: Date) {
        (self.session, self.generation, self.score, self.comment, self.at) = (session, generation, score, comment, at)
    }
}

public struct SessionRecord: Sendable, Equatable, Codable {
    public var id: String
    public var channel: Channel
    public var startedAt: Date
    public var facts: [Fact]
    /// The operator's name for the person, if the client gave one.
    public var userID: String?
    public init(id: String, channel: Channel, startedAt: Date, facts: [Fact], userID: String? = nil) {
        (self.id, self.channel, self.startedAt, self.facts, self.userID) = (id, channel, startedAt, facts, userID)
    }
}

public enum Channel: String, Sendable, Codable { case voice, chat }

/// One thing the conversation knows.
public struct Fact: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable { case stable, volatile }
    public var key: String
    public var value: String
    public var kind: Kind
    /// Who said so: `caller`, `carrier`, `lead`, or a tool's name.
    public var source: String
    public var confidence: Double
    public init(key: String, value: String, kind: Kind = .stable, source: String, confidence: Double = 1) {
        (self.key, self.value, self.kind, self.source, self.confidence) = (key, value, kind, source, confidence)
    }
}

/// All that one turn changes.
public struct TurnCommit: Sendable, Equatable, Codable {
    public var session: String
    /// Counts from 1 within the session.
    public var generation: Int
    public var channel: Channel
    public var at: Date
    public var userText: String
    public var replyText: String
    public var decision: Decision
    /// Who advised: `embedded`, a model's name, `fallback`.
    public var source: String
    public var agent: String
    /// New or changed in this turn.
    public var facts: [Fact]
    public var ticket: TicketChange?
    /// Further tickets, when a turn closes one workflow and opens another.
    public var otherTickets: [TicketChange] = []
    public var toolCalls: [ToolCallRecord]
    /// Agents that handed over to each other in this turn, in order.
    public var transitions: [AgentHandover] = []
    /// The client's own name for the turn, kept with it.
    public var traceID: String?
    /// Completes the turn of this generation, whose reply was still being written when it was committed: its text, agent and state take the
    /// place of what was written then; tickets and transitions are added.
    public var isCompletion: Bool {
        get { completes ?? false }
        set { completes = newValue }
    }
    /// Optional: what waits for the store since an earlier version has none.
    private var completes: Bool?
    /// The whole conversation after this turn, as JSON that only ``Conversation`` reads; it replaces that of the turn before.
    public var snapshot: String?
    public init(
        session: String, generation: Int, channel: Channel, at: Date, userText: String, replyText: String, decision: Decision,
        source: String, agent: String, facts: [Fact] = [], ticket: TicketChange? = nil, toolCalls: [ToolCallRecord] = []
    ) {
        (self.session, self.generation, self.channel, self.at) = (session, generation, channel, at)
        (self.userText, self.replyText, self.decision, self.source) = (userText, replyText, decision, source)
        (self.agent, self.facts, self.ticket, self.toolCalls) = (agent, facts, ticket, toolCalls)
    }
}

/// One agent handing the caller to another.
public struct AgentHandover: Sendable, Equatable, Codable {
    public var from: String
    public var to: String
    /// What made it, e.g. `workflow:change_plan`.
    public var reason: String
    public var duration: Duration
    /// What went along, without any value of the caller's: `workflow=billing_summary;slots=month;facts=4`.
    public var context: String
    public init(from: String, to: String, reason: String, duration: Duration, context: String = "") {
        (self.from, self.to, self.reason, self.duration, self.context) = (from, to, reason, duration, context)
    }

    /// Written by a version that did not keep the context, it has none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            from: try values.decode(String.self, forKey: .from), to: try values.decode(String.self, forKey: .to),
            reason: try values.decode(String.self, forKey: .reason), duration: try values.decode(Duration.self, forKey: .duration),
            context: try values.decodeIfPresent(String.self, forKey: .context) ?? "")
    }
}

/// A support case: one per workflow that was entered.
public struct TicketChange: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable { case open, done, abandoned, handedOff = "handed_off" }
    public var id: String
    public var workflow: String
    public var state: State
    public init(id: String, workflow: String, state: State) { (self.id, self.workflow, self.state) = (id, workflow, state) }
}

public struct ToolCallRecord: Sendable, Equatable, Codable {
    /// FIELD 15: each call ends in exactly one of these.
    public enum Outcome: String, Sendable, Codable { case succeeded, failed, timedOut = "timed_out", cancelled, abandoned }
    public var tool: String
    public var idempotencyKey: String
    public var outcome: Outcome
    public var duration: Duration
    public init(tool: String, idempotencyKey: String, outcome: Outcome, duration: Duration) {
        (self.tool, self.idempotencyKey, self.outcome, self.duration) = (tool, idempotencyKey, outcome, duration)
    }
}
