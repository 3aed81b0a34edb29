public import struct Foundation.Date

/// Where conversations are kept. A turn is committed as a whole; once `commit` returns it survives the process.
public protocol ConversationStore: Sendable {
    /// Opens or reopens a conversation.
    func begin(_ session: SessionRecord) async throws
    /// Writes one turn: its messages, facts, decision and ticket in one transaction.
    func commit(_ turn: TurnCommit) async throws
    func end(session: String, reason: String, at: Date) async throws
}

public struct SessionRecord: Sendable, Equatable, Codable {
    public var id: String
    public var channel: Channel
    public var startedAt: Date
    public var facts: [Fact]
    public init(id: String, channel: Channel, startedAt: Date, facts: [Fact]) {
        (self.id, self.channel, self.startedAt, self.facts) = (id, channel, startedAt, facts)
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
    public init(from: String, to: String, reason: String, duration: Duration) {
        (self.from, self.to, self.reason, self.duration) = (from, to, reason, duration)
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
