import Foundation
import Orchestrator
import Persistence
import SpokenText
import Understanding

/// The agent that every channel talks to: one pack, one chain of advisers, one set of tools, one store.
struct AgentRoom: Sendable {
    let domain: PreparedDomain
    /// Asked in order; the embedded one comes last, and always answers.
    let understanders: [any Understander]
    let mayAnswerDirectly: @Sendable () -> Bool
    let decided: @Sendable (_ source: String, Duration) -> Void
    let tools: [any Tool]
    let store: any ConversationStore
    let events: any EventSink

    init(
        _ pack: DomainPack, models: [any Understander], mayAnswerDirectly: @escaping @Sendable () -> Bool,
        decided: @escaping @Sendable (_ source: String, Duration) -> Void, tools: [any Tool], store: any ConversationStore, events: any EventSink
    ) {
        (domain, understanders) = (PreparedDomain(pack), models + [EmbeddedUnderstanding(pack: pack)])
        (self.mayAnswerDirectly, self.decided) = (mayAnswerDirectly, decided)
        (self.tools, self.store, self.events) = (tools, store, events)
    }

    func conversation(
        _ session: String, channel: Channel, facts: [Fact] = [], userID: String? = nil, restoring stored: StoredConversation? = nil
    ) -> Conversation {
        Conversation(
            id: session, channel: channel, domain: domain, understanders: understanders, tools: tools, store: store, events: events,
            facts: facts, userID: userID, mayAnswerDirectly: mayAnswerDirectly, decided: decided, restoring: stored)
    }
}
