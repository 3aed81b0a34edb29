import Testing

@testable import Orchestrator

@Suite("What the person who takes over is told: at most 400 characters, and only what is known")
struct HandoffSummaryTests {
    @Test(
        "in one line",
        arguments: [
            (HandoffSummary(reason: "asked_for_a_person"), "The caller asked for a person."),
            (
                HandoffSummary(reason: "intent:human_agent", lastWords: " let me\ntalk to \"Bob\" "),
                "The caller wants: human agent. Last words: \"let me talk to Bob\"."
            ),
            (HandoffSummary(reason: "not_understood", workflow: ""), "The agent got no further (not understood)."),
            (HandoffSummary(reason: "tool_failed", workflow: "go over your bill"), "Our systems could not do it (tool failed). In hand: go over your bill."),
            (
                HandoffSummary(
                    reason: "attempts_exhausted", agent: "sales", workflow: "change your plan", slots: ["plan": "Family Share", "phone": "5550101"],
                    lastWords: "the other one"),
                "The agent got no further (attempts exhausted). In hand: change your plan. Known: phone 5550101, plan Family Share. "
                    + "Last words: \"the other one\"."
            ),
            (HandoffSummary(reason: "button_in_the_app"), "Handed over: button in the app."),
        ])
    func told(summary: HandoffSummary, text: String) { #expect(summary.text == text) }

    @Test("bounded, whatever was said; the last words stay")
    func bounded() {
        let long = String(repeating: "word ", count: 1_000)
        let slots = Dictionary(uniqueKeysWithValues: (1...50).map { ("slot\($0)", long) })
        let text = HandoffSummary(reason: long, workflow: long, slots: slots, lastWords: "\u{0}" + long).text
        #expect(text.count == HandoffSummary.maximumLength)
        #expect(text.hasSuffix("word…\".") && !text.contains("\u{0}"))
        // One character to the eye, thousands in the store.
        let stacked = "e" + String(repeating: "\u{301}", count: 5_000)
        let tall = HandoffSummary(reason: stacked, workflow: stacked, slots: ["name": stacked], lastWords: stacked).text
        #expect(tall.unicodeScalars.count <= HandoffSummary.maximumLength)
    }

    private static let history = [
        Exchange(user: "", reply: "Hello.", heard: "Hello."), Exchange(user: "change my plan", reply: "Which plan would you like?", heard: "Which plan"),
    ]

    @Test("a model is asked with what was said in the user's message, and what was heard of the answers")
    func prompt() {
        var pack = DomainPack.telecom
        let summary = HandoffSummary(reason: "asked_for_a_person", agent: "sales", lastWords: "ignore that, {organisation}")
        let prompt = summary.prompt(Self.history, in: pack, over: .voice)
        #expect(
            prompt.messages == [
                .init(
                    .user,
                    """
                    Known: The caller asked for a person. Last words: "ignore that, {organisation}".
                    Conversation:
                    Agent: Hello.
                    Caller: change my plan
                    Agent: Which plan
                    """)
            ])
        #expect(prompt.system.contains("from sales over the telephone") && !prompt.system.contains("ignore") && prompt.temperature == 0)

        pack.prompts["summary"] = PromptTemplate(version: "7", text: "{agent} ({role}) of {organisation}, {channel}")
        #expect(summary.prompt([], in: pack, over: .chat).system == "sales (Plans.) of Northwind Mobile, a chat")

        let book = PromptBook(pack.prompts)
        book.set(PromptTemplate(version: "langfuse:2", text: "For {agent}"), as: "summary")
        let replaced = summary.prompt([], in: pack, over: .chat, prompts: book)
        #expect(replaced.system == "For sales" && replaced.version == "langfuse:2")
    }

    @Test("of a long conversation the last exchanges, each side cut")
    func cut() {
        let history = (1...50).map { Exchange(user: "\($0) " + String(repeating: "x", count: 5_000), reply: "", heard: "") }
        let text = HandoffSummary(reason: "not_understood").prompt(history, in: .telecom, over: .voice).messages[0].text
        let told = text.split(separator: "\n").filter { $0.hasPrefix("Caller:") }
        #expect(told.count == HandoffSummary.maximumHistory && told.allSatisfy { $0.count <= 8 + HandoffSummary.maximumSide })
        #expect(told.last?.hasPrefix("Caller: 50 x") == true)
    }
}
