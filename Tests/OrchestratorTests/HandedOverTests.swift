import Orchestrator
import Testing

@Suite("A conversation that hands over tells the person why, what was in hand, which values are known and what was said last")
struct HandedOverTests {
    struct Dialogue: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var says: [String]
        var summary: String
    }

    private static let dialogues = [
        Dialogue(
            testDescription: "out of a workflow", says: ["change my plan", "Family Share", "no, give me a human"],
            summary: "The caller asked for a person. In hand: change your plan. Known: phone 5550101, plan Family Share. "
                + #"Last words: "no, give me a human"."#),
        Dialogue(
            testDescription: "a value of an earlier workflow is known too", says: ["how much data is left", "turn on roaming", "a person"],
            summary: #"The caller asked for a person. Known: phone 5550101. Last words: "a person"."#),
        Dialogue(
            testDescription: "nothing was in hand, and the carrier's number is no value of the caller's", says: ["a person"],
            summary: #"The caller asked for a person. Last words: "a person"."#),
        Dialogue(
            testDescription: "the agent gave up", says: ["what's the weather", "it rains", "it pours"],
            summary: #"The agent got no further (not understood). Last words: "it pours"."#),
        Dialogue(
            testDescription: "a workflow that another one interrupted is in hand again",
            says: ["change my plan", "show me my bill for February", "give me a human"],
            summary: "The caller asked for a person. In hand: change your plan. Known: month 2026-02, phone 5550101. "
                + #"Last words: "give me a human"."#),
    ]

    @Test("by its own decision", arguments: dialogues)
    func tells(_ dialogue: Dialogue) async throws {
        let call = TestCall()
        for words in dialogue.says { await call.turn(words) }
        guard case .handoff(let reason) = await call.conversation.closed else {
            Issue.record("not handed over")
            return
        }
        #expect(await call.conversation.handoffSummary(because: reason).text == dialogue.summary)

        // The same after a restart.
        let stored = try #require(try await call.store.conversation("call"))
        let restored = Conversation(
            id: "call", channel: .voice, context: ConversationContext(PreparedDomain(.telecom), tools: []), understanders: [Phrasebook()],
            store: RecordingStore(), clock: ManualClock(), restoring: stored)
        #expect(await restored.handoffSummary(because: reason).text == dialogue.summary)
    }

    @Test("by a button: the last words are those before it")
    func button() async {
        let call = TestCall()
        await call.says("change my plan")
        let reply = await call.conversation.handOff(because: "button", generation: 2, channel: .voice, within: .seconds(1))
        #expect(reply.then == .handoff(reason: "button"))
        #expect(
            await call.conversation.handoffSummary(because: "button").text
                == #"Handed over: button. In hand: change your plan. Known: phone 5550101. Last words: "change my plan"."#)
    }

    @Test("what is said while a person is awaited changes what was said last, not what was in hand; a second hand-over begins anew")
    func again() async {
        let call = TestCall()
        for words in ["change my plan", "a person", "be quick"] { await call.says(words) }
        let waiting = await call.conversation.handoffSummary(because: "asked_for_a_person")
        #expect(waiting.workflow == "change your plan" && waiting.lastWords == "be quick")
        await call.conversation.reopen()
        await call.says("a person after all")
        let second = await call.conversation.handoffSummary(because: "asked_for_a_person")
        #expect(second.workflow.isEmpty && second.slots == ["phone": "5550101"] && second.lastWords == "a person after all")
    }

    @Test("a call that ends with the promise of a person leaves a hand-over that was asked for; what was said is in no event")
    func call() async {
        let call = TestCall()
        for words in ["change my plan", "Family Share", "a person"] { await call.says(words) }
        await call.conversation.leaveForPerson()
        await call.conversation.end(reason: "handoff")
        let records = call.store.handoffs
        #expect(records.map(\.session) == ["call"] && records.map(\.state) == [.requested] && records.map(\.reason) == ["asked_for_a_person"])
        #expect(
            records.map(\.summary) == [
                "The caller asked for a person. In hand: change your plan. Known: phone 5550101, plan Family Share. " + #"Last words: "a person"."#
            ])
        let told = call.events.all.flatMap(\.attributes.values)
        #expect(!told.isEmpty && !told.contains { $0.contains("5550101") || $0.contains("Family Share") || $0.contains("a person") })
    }

    @Test("a call that ends otherwise leaves none", arguments: [["change my plan"], ["goodbye"], []])
    func noPromise(says: [String]) async {
        let call = TestCall()
        for words in says { await call.says(words) }
        await call.conversation.leaveForPerson()
        await call.conversation.end(reason: "hangup")
        #expect(call.store.handoffs.isEmpty)
    }

    @Test("a promise that is still being written down counts: the caller hung up meanwhile")
    func midTurn() async {
        let gate = Gate()
        let call = TestCall(store: RecordingStore { _ in await gate.pass() })
        async let promise = call.turn("a person", within: .seconds(10))
        await gate.reached()
        async let left: Void = call.conversation.leaveForPerson()
        gate.open()
        await left
        #expect(await promise.then == .handoff(reason: "asked_for_a_person"))
        #expect(call.store.handoffs.map(\.state) == [.requested])
    }
}
