import struct Foundation.Date

/// One turn in the making: a copy of the state, and what would become of it. Thrown away as a whole when the turn is superseded.
struct TurnWork: Sendable {
    let generation: Int
    let channel: Channel
    /// As the caller said it; empty for silence and follow-ups.
    let text: String
    let confidence: Double
    let traceID: String?
    /// On the conversation's clock.
    let arrived: Duration, deadline: Duration

    var state: ConversationState
    var decision = Decision(intent: Decision.outOfScope, confidence: 0, nextAction: .answer)
    var source = "system"
    /// Of the prompt that a model decided with.
    var promptVersion: String?
    var decisionTime = Duration.zero
    /// The engine's own words, for what the pack has none.
    var directAnswer: OwnWords?
    /// What of the reply is still being written.
    var rest: OwnWords?
    /// Sentences of the reply, in order.
    var parts: [String] = []
    var slots: [String: String] = [:]
    var isPending = false
    var changedFacts: Set<String> = []
    var tickets: [TicketChange] = []
    var transitions: [AgentHandover] = []
    var records: [ToolCallRecord] = []
    /// Emitted when the turn is taken over.
    var events: [LifecycleEvent] = []

    var replyText: String { parts.filter { !$0.isEmpty }.joined(separator: " ") }

    mutating func set(_ fact: Fact) {
        guard state.facts[fact.key] != fact else { return }
        state.facts[fact.key] = fact
        changedFacts.insert(fact.key)
    }

    /// The caller is with another agent from here on.
    mutating func note(_ step: AgentHandover, _ event: LifecycleEvent) {
        transitions.append(step)
        events.append(event)
        (state.agent, state.phrasing.agent) = (step.to, step.to)
    }

    /// The last change of a ticket counts.
    mutating func change(ticket id: String, of workflow: String, to ticket: TicketChange.State) {
        tickets.removeAll { $0.id == id }
        tickets.append(TicketChange(id: id, workflow: workflow, state: ticket))
    }

    func commit(session: String, at date: Date, facts unsaved: Set<String>) -> TurnCommit {
        var commit = TurnCommit(
            session: session, generation: generation, channel: channel, at: date, userText: text, replyText: replyText,
            decision: decision,
            source: source, agent: state.agent, facts: changedFacts.union(unsaved).sorted().compactMap { state.facts[$0] },
            ticket: tickets.last, toolCalls: records)
        commit.otherTickets = Array(tickets.dropLast())
        commit.transitions = transitions
        commit.traceID = traceID
        return commit
    }
}
