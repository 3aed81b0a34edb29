import Orchestrator
import Testing

@Suite("What events tell of hand-overs and of workflows that are over: names and counts, no value of a caller")
struct HandoverContextTests {
    private static func told(_ call: TestCall, _ event: ConversationEvent) -> [[String: String]] {
        call.events.all.filter { $0.name == event.rawValue }.map(\.attributes)
    }

    @Test("a hand-over carries the workflow in hand and what is known, to the store as to the events")
    func handover() async {
        let call = TestCall()
        await call.says("How much data do I have?")
        await call.says("Now change my plan")
        let transitions = call.store.turns.flatMap(\.transitions)
        #expect(transitions.map(\.context).first == "workflow=data_balance;slots=;facts=1")
        #expect(transitions.dropFirst().allSatisfy { $0.context.hasPrefix("workflow=change_plan;slots=;facts=") })
        let events = Self.told(call, .agentTransition)
        #expect(events.map { $0["context"] } == transitions.map(\.context))
        #expect(events.map { $0["from"] } == ["reception", "billing", "reception"])
        #expect(events.allSatisfy { $0["duration_ms"] == "0.0" && $0["reason"]?.hasPrefix("workflow:") == true })
    }

    @Test("a workflow that is taken up again goes along with its filled slots")
    func resumed() async {
        let call = TestCall()
        await call.says("Change me to Traveler")
        await call.says("How much data do I have?")
        #expect(Self.told(call, .agentTransition).last?["context"]?.hasPrefix("workflow=change_plan;slots=phone,plan;facts=") == true)
    }

    @Test("a workflow that is over names its ticket and its slots, however it ended")
    func over() async {
        let done = TestCall()
        for words in ["Change me to Traveler", "yes"] { await done.says(words) }
        #expect(
            Self.told(done, .workflowCompleted) == [["workflow": "change_plan", "ticket": "call-1", "slots": "confirm,phone,plan"]])

        let abandoned = TestCall()
        for words in ["Change me to Traveler", "No"] { await abandoned.says(words) }
        #expect(Self.told(abandoned, .workflowAbandoned).map { $0["ticket"] } == ["call-1"])

        let handedOver = TestCall()
        for words in ["Switch me to Basic", "Basic", "Basic, I said"] { await handedOver.says(words) }
        #expect(Self.told(handedOver, .workflowHandedOff).map { [$0["workflow"], $0["ticket"]] } == [["change_plan", "call-1"]])
        #expect(Self.told(handedOver, .workflowCompleted).isEmpty && Self.told(handedOver, .workflowAbandoned).isEmpty)
    }

    @Test("no value is in any event: not the number, not the plan")
    func noValues() async {
        let call = TestCall()
        for words in ["Change me to Traveler", "How much data do I have?", "yes", "No thanks"] { await call.says(words) }
        let told = call.events.all.flatMap(\.attributes.values)
        #expect(!told.contains { $0.contains("5550101") || $0.contains("Traveler") || $0.contains("Maria") }, "\(told)")
    }
}
