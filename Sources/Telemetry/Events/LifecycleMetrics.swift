public import CoreMetrics
public import Orchestrator
import Synchronization

/// Counts what lifecycle events tell about decisions: answers that were fallbacks, hand-overs between agents, steps on the ladder of
/// tiers, and turns that the store did not take.
public final class LifecycleMetrics: EventSink {
    /// Agents that are told apart; the others are `other`.
    public static let countedAgents = 16

    /// What to declare for the registry.
    public static let metrics = [
        MetricDeclaration("gateway_fallbacks_total", .counter, help: "Turns that nobody advised on in time: the caller heard a phrase."),
        MetricDeclaration("gateway_agent_transitions_total", .counter, help: "Hand-overs between agents.", labels: ["from", "to"]),
        MetricDeclaration(
            "gateway_state_sync_failures_total", .counter, help: "Writes of conversations and hand-overs that the store did not take in time."),
        MetricDeclaration(
            "gateway_tier_escalations_total", .counter, help: "Steps on the ladder of tiers: escalated, blocked by the budget, lowered.",
            labels: ["outcome"]),
    ]

    private let agents: Set<String>
    private let factory: any MetricsFactory
    private let fallbacks, syncFailures: Counter
    private let escalations: [TierEscalationNotice.Outcome: Counter]
    /// By pair of agents, made when they are first seen.
    private let transitions = Mutex<[String: Counter]>([:])

    /// - Parameter agents: of the domain pack; only these become labels.
    public init(agents: [String], factory: any MetricsFactory = MetricsSystem.factory) {
        (self.agents, self.factory) = (Set(agents.prefix(Self.countedAgents)), factory)
        fallbacks = Counter(label: "gateway_fallbacks_total", dimensions: [], factory: factory)
        syncFailures = Counter(label: "gateway_state_sync_failures_total", dimensions: [], factory: factory)
        // From the start, so that the first one is seen.
        let outcomes = TierEscalationNotice.Outcome.allCases.map { outcome in
            (outcome, Counter(label: "gateway_tier_escalations_total", dimensions: [("outcome", outcome.rawValue)], factory: factory))
        }
        escalations = Dictionary(uniqueKeysWithValues: outcomes)
    }

    public func emit(_ event: LifecycleEvent) {
        switch ConversationEvent(rawValue: event.name) {
        case .decisionFallback: fallbacks.increment()
        case .storeFailed: syncFailures.increment()
        case .agentTransition: counter(from: label(event.attributes["from"]), to: label(event.attributes["to"])).increment()
        case nil:
            if let outcome = TierEscalationNotice.Outcome(eventName: event.name) { escalations[outcome]?.increment() }
        default: break
        }
    }

    private func label(_ agent: String?) -> String { agent.flatMap { agents.contains($0) ? $0 : nil } ?? "other" }

    private func counter(from: String, to: String) -> Counter {
        transitions.withLock { transitions in
            let key = "\(from)>\(to)"
            if let known = transitions[key] { return known }
            let counter = Counter(label: "gateway_agent_transitions_total", dimensions: [("from", from), ("to", to)], factory: factory)
            transitions[key] = counter
            return counter
        }
    }
}
