import Foundation
import Orchestrator
import Testing

@Suite("Agents who take over on words: the caller whom nothing else answers is passed on, and hears their opening once")
struct AgentDialogueTests {
    private static let opening = "technical: switch it off and on, or say human."
    private static let outOfScope = "I can't help with that. I can check your data balance, go over your bill or change your plan."

    private func transitions(_ call: TestCall) -> [[String]] { call.store.turns.last?.transitions.map { [$0.from, $0.to, $0.reason] } ?? [] }

    @Test("trouble goes to technical, from there to billing for the bill, and leaving to retention by way of reception")
    func passesOn() async {
        let call = TestCall(pack: .staffed)
        let trouble = await call.turn("My internet is not working")
        #expect((trouble.text, trouble.agent, trouble.then) == (Self.opening, "technical", .listen(nil)))
        #expect(transitions(call) == [["reception", "technical", "words:trouble"]])
        #expect(call.events.reasons(.agentTransition) == ["words:trouble"])

        let bill = await call.turn("Show me my bill")
        #expect(bill.agent == "billing" && bill.text.hasPrefix("Your March bill"))
        #expect(transitions(call) == [["technical", "billing", "workflow:billing_summary"]])

        let leaving = await call.turn("I want to cancel my contract")
        #expect((leaving.text, leaving.agent) == ("Sorry to hear that.", "retention"))
        #expect(transitions(call) == [["billing", "reception", "words:leaving"], ["reception", "retention", "words:leaving"]])
        #expect(await call.turn("Show me my bill").agent == "billing")
        #expect(transitions(call).map { $0[1] } == ["reception", "billing"])
    }

    @Test("said again, the opening is not repeated: the usual ladder, down to a person")
    func once() async {
        let call = TestCall(pack: .staffed)
        await call.says("what's the weather")
        #expect(await call.says("there is no signal") == Self.opening)
        // The opening counted as understood: the ladder begins anew.
        #expect(await call.says("still no signal") == Self.outOfScope)
        #expect(transitions(call).isEmpty)
        #expect(await call.says("it's not working, I said") == Self.outOfScope)
        #expect(await call.turn("there is no signal").then == .handoff(reason: "not_understood"))
    }

    @Test("who comes back to it from another agent is passed on again, without the opening")
    func comesBack() async {
        let call = TestCall(pack: .staffed)
        await call.says("there is no signal")
        await call.says("my bill")
        let reply = await call.turn("still no signal")
        #expect((reply.text, reply.agent) == (Self.outOfScope, "technical"))
        #expect(transitions(call).map { $0[1] } == ["reception", "technical"])
    }

    @Test("an agent who speaks already says its opening all the same")
    func alreadyThere() async {
        var pack = DomainPack.staffed
        pack.agents[0].takesOverOn = ["keen"]
        pack.agents[0].opening = ["Gladly."]
        let call = TestCall(pack: pack)
        let keen = ScriptedUnderstander("embedded") { _, _ in Decision(intent: Decision.outOfScope, confidence: 1, nextAction: .answer) }
        let other = TestCall(pack: pack, understanders: [keen])
        #expect(await other.says("an upgrade") == "Gladly." && transitions(other).isEmpty)
        #expect(await call.says("upgrade me") == "Which plan would you like?")
    }

    @Test("words do not count where something else answers: an intent, an open question, a wish for a person")
    func elsewhere() async {
        let call = TestCall(pack: .staffed)
        #expect(await call.turn("my bill is not working").agent == "billing")
        #expect(await call.says("change my plan") == "Which plan would you like?")
        #expect(await call.says("it's not working") == "Sorry? Which plan?")
        #expect(await call.turn("there is no signal, give me a human").then == .handoff(reason: "asked_for_a_person"))
    }

    @Test("a wish to cancel what is not there may be one to leave")
    func cancels() async {
        let cancel = ScriptedUnderstander("embedded") { _, _ in
            Decision(intent: Decision.outOfScope, confidence: 1, act: .cancel, nextAction: .answer)
        }
        let call = TestCall(pack: .staffed, understanders: [cancel])
        #expect(await call.says("cancel my contract") == "Sorry to hear that.")
        #expect(await call.says("cancel my contract") == "There's nothing to stop.")
    }

    @Test("a no that comes with such words is meant for nothing that was asked, and ends no call")
    func no() async {
        // The phrasebook takes a sentence that begins with "no" for one.
        #expect(await TestCall(pack: .staffed).says("No signal") == Self.opening)
        let call = TestCall(pack: .staffed)
        #expect(await call.says("my bill").hasSuffix("Anything else?"))
        let reply = await call.turn("No signal at home")
        #expect(reply.text == Self.opening && reply.then == .listen(nil))
        #expect(await TestCall(pack: .staffed).says("No idea") == "I didn't catch that.")
    }

    @Test("nobody is passed on to an agent whom the pack does not let them reach")
    func outOfReach() async {
        var pack = DomainPack.staffed
        pack.agents[0].handsOverTo = ["billing", "sales"]
        let call = TestCall(pack: pack)
        let reply = await call.turn("there is no signal")
        #expect((reply.text, reply.agent) == (Self.outOfScope, "reception"))
    }

    /// An engine with words of its own.
    private struct Talker: Understander {
        let name = "llm.test"
        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { try await advise(text, in: context).decision }
        func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
            Advice(Decision(intent: Decision.outOfScope, confidence: 0.9, nextAction: .answer), answer: "Try the other room.")
        }
    }

    @Test("a model's own words are said instead of the opening, by the same agent")
    func direct() async {
        let call = TestCall(pack: .staffed, understanders: [Talker()])
        let reply = await call.turn("there is no signal")
        #expect((reply.text, reply.source, reply.agent) == ("Try the other room.", "llm.test/direct", "technical"))
        #expect(transitions(call) == [["reception", "technical", "words:trouble"]])
    }

    @Test("a conversation that is taken up again knows that the opening was said; one of before there were any is taken up as well")
    func restored() async throws {
        let first = TestCall(pack: .staffed)
        await first.says("there is no signal")
        let stored = try #require(try await first.store.conversation("call"))
        #expect(await next(after: stored).text == Self.outOfScope)

        let snapshot = try #require(stored.snapshot)
        var object = try #require(try JSONSerialization.jsonObject(with: Data(snapshot.utf8)) as? [String: Any])
        var state = try #require(object["state"] as? [String: Any])
        #expect(state.removeValue(forKey: "opened") != nil)
        object["state"] = state
        var old = stored
        old.snapshot = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        let reply = await next(after: old)
        #expect(reply.text == Self.opening && reply.agent == "technical" && reply.transitions.isEmpty)
    }

    private func next(after stored: StoredConversation) async -> Reply {
        let conversation = Conversation(
            id: "call", channel: .voice, context: ConversationContext(PreparedDomain(.staffed), tools: []), understanders: [Phrasebook()],
            store: RecordingStore(), clock: ManualClock(), restoring: stored)
        return await conversation.respond(to: UserTurn("still no signal", channel: .voice, generation: 2), within: .seconds(1))
    }
}
