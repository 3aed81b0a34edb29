import Foundation
import Orchestrator
import Persistence
import SpokenText
import Understanding

/// The agent that every channel talks to: one pack, one understanding, one set of tools, one store.
struct AgentRoom: Sendable {
    let domain: PreparedDomain
    let understanding: EmbeddedUnderstanding
    let tools: [any Tool]
    let store: any ConversationStore
    let events: any EventSink

    init(_ pack: DomainPack, tools: [any Tool], store: any ConversationStore, events: any EventSink) {
        (domain, understanding) = (PreparedDomain(pack), EmbeddedUnderstanding(pack: pack))
        (self.tools, self.store, self.events) = (tools, store, events)
    }

    func conversation(
        _ session: String, channel: Channel, facts: [Fact] = [], userID: String? = nil, restoring stored: StoredConversation? = nil
    ) -> Conversation {
        Conversation(
            id: session, channel: channel, domain: domain, understanders: [understanding], tools: tools, store: store, events: events,
            facts: facts, userID: userID, restoring: stored)
    }
}
