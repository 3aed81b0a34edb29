import Orchestrator

import struct Foundation.UUID

extension ChatEvent.Message {
    init(_ reply: Reply, messageID: String, replyTo: String?, traceID: String, latency: Duration) {
        let next: Next =
            switch reply.then {
            case .listen: .listen
            case .handoff: .handoff
            case .end: .end
            }
        self.init(
            messageID: messageID, role: .assistant, text: reply.text, replyTo: replyTo, agent: reply.agent, intent: reply.decision.intent,
            confidence: reply.decision.confidence, source: reply.isStale ? Self.cancelled : reply.source, latency: latency, traceID: traceID,
            next: next, slots: reply.slots)
    }

    /// What somebody typed, or said on the phone.
    public static func user(_ message: ChatRequest.Message, messageID: String, traceID: String, source: String = "user") -> Self {
        Self(
            messageID: messageID, role: .user, text: message.text, replyTo: message.id, agent: "", intent: "", confidence: 1, source: source,
            latency: .zero, traceID: traceID, next: .listen, slots: [:])
    }

    /// Stands in for the answer to a message that was taken back before anybody looked at it.
    static func cancelled(_ message: ChatRequest.Message, messageID: String) -> Self {
        Self(
            messageID: messageID, role: .assistant, text: "", replyTo: message.id, agent: "", intent: Decision.outOfScope, confidence: 0,
            source: cancelled, latency: .zero, traceID: message.traceID ?? UUID().uuidString.lowercased(), next: .listen, slots: [:])
    }
}
