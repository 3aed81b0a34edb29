import Orchestrator
import Testing

@Suite("A turn is answered by its deadline, whatever engines, tools and store do", .timeLimit(.minutes(1)))
struct DeadlineTests {
    @Test("An engine that hangs for ever, deaf to cancellation, costs its share of the time; the next one answers")
    func hangingEngine() async {
        let gate = Gate()
        let call = TestCall(understanders: [ScriptedUnderstander.hanging("primary", at: gate), Phrasebook()])
        async let reply = call.turn("How much data do I have?", within: .seconds(1))
        await call.clock.sleeper(until: .milliseconds(600))
        call.clock.advance(by: .milliseconds(600))
        let answer = await reply
        #expect(answer.source == "embedded")
        #expect(answer.text.hasPrefix("You have 5.8 GB left."))
        #expect(answer.decisionTime == .milliseconds(600))
        #expect(call.events.reasons(.engineFailed) == ["timed_out"])
        gate.open()
    }

    @Test("When all engines hang the pack's fallback is said, marked as such, before the deadline")
    func allHang() async {
        let gate = Gate()
        let call = TestCall(understanders: [
            ScriptedUnderstander.hanging("primary", at: gate), ScriptedUnderstander.hanging("secondary", at: gate),
        ])
        async let reply = call.turn("How much data do I have?", within: .seconds(1))
        await call.clock.sleeper(until: .milliseconds(600))
        call.clock.advance(by: .milliseconds(600))
        await call.clock.sleeper(until: .milliseconds(950))
        call.clock.advance(by: .milliseconds(350))
        let answer = await reply
        #expect(answer.source == Reply.fallback)
        #expect(answer.text == "Sorry, that took too long.")
        #expect(answer.then == .listen(nil))
        #expect(call.clock.now.offset < .seconds(1))
        #expect(call.events.count(.decisionFallback) == 1)
        gate.open()
    }

    @Test("An engine with two calls that hang is not asked a third time")
    func busyEngine() async {
        let gate = Gate()
        let call = TestCall(understanders: [ScriptedUnderstander.hanging("primary", at: gate), Phrasebook()])
        for turn in 1...2 {
            async let reply = call.turn("hello", within: .seconds(1))
            await call.clock.sleeper(until: .milliseconds(600 * turn))
            call.clock.advance(by: .milliseconds(600))
            #expect(await reply.text == "Hello! What can I do for you?")
        }
        // Nobody moves the clock: only because the hanging engine is left out is there an answer.
        #expect(await call.turn("hello").text == "Hello! What can I do for you?")
        #expect(gate.arrivals == 2)
        #expect(call.events.reasons(.engineFailed) == ["timed_out", "timed_out", "busy"])
        gate.open()
    }

    @Test("Advice that breaks the rules, and an engine that throws, lead to the next engine")
    func nextEngine() async {
        let engines: [any Understander] = [
            ScriptedUnderstander("liar") { _, _ in Decision(intent: "free_phones", confidence: 1, nextAction: .runWorkflow) },
            ScriptedUnderstander("broken") { _, _ in throw Broken() },
            Phrasebook(),
        ]
        let call = TestCall(understanders: engines)
        #expect(await call.turn("How much data do I have?").source == "embedded")
        #expect(call.events.reasons(.decisionRejected) == ["unknown_intent"])
        #expect(call.events.reasons(.engineFailed) == ["failed"])
    }

    @Test("A model that makes up a value is not believed: the next engine is asked")
    func invention() async {
        let liar = ScriptedUnderstander("liar") { _, _ in
            Decision(
                intent: "change_plan", confidence: 1, entities: [Entity(type: "plan", value: "Traveler", text: "traveler")],
                workflow: "change_plan", nextAction: .runWorkflow)
        }
        let call = TestCall(understanders: [liar, Phrasebook()])
        #expect(await call.turn("How much data do I have?").source == "embedded")
        #expect(call.events.reasons(.decisionRejected) == ["unspoken_value"])
    }

    @Test("A model that says yes for the caller does nothing: whether they agreed is for the last engine alone")
    func consent() async {
        let liar = ScriptedUnderstander("liar") { _, _ in
            Decision(
                intent: "change_plan", confidence: 1, act: .yes,
                entities: [Entity(type: "plan", value: "Traveler", text: "games"), Entity(type: "confirmation", value: "yes", text: "do")],
                workflow: "change_plan", nextAction: .runWorkflow)
        }
        let call = TestCall(understanders: [liar, Phrasebook()])
        #expect(await call.says("do you play any games") == "Traveler is $20.00 a month. Shall I?")
        for _ in 0..<2 { await call.says("do you play any games") }
        #expect(call.changePlan.calls.isEmpty)
    }

    @Test("A reading tool that is slow is announced, and its answer comes with the next turn")
    func slowTool() async {
        let gate = Gate()
        let slow = ScriptedTool("get_usage") { _ in
            await gate.pass()
            return ToolResult(values: ["data_left_mb": "900", "unlimited": "false", "resets_on": "2026-04-01"])
        }
        let call = TestCall(tools: [slow])
        async let first = call.turn("How much data do I have?", within: .seconds(1))
        await gate.reached()
        call.clock.advance(by: .milliseconds(850))
        let announced = await first
        #expect(announced.text == "One moment.")
        #expect(announced.isPending)
        gate.open()
        let told = await call.conversation.followUp(generation: 2, channel: .voice, within: .seconds(1))
        #expect(told.text == "You have 900 MB left. It resets on April 1st. Anything else?")
        #expect(slow.calls.count == 1)
        #expect(call.store.turns.last?.ticket?.state == .done)
    }

    @Test("A tool that outlives its own time is given up, and a person takes over")
    func toolExpires() async {
        let gate = Gate()
        let stuck = ScriptedTool("get_usage") { _ in
            await gate.pass()
            return ToolResult()
        }
        let call = TestCall(tools: [stuck])
        async let first = call.turn("How much data do I have?", within: .seconds(1))
        await gate.reached()
        call.clock.advance(by: .seconds(10))
        #expect(await first.then == .handoff(reason: "tool_failed"))
        #expect(call.store.turns.last?.toolCalls.last?.outcome == .timedOut)
        gate.open()
    }

    @Test("A store that hangs costs a quarter of a second; the conversation goes on in memory")
    func hangingStore() async {
        let gate = Gate()
        let call = TestCall(store: RecordingStore { _ in await gate.pass() })
        async let first = call.turn("Change my plan", within: .seconds(1))
        await call.clock.sleeper(until: .milliseconds(250))
        call.clock.advance(by: .milliseconds(250))
        #expect(await first.text == "Which plan would you like?")
        #expect(call.events.reasons(.storeFailed) == ["timed_out"])
        gate.open()
        #expect(await call.says("Traveler") == "Traveler is $20.00 a month. Shall I?")
    }
}
