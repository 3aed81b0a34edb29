import Foundation
import Orchestrator
import TextChannel

/// A conversation as the API shows it.
struct SessionView: Encodable {
    struct Expecting: Encodable { var name: String, type: String, options: [String] }
    struct Handoff: Encodable {
        var id: String, state: String, reason: String, summary: String, requestedAt: Date, updatedAt: Date
        init(_ record: HandoffRecord) {
            (id, state, reason, summary) = (record.id, record.state.rawValue, record.reason, record.summary)
            (requestedAt, updatedAt) = (record.requestedAt, record.updatedAt)
        }
    }
    /// The last decision, and who advised it.
    struct Why: Encodable {
        var messageId: String, intent: String, confidence: Double, act: String?, nextAction: String, workflow: String?, source: String
        var agent: String, decisionMs: Double, entities: [Entity]
        init(_ reply: Reply, messageID: String) {
            (messageId, intent, confidence) = (messageID, reply.decision.intent, reply.decision.confidence)
            (act, nextAction, workflow) = (reply.decision.act?.rawValue, reply.decision.nextAction.rawValue, reply.decision.workflow)
            (source, agent, decisionMs, entities) = (reply.source, reply.agent, reply.decisionTime.tenths, reply.decision.entities)
        }
    }
    enum State: String, Encodable {
        case open
        case handedOff = "handed_off"
        case ended
    }

    var sessionId: String
    var channel: String
    var state: State
    var userId: String?
    var startedAt: Date
    var endReason: String?
    var agent: String?, workflow: String?, ticket: String?
    var expecting: Expecting?
    /// Slots of the workflow in progress.
    var slots: [String: String]
    /// 0…1: what the conversation is worth to a better voice.
    var qualification: Double?
    var costMicro: Int
    var lastDecision: Why?
    var handoff: Handoff?
    var messages: [ChatMessageJSON]

    /// What the store knows.
    init(_ stored: StoredConversation, costMicro: Int) {
        (sessionId, channel, userId) = (stored.record.id, stored.record.channel.rawValue, stored.record.userID)
        (startedAt, endReason) = (stored.record.startedAt, stored.endReason)
        state = stored.endReason == nil ? .open : .ended
        slots = [:]
        self.costMicro = costMicro
        handoff = stored.handoff.map(Handoff.init)
        messages = stored.messages.map(ChatMessageJSON.init)
    }

    /// A session in memory that the store does not know yet, or cannot tell of.
    init(unsaved id: String, startedAt: Date) {
        (sessionId, channel, state, self.startedAt, slots, costMicro, messages) = (id, Channel.chat.rawValue, .open, startedAt, [:], 0, [])
    }

    /// Adds what only the living conversation knows: also what the store does not have yet.
    mutating func add(_ session: ChatSession) async {
        messages = await session.messages.map(ChatMessageJSON.init)
        if let (reply, message) = await session.lastAnswer { lastDecision = Why(reply, messageID: message.messageID) }
        guard let conversation = await session.currentConversation() else { return }
        (agent, workflow, ticket) = (await conversation.agent, await conversation.workflow, await conversation.ticket)
        expecting = await conversation.expecting.map { Expecting(name: $0.name, type: $0.type.rawValue, options: $0.options) }
        (slots, qualification) = (await conversation.slots, await conversation.qualification.score)
        if case .handoff = await conversation.closed { state = .handedOff }
    }
}

/// A session that was just opened.
struct OpenedSessionView: Encodable { var sessionId: String, greeting: String, userId: String? }

/// The answer to a message, with the session it belongs to.
struct AnswerView: Encodable {
    var session: String
    var message: ChatEvent.Message
    private enum Keys: String, CodingKey { case sessionId }
    func encode(to encoder: any Encoder) throws {
        try ChatEvent.message(message).encode(to: encoder)
        var fields = encoder.container(keyedBy: Keys.self)
        try fields.encode(session, forKey: .sessionId)
    }
}
