import CoreMetrics
import Orchestrator
import Telemetry
import Testing

@Suite("Lifecycle events are counted as decisions: fallbacks, hand-overs, tiers, writes that failed")
struct LifecycleMetricsTests {
    let registry: PrometheusRegistry
    let metrics: LifecycleMetrics
    init() throws {
        registry = try PrometheusRegistry(LifecycleMetrics.metrics)
        metrics = LifecycleMetrics(agents: ["reception", "billing"], factory: registry)
    }
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        ExpositionChecker(registry.render()).value("gateway_\(name)", labels)
    }

    @Test("names, units, help", arguments: LifecycleMetrics.metrics + WebhookSender.metrics + CallbackSink.metrics)
    func conventions(declaration: MetricDeclaration) {
        #expect(declaration.problems == [] && declaration.conventionProblems == [])
    }

    @Test("all that has no agent in it is there from the start, at nothing")
    func start() {
        #expect(value("fallbacks_total") == 0 && value("state_sync_failures_total") == 0)
        for outcome in ["escalated", "blocked", "lowered"] { #expect(value("tier_escalations_total", ["outcome": outcome]) == 0) }
    }

    @Test(
        "each event counts where it belongs, and only there",
        arguments: [
            ("decision.fallback", "fallbacks_total", [:]), ("store.failed", "state_sync_failures_total", [:]),
            ("tier.performed", "tier_escalations_total", ["outcome": "escalated"]), ("tier.refused", "tier_escalations_total", ["outcome": "blocked"]),
            ("tier.lowered", "tier_escalations_total", ["outcome": "lowered"]),
        ] as [(String, String, [String: String])])
    func counts(event: String, name: String, labels: [String: String]) {
        metrics.emit(LifecycleEvent(event, subject: "S"))
        metrics.emit(LifecycleEvent("turn.completed", subject: "S"))
        #expect(value(name, labels) == 1)
        let all = ExpositionChecker(registry.render()).samples.filter { $0.name.hasPrefix("gateway_") }
        #expect(all.reduce(0) { $0 + $1.value } == 1)
    }

    @Test("agents are labels if the pack has them; whatever else comes is `other`")
    func agents() {
        for (from, to) in [("reception", "billing"), ("reception", "billing"), ("billing", "reception")] {
            metrics.emit(LifecycleEvent("agent.transition", subject: "S", ["from": from, "to": to]))
        }
        for number in 0..<100 { metrics.emit(LifecycleEvent("agent.transition", subject: "S", ["from": "x\(number)", "to": "billing"])) }
        #expect(value("agent_transitions_total", ["from": "reception", "to": "billing"]) == 2)
        #expect(value("agent_transitions_total", ["from": "billing", "to": "reception"]) == 1)
        #expect(value("agent_transitions_total", ["from": "other", "to": "billing"]) == 100)
    }

    @Test("a pack of a hundred agents makes no more series than sixteen and `other` can")
    func bounded() {
        let names = (0..<100).map { "agent\($0)" }
        let metrics = LifecycleMetrics(agents: names, factory: registry)
        for from in names { for to in names { metrics.emit(LifecycleEvent("agent.transition", subject: "S", ["from": from, "to": to])) } }
        let series = ExpositionChecker(registry.render()).samples.filter { $0.name == "gateway_agent_transitions_total" }
        #expect(series.count == 17 * 17)
    }
}
