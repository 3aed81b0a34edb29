import Orchestrator
import Testing

@Suite("What every dialogue needs: moves, ladders, keypad")
struct LadderTests {
    static let capabilities = "I can check your data balance, go over your bill or change your plan"

    @Test(
        "Moves without a workflow",
        arguments: [
            ("hello", "Hello! What can I do for you?"),
            ("help", "\(capabilities), or put you through to a person."),
            ("thank you", "You're welcome."),
            ("never mind", "There's nothing to stop."),
            ("turn on roaming please", "I can't do that. \(capabilities)."),
            ("yes", "I didn't catch that."),
            ("what's the weather", "I can't help with that. \(capabilities)."),
        ])
    func moves(_ said: String, _ answer: String) async {
        #expect(await TestCall().says(said) == answer)
    }

    @Test("Repeat says the last reply again, and the question stays open")
    func repeats() async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        let again = await call.turn("Can you say that again?")
        #expect(again.text == "Traveler is $20.00 a month. Shall I?")
        #expect(again.then == .listen(ExpectedSlot(name: "confirm", type: .confirmation, options: ["yes", "no"])))
    }

    @Test("A person at any time; a goodbye at any time; leaving a workflow at any time")
    func waysOut() async {
        let call = TestCall()
        await call.says("Change my plan")
        let left = await call.turn("never mind")
        #expect(left.text == "All right, we'll leave that.")
        #expect(call.store.turns.last?.ticket?.state == .abandoned)
        await call.says("Change my plan")
        let person = await call.turn("I want to talk to a person")
        #expect(person.then == .handoff(reason: "asked_for_a_person"))
        #expect(call.store.turns.last?.ticket?.state == .handedOff)
        #expect(call.events.count(.handoffRequested) == 1)
        // It is over: whatever comes gets the same answer.
        #expect(await call.turn("hello?").then == .handoff(reason: "asked_for_a_person"))

        // Without a workflow there is a ticket all the same: somebody was promised a person.
        let alone = TestCall()
        #expect(await alone.turn("I want to talk to a person").then == .handoff(reason: "asked_for_a_person"))
        #expect(alone.store.turns.last?.ticket?.state == .handedOff)
        #expect(alone.store.turns.last?.ticket?.workflow == "asked_for_a_person")

        let other = TestCall()
        await other.says("Change my plan")
        #expect(await other.turn("goodbye").then == .end(reason: "goodbye"))
    }

    @Test("Not understood: asked again, asked with options, handed over")
    func unintelligible() async {
        let call = TestCall()
        #expect(await call.mumbles().text == "I didn't catch that.")
        #expect(await call.mumbles().text == "\(Self.capabilities).")
        let third = await call.mumbles()
        #expect(third.text == "Sorry, a colleague takes over.")
        #expect(third.then == .handoff(reason: "not_understood"))
    }

    @Test("What goes well sets the ladder back")
    func recovers() async {
        let call = TestCall()
        _ = await call.mumbles()
        _ = await call.mumbles()
        await call.says("How much data do I have?")
        #expect(await call.mumbles().text == "I didn't catch that.")
    }

    @Test("Silence: asked, asked with options, goodbye; inside a question the question is put again")
    func silence() async {
        let call = TestCall()
        #expect(await call.keepsSilent().text == "Are you there?")
        #expect(await call.conversation.silence().text == "\(Self.capabilities).")
        #expect(await call.conversation.silence().then == .end(reason: "silence"))

        let asked = TestCall()
        await asked.says("Change my plan")
        #expect(await asked.keepsSilent().text == "Are you there? Which plan?")
        #expect(await asked.turn("Traveler").text.hasPrefix("Traveler is"))
    }

    @Test("No answer to a question costs an attempt; a polite word does not")
    func noAnswer() async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        #expect(await call.says("hmm purple") == "Please say yes or no. Traveler is $20.00 a month. Shall I?")
        #expect(await call.says("hello") == "Please say yes or no. Traveler is $20.00 a month. Shall I?")
        #expect(await call.says("purple") == "Please say yes or no. Traveler is $20.00 a month. Shall I?")
        #expect(await call.turn("purple").then == .handoff(reason: "attempts_exhausted"))
    }

    @Test(
        "An intent that is not sure is confirmed first",
        arguments: [("yes", "Traveler is $20.00 a month. Shall I?"), ("no", "Go ahead.")])
    func confirmsIntent(_ answer: String, _ reply: String) async {
        let call = TestCall()
        let question = await call.turn("maybe change to Traveler")
        #expect(question.text == "Would you like me to change your plan?")
        #expect(question.then == .listen(ExpectedSlot(name: "intent", type: .confirmation, options: ["yes", "no"])))
        #expect(call.store.turns.last?.ticket == nil)
        #expect(await call.says(answer) == reply)
    }

    @Test("Keys answer questions: numbers, 1 and 2 for yes and no, the position of an option, 0 for a person")
    func keypad() async {
        let call = TestCall(callerPhone: nil)
        await call.says("Change my plan")
        #expect(await call.presses("5550101#").text == "Which plan would you like?")
        let plan = await call.presses("4")
        #expect(plan.text == "Traveler is $20.00 a month. Shall I?")
        #expect(plan.source == "keypad")
        #expect(await call.presses("1").text.hasPrefix("Done."))
        #expect(await call.presses("7").text == "I didn't catch that.")
        #expect(await call.presses("0").then == .handoff(reason: "asked_for_a_person"))
    }
}
