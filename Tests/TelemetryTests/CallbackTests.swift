import CoreMetrics
import Foundation
import GatewayTesting
import Orchestrator
import Telemetry
import Testing

@Suite("Callbacks in Swift: told in order by a task of their own, what they do not want left out", .timeLimit(.minutes(1)))
struct CallbackTests {
    static let at = Date(timeIntervalSince1970: 1_773_144_000)
    static let step = [
        "session": "chat-1", "from": "basic", "to": "standard", "agent": "sales", "score": "0.75", "cost_micro": "-900", "budget_passed": "true",
        "reason": "qualification 0.75 at threshold 0.7",
    ]
    static func escalation(_ outcome: TierEscalationNotice.Outcome) -> CallbackNotice {
        .tierEscalation(
            TierEscalationNotice(
                call: "call-1", session: "chat-1", fromTier: "basic", toTier: "standard", triggerAgent: "sales", qualificationScore: 0.75,
                costImpactMicroDollars: -900, budgetCheckPassed: true, outcome: outcome, reason: "qualification 0.75 at threshold 0.7", at: at))
    }
    static func workflow(_ outcome: WorkflowCompleteNotice.Outcome) -> CallbackNotice {
        .workflowComplete(
            WorkflowCompleteNotice(session: "S", workflow: "change_plan", ticket: "S-1", outcome: outcome, slots: ["phone", "plan"], at: at))
    }

    static let transition = LifecycleEvent(
        "agent.transition", subject: "S", ["from": "a", "to": "b", "reason": "workflow:w", "duration_ms": "0.012", "context": "workflow=w;slots=;facts=2"])
    static let ended = ["workflow": "change_plan", "ticket": "S-1", "slots": "phone,plan"]

    @Test(
        "what an event tells",
        arguments: [
            (
                transition,
                .agentTransition(
                    AgentTransitionNotice(
                        session: "S", from: "a", to: "b", trigger: "workflow:w", at: at, duration: .microseconds(12), context: "workflow=w;slots=;facts=2"))
            ),
            (LifecycleEvent("tier.performed", subject: "call-1", step), escalation(.escalated)),
            (LifecycleEvent("tier.refused", subject: "call-1", step), escalation(.blocked)),
            (LifecycleEvent("tier.lowered", subject: "call-1", step), escalation(.lowered)),
            (LifecycleEvent("workflow.completed", subject: "S", ended), workflow(.completed)),
            (LifecycleEvent("workflow.abandoned", subject: "S", ended), workflow(.abandoned)),
            (LifecycleEvent("workflow.handed_off", subject: "S", ended), workflow(.handedOff)),
        ] as [(LifecycleEvent, CallbackNotice)])
    func reads(event: LifecycleEvent, notice: CallbackNotice) { #expect(CallbackNotice(event, at: Self.at) == notice) }

    @Test(
        "nothing, and numbers that are none",
        arguments: ["turn.completed", "workflow.started", "workflow.parked", "tier.", "tier.other", "agent", ""])
    func ignores(name: String) {
        #expect(CallbackNotice(LifecycleEvent(name, subject: "S"), at: Self.at) == nil)
        for text in ["nan", "inf", "-1", "1e300", "x"] {
            let event = LifecycleEvent("agent.transition", subject: "S", ["duration_ms": text])
            #expect(CallbackNotice(event, at: Self.at) != nil)
            #expect(CallbackNotice(LifecycleEvent("tier.lowered", subject: "S", ["score": text, "cost_micro": text]), at: Self.at) != nil)
        }
    }

    @Test("in order; a callback that was left out does nothing")
    func order() async throws {
        let callbacks = Recorder()
        let sink = CallbackSink(callbacks, now: { Self.at })
        for number in 1...3 {
            sink.emit(LifecycleEvent("agent.transition", subject: "S\(number)", ["from": "a", "to": "b"]))
            sink.emit(LifecycleEvent("workflow.completed", subject: "S\(number)", ["workflow": "w"]))
            sink.emit(LifecycleEvent("tier.lowered", subject: "S\(number)"))
        }
        await sink.close(within: .seconds(10))
        #expect(await callbacks.heard == ["S1 b", "S1 w", "S2 b", "S2 w", "S3 b", "S3 w"])
    }

    @Test("what is too slow loses the oldest, counted, and holds nobody up; one that hangs does not hold up the end")
    func slow() async throws {
        let registry = try PrometheusRegistry(CallbackSink.metrics)
        let clock = ManualClock(), callbacks = Hanging()
        let sink = CallbackSink(callbacks, capacity: 2, factory: registry, clock: clock, now: { Self.at })
        sink.emit(LifecycleEvent("workflow.completed", subject: "S0"))
        await callbacks.isCalled()
        for number in 1...5 { sink.emit(LifecycleEvent("workflow.completed", subject: "S\(number)")) }
        #expect(ExpositionChecker(registry.render()).value("gateway_callbacks_dropped_total") == 3)
        async let closed: Void = sink.close(within: .seconds(1))
        while clock.sleeperCount == 0, !Task.isCancelled { await Task.yield() }
        clock.advance(by: .seconds(1))
        await closed
        await callbacks.letGo()
    }
}

private actor Recorder: GatewayCallbacks {
    var heard: [String] = []
    func onAgentTransition(_ notice: AgentTransitionNotice) { heard.append("\(notice.session) \(notice.to)") }
    func onWorkflowComplete(_ notice: WorkflowCompleteNotice) { heard.append("\(notice.session) \(notice.workflow)") }
}

/// Comes back when it is let go, cancelled or not.
private actor Hanging: GatewayCallbacks {
    private var calls: [CheckedContinuation<Void, Never>] = []
    private var caller: CheckedContinuation<Void, Never>?
    private var isOver = false
    func onWorkflowComplete(_ notice: WorkflowCompleteNotice) async {
        guard !isOver else { return }
        await withCheckedContinuation {
            calls.append($0)
            caller?.resume()
            caller = nil
        }
    }
    func isCalled() async { if calls.isEmpty { await withCheckedContinuation { caller = $0 } } }
    func letGo() {
        isOver = true
        for call in calls { call.resume() }
        calls = []
    }
}
