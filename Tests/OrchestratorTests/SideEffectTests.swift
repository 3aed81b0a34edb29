import Orchestrator
import Testing

@Suite("A tool with side effects runs once, whatever speech and time do (FIELD 15)", .timeLimit(.minutes(1)))
struct SideEffectTests {
    /// A change of plan that takes until the gate opens.
    private func slowChange(_ gate: Gate) -> ScriptedTool {
        ScriptedTool("change_plan", hasSideEffects: true) { call in
            await gate.pass()
            return ToolResult(values: ["plan": call.arguments["plan"] ?? "", "price_micro": "1", "effective_on": "2026-04-01"])
        }
    }

    @Test(
        "It outlives the deadline: the caller is told so, and the outcome is merged into the next turn",
        arguments: [
            "Is it done?", "", "Yes", "Family Share",
        ])
    func outlivesTheTurn(_ words: String) async {
        let gate = Gate()
        let change = slowChange(gate)
        let call = TestCall(tools: [change])
        await call.says("Change me to Traveler")
        async let confirmed = call.turn("Yes", within: .seconds(1))
        await gate.reached()
        call.clock.advance(by: .milliseconds(850))
        let told = await confirmed
        #expect(told.text == "I'm changing it now.")
        #expect(told.isPending)
        gate.open()
        await change.reached(1)
        let merged = await call.turn(words)
        #expect(merged.text == "Done. Traveler starts on April 1st. Anything else?")
        #expect(change.calls.count == 1)
        #expect(call.store.turns.last?.toolCalls.map(\.outcome) == [.succeeded])
        #expect(call.store.turns.last?.ticket?.state == .done)
    }

    @Test("Still at work at the next turn: said so, and not run again")
    func stillAtWork() async {
        let gate = Gate()
        let change = slowChange(gate)
        let call = TestCall(tools: [change])
        await call.says("Change me to Traveler")
        async let confirmed = call.turn("Yes", within: .seconds(1))
        await gate.reached()
        call.clock.advance(by: .milliseconds(850))
        _ = await confirmed
        async let impatient = call.turn("Hello?", within: .seconds(1))
        await call.clock.sleeper(until: .milliseconds(850 + 510))
        call.clock.advance(by: .milliseconds(510))
        #expect(await impatient.text == "Still working.")
        gate.open()
        #expect(await call.says("Well?").hasPrefix("Done."))
        #expect(change.calls.count == 1)
    }

    @Test("The turn that set it going is superseded: the next turn takes the outcome in, even if the caller now says no")
    func superseded() async {
        let gate = Gate()
        let change = slowChange(gate)
        let call = TestCall(tools: [change])
        await call.says("Change me to Traveler")
        async let confirmed = call.turn("Yes")
        await gate.reached()
        async let second = call.turn("No, wait")
        #expect(await confirmed.isStale)
        gate.open()
        #expect(await second.text == "Done. Traveler starts on April 1st. Anything else?")
        #expect(change.calls.count == 1)
        #expect(await call.conversation.facts.first { $0.key == "confirm" }?.value == "yes")
    }

    @Test("One that never comes back is abandoned after its own time, and a person takes over")
    func abandoned() async {
        let gate = Gate()
        let change = slowChange(gate)
        let call = TestCall(tools: [change])
        await call.says("Change me to Traveler")
        async let confirmed = call.turn("Yes", within: .seconds(1))
        await gate.reached()
        call.clock.advance(by: .seconds(11))
        let reply = await confirmed
        #expect(reply.then == .handoff(reason: "tool_failed"))
        #expect(call.store.turns.last?.toolCalls.map(\.outcome) == [.abandoned])
        gate.open()
    }

    @Test("The same wish twice in one conversation is two tickets and two keys")
    func twoWishes() async {
        let call = TestCall()
        for _ in 1...2 {
            await call.says("Change me to Traveler")
            await call.says("Yes")
        }
        #expect(Set(call.changePlan.calls.map(\.idempotencyKey)).count == 2)
        #expect(call.changePlan.calls.allSatisfy { $0.idempotencyKey.hasPrefix("call-") })
    }
}

extension ScriptedTool {
    /// For gates inside the tool: its calls were counted before it waits.
    func reached(_ count: Int) async { while calls.count < count { await Task.yield() } }
}
