import Foundation
import Orchestrator
import Persistence
import SpokenText
import Understanding

/// The agent that every channel talks to: one pack, one chain of advisers, one set of tools, one store.
struct AgentRoom: Sendable {
    let domain: PreparedDomain
    let pool: ContextPool
    private let timing: Conversation.Timing
    /// The operator's own agent, asked before the others.
    let remote: (any RemoteAgent)?
    /// Asked in order; the embedded one comes last, and always answers.
    let understanders: [any Understander]
    let mayAnswerDirectly: @Sendable () -> Bool
    let decided: @Sendable (_ source: String, Duration) -> Void
    let store: any ConversationStore
    let events: any EventSink

    /// - Parameters:
    ///   - pool: conversations that are made ahead.
    ///   - remoteTime: for a whole answer of the operator's agent; its client watches over the single events.
    init(
        _ pack: DomainPack, pool: Int, remoteTime: Duration, remote: (any RemoteAgent)?, models: [any Understander],
        mayAnswerDirectly: @escaping @Sendable () -> Bool,
        decided: @escaping @Sendable (_ source: String, Duration) -> Void, tools: [any Tool], store: any ConversationStore, events: any EventSink
    ) {
        let domain = PreparedDomain(pack)
        (self.domain, understanders) = (domain, models + [EmbeddedUnderstanding(pack: pack)])
        self.pool = ContextPool(capacity: pool) { ConversationContext(domain, tools: tools) }
        var timing = Conversation.Timing()
        timing.betweenRemoteEvents = remoteTime
        timing.longestReply = max(timing.longestReply, remoteTime)
        self.timing = timing
        (self.remote, self.mayAnswerDirectly, self.decided) = (remote, mayAnswerDirectly, decided)
        (self.store, self.events) = (store, events)
    }

    func conversation(
        _ session: String, channel: Channel, facts: [Fact] = [], userID: String? = nil, restoring stored: StoredConversation? = nil
    ) -> Conversation {
        Conversation(
            id: session, channel: channel, context: pool.take(), remote: remote, understanders: understanders, store: store, events: events,
            facts: facts, userID: userID, timing: timing, mayAnswerDirectly: mayAnswerDirectly, decided: decided, restoring: stored)
    }
}
