import Orchestrator
import Testing

@Suite("A turn commits everything or nothing, and there is one reply a turn", .timeLimit(.minutes(1)))
struct TurnAtomicityTests {
    @Test("A newer turn supersedes one that is being worked on: nothing of the old one remains")
    func supersedes() async {
        let gate = Gate()
        let slow = ScriptedUnderstander("embedded") { text, context in
            if text.contains("Traveler") { await gate.pass() }
            return try await Phrasebook().decide(text, in: context)
        }
        let call = TestCall(understanders: [slow])
        async let old = call.turn("Change me to Traveler")
        await gate.reached()
        let new = await call.turn("How much data do I have?")
        #expect(new.text.hasPrefix("You have 5.8 GB left."))
        let dropped = await old
        #expect(dropped.isStale)
        #expect(dropped.text.isEmpty)
        gate.open()
        #expect(call.store.turns.map(\.userText) == ["How much data do I have?"])
        #expect(await call.conversation.workflow == nil)
        #expect(await !call.conversation.facts.contains { $0.key == "plan" })
        #expect(call.events.count(.turnSuperseded) == 1)
    }

    @Test("A stale generation changes nothing")
    func stale() async {
        let call = TestCall()
        await call.says("Change my plan")
        let late = await call.conversation.respond(to: UserTurn("Traveler", channel: .voice, generation: 1), within: .seconds(1))
        #expect(late.isStale)
        #expect(await call.conversation.expecting?.name == "plan")
        #expect(call.store.turns.count == 1)
    }

    @Test("A caller of respond who is cancelled leaves nothing behind")
    func cancelled() async {
        let gate = Gate()
        let call = TestCall(understanders: [ScriptedUnderstander.hanging("primary", at: gate)])
        let task = Task { await call.turn("Change my plan") }
        await gate.reached()
        task.cancel()
        #expect(await task.value.isStale)
        #expect(call.store.turns.isEmpty)
        gate.open()
    }

    @Test("A turn that is being written is not overtaken: the next one builds on it")
    func writing() async {
        let gate = Gate()
        let call = TestCall(store: RecordingStore { turn in if turn.generation == 1 { await gate.pass() } })
        async let first = call.turn("Change my plan")
        await gate.reached()
        async let second = call.turn("Traveler")
        gate.open()
        #expect(await first.text == "Which plan would you like?")
        #expect(await second.text == "Traveler is $20.00 a month. Shall I?")
        #expect(call.store.turns.map(\.generation) == [1, 2])
    }

    @Test("What the store refused stays in memory, and the facts go with the next turn")
    func storeFails() async {
        let call = TestCall(store: RecordingStore { turn in if turn.generation == 1 { throw Broken() } })
        #expect(await call.says("Change me to Traveler") == "Traveler is $20.00 a month. Shall I?")
        #expect(call.events.reasons(.storeFailed) == ["failed"])
        await call.says("No")
        #expect(call.store.turns.count == 1)
        #expect(Set(call.store.turns[0].facts.map(\.key)).isSuperset(of: ["plan", "phone", "customer.customer_id", "confirm"]))
    }

    @Test("The commit holds the whole turn")
    func commits() async throws {
        let call = TestCall()
        _ = await call.conversation.greet()
        await call.says("Change me to Traveler")
        let session = try #require(call.store.sessions.first)
        #expect(session.facts.map(\.key) == ["caller_phone"])
        let turn = try #require(call.store.turns.first)
        #expect((turn.session, turn.generation, turn.agent, turn.source) == ("call", 1, "sales", "embedded"))
        #expect(turn.facts.map(\.key) == ["customer.customer_id", "customer.first_name", "phone", "plan"])
        #expect(turn.facts.first { $0.key == "phone" }?.source == "carrier")
        #expect(turn.ticket == TicketChange(id: "call-1", workflow: "change_plan", state: .open))
        #expect(turn.toolCalls.map(\.tool) == ["find_customer", "quote_plan"])
        #expect(turn.transitions.map(\.to) == ["sales"])
        await call.conversation.end(reason: "hangup")
        #expect(call.store.ends == ["hangup"])
    }

    @Test("After its end a conversation answers no more turns")
    func ended() async {
        let call = TestCall()
        await call.conversation.end(reason: "hangup")
        #expect(await call.turn("Change my plan").isStale)
        #expect(call.store.turns.isEmpty)
    }

    @Test("What was heard of an interrupted reply is what history keeps")
    func heard() async {
        let call = TestCall()
        await call.says("How much data do I have?")
        await call.conversation.heard("You have 5.8 GB left.", complete: false)
        #expect(await call.conversation.history.last?.heard == "You have 5.8 GB left.")
    }
}
