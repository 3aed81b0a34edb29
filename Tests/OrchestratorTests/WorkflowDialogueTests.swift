import Orchestrator
import Testing

@Suite("Whole conversations over the telecom pack")
struct WorkflowDialogueTests {
    @Test("The first agent greets, and waits for nothing")
    func greets() async {
        let reply = await TestCall().conversation.greet()
        #expect(reply.text == "Hello, this is Northwind Mobile. How can I help you?")
        #expect(reply.agent == "reception")
        #expect(reply.then == .listen(nil))
    }

    @Test("Data balance: a known caller is asked nothing")
    func dataBalance() async {
        let call = TestCall()
        let reply = await call.turn("How much data do I have left?")
        #expect(reply.text == "You have 5.8 GB left. It resets on April 1st. Anything else?")
        #expect(reply.decision.intent == "check_usage")
        #expect(reply.decision.workflow == "data_balance")
        #expect((reply.source, reply.agent) == ("embedded", "billing"))
        #expect(call.store.turns.last?.ticket == TicketChange(id: "call-1", workflow: "data_balance", state: .done))
        #expect(call.events.count(.workflowCompleted) == 1)
    }

    @Test("Billing summary: the latest bill, or that of the month that was said; a bare month afterwards asks again")
    func billing() async {
        let call = TestCall()
        #expect(await call.says("What's my bill?") == "Your March bill is $42.50. Anything else?")
        #expect(call.getBill.calls.last?.arguments == ["customer_id": "C1"])
        #expect(await call.says("And for February?") == "Your February bill is $42.50. What else?")
        #expect(call.getBill.calls.last?.arguments == ["customer_id": "C1", "month": "2026-02"])
    }

    @Test("Change of plan: asked, quoted, read back, confirmed, done")
    func changePlan() async {
        let call = TestCall()
        let question = await call.turn("I want to change my plan")
        #expect(question.text == "Which plan would you like?")
        let plans = ["Basic", "Family Share", "Unlimited Plus", "Traveler"]
        #expect(question.then == .listen(ExpectedSlot(name: "plan", type: .plan, options: plans)))
        let readBack = await call.turn("Family Share")
        #expect(readBack.text == "Family Share is $65.00 a month. Shall I?")
        #expect(readBack.slots == ["phone": "5550101", "plan": "Family Share"])
        #expect(call.changePlan.calls.isEmpty)
        let done = await call.turn("Yes please")
        #expect(done.text == "Done. Family Share starts on April 1st. Anything else?")
        #expect(done.slots["confirm"] == "yes")
        #expect(call.changePlan.calls.map(\.arguments) == [["customer_id": "C1", "plan": "Family Share"]])
        #expect(call.store.turns.last?.toolCalls.map(\.outcome) == [.succeeded])
        #expect(await call.turn("No thanks").then == .end(reason: "goodbye"))
    }

    @Test("Everything said at once is not asked again")
    func oneBreath() async {
        let call = TestCall()
        #expect(await call.says("Change me to Traveler") == "Traveler is $20.00 a month. Shall I?")
    }

    @Test("A no to the read-back changes nothing")
    func declines() async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        #expect(await call.says("No") == "I've left your plan as it is. Anything else?")
        #expect(call.changePlan.calls.isEmpty)
        #expect(call.store.turns.last?.ticket?.state == .abandoned)
    }

    @Test(
        "A correction changes the slot and is read back anew, whether it comes with a no, a yes or neither",
        arguments: [
            "No, the Family Share one", "Family Share", "Yes, but make it Family Share",
        ])
    func corrects(_ words: String) async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        #expect(await call.says(words) == "Family Share is $65.00 a month. Shall I?")
        #expect(call.changePlan.calls.isEmpty)
        await call.says("yes")
        #expect(call.changePlan.calls.map { $0.arguments["plan"] } == ["Family Share"])
        #expect(await call.conversation.facts.first { $0.key == "plan" }?.value == "Family Share")
    }

    @Test("A refused answer says why and asks again; attempts run out into a hand-off")
    func refuses() async {
        let call = TestCall()
        #expect(await call.says("Switch me to Basic") == "You're already on Basic. Which plan?")
        #expect(await call.says("Basic") == "You're already on Basic. Which plan?")
        let last = await call.turn("Basic, I said")
        #expect(last.text == "You're already on Basic. Sorry, a colleague takes over.")
        #expect(last.then == .handoff(reason: "attempts_exhausted"))
        #expect(call.store.turns.last?.ticket?.state == .handedOff)
    }

    @Test("An unknown caller is asked for the number, by voice or keypad, three times at most")
    func identifies() async {
        let call = TestCall(callerPhone: "5559999")
        let question = await call.turn("How much data do I have?")
        #expect(question.text == "What's your phone number?")
        #expect(question.then == .listen(ExpectedSlot(name: "phone", type: .phone)))
        #expect(await call.says("It's 555 0199") == "I can't find 5 5 5 0 1 9 9. Your number, digit by digit, please.")
        #expect(await call.presses("5550101").text.hasPrefix("You have 5.8 GB left."))
        // Once known, known for the conversation.
        #expect(await call.says("And my bill?").hasPrefix("Your March bill"))

        let stranger = TestCall(callerPhone: nil)
        await stranger.says("How much data do I have?")
        await stranger.says("5550198")
        await stranger.says("5550197")
        #expect(await stranger.turn("5550196").then == .handoff(reason: "attempts_exhausted"))
    }

    @Test("Another wish parks the workflow, which goes on afterwards; a third one takes the place of the parked")
    func interrupts() async {
        let call = TestCall()
        await call.says("I want to change my plan")
        #expect(
            await call.says("Wait, how much data do I have?")
                == "You have 5.8 GB left. It resets on April 1st. Now, you wanted me to change your plan. Which plan would you like?"
        )
        // The agent who asks is again the one of the plan change.
        let readBack = await call.turn("Traveler")
        #expect((readBack.text, readBack.agent) == ("Traveler is $20.00 a month. Shall I?", "sales"))
        #expect(call.events.count(.workflowParked) == 1)
        #expect(call.events.count(.workflowResumed) == 1)
    }

    @Test("A no with another wish leaves the read-back for good")
    func noAndAnotherWish() async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        #expect(await call.says("No, how much data do I have?") == "You have 5.8 GB left. It resets on April 1st. Anything else?")
        #expect(call.store.turns.last?.otherTickets == [TicketChange(id: "call-1", workflow: "change_plan", state: .abandoned)])
    }

    @Test("Agents hand over as the pack allows, by way of the first where they must")
    func handsOver() async {
        let call = TestCall()
        #expect(await call.turn("How much data do I have?").agent == "billing")
        #expect(await call.turn("Now change my plan").agent == "sales")
        #expect(
            call.store.turns.last?.transitions.map { [$0.from, $0.to] } == [["billing", "reception"], ["reception", "sales"]])
        #expect(call.events.count(.agentTransition) == 3)
    }

    @Test("A tool that fails hands the caller over instead of guessing")
    func toolFails() async {
        let broken = ScriptedTool("get_usage") { _ throws(ToolError) in throw ToolError(.unavailable, tool: "get_usage", "down") }
        let reply = await TestCall(tools: [broken]).turn("How much data do I have?")
        #expect(reply.text == "Our systems are down. I'll put you through.")
        #expect(reply.then == .handoff(reason: "tool_failed"))
    }

    @Test("A result without the value that a reply needs is a failure, not half a sentence")
    func incompleteResult() async {
        let poor = ScriptedTool("get_usage") { _ in ToolResult(values: ["unlimited": "false"]) }
        #expect(await TestCall(tools: [poor]).turn("How much data do I have?").then == .handoff(reason: "tool_failed"))
    }
}
