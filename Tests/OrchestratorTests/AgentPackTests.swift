import Testing

@testable import Orchestrator

@Suite("Agents in a pack: what they may use, on which words they take over, and what is wrong with that")
struct AgentPackTests {
    typealias Case = DomainPackTests.Case

    @Test("a pack with all of it is sound, and so is one with none of it")
    func sound() { #expect(DomainPack.staffed.validate() == [] && DomainPack.telecom.validate() == []) }

    @Test(arguments: [
        Case("unknown hand-over", "agents.technical.hands_over_to", "legal", "one of: reception, billing, sales, retention") {
            $0.agents[3].handsOverTo.append("legal")
        },
        Case("hand-over to itself", "agents.technical.hands_over_to", "technical", "one of: reception") {
            $0.agents[3].handsOverTo.append("technical")
        },
        Case("unknown tool", "agents.billing.tools", "refund", "one of: find_customer, get_usage") { $0.agents[1].tools?.append("refund") },
        Case("tool twice", "agents.billing.tools.get_bill", "get_bill", "each name once") { $0.agents[1].tools?.append("get_bill") },
        Case("a workflow's tool is not its agent's", "workflows.billing_summary.steps.bill.call", "get_bill", "agents.billing.tools") {
            $0.agents[1].tools = ["find_customer", "get_usage"]
        },
        Case("nor that of a fragment in it", "workflows.data_balance.steps.identify.include", "find_customer", "one of: get_usage, get_bill") {
            $0.agents[1].tools = ["get_usage", "get_bill"]
        },
        Case("nor that of a check", "workflows.change_plan.steps.plan.check.call", "quote_plan", "agents.sales.tools") {
            $0.agents[2].tools = ["find_customer", "change_plan"]
        },
        Case("a workflow without an agent may be run by anybody", "workflows.billing_summary.steps.bill.call", "get_bill", "a tool that reception") {
            $0.workflows[2].agent = nil
        },
        Case("as may one whose agent is out of somebody's reach", "workflows.change_plan.steps.change.call", "change_plan", "a tool that technical") {
            $0.agents[3].handsOverTo = ["billing"]
        },
        Case("prompt too long", "agents.technical.prompt", "2001 characters", "at most 2000") {
            $0.agents[3].prompt?.text = String(repeating: "x", count: 2_001)
        },
        Case("empty prompt", "agents.technical.prompt", "", "not empty") { $0.agents[3].prompt?.text = " \n" },
        Case("prompt with an unknown placeholder", "agents.technical.prompt", "{Agent}", "one of: {agent}, {channel}, {organisation}, {role}") {
            $0.agents[3].prompt?.text = "You are {Agent}."
        },
        Case("unknown words", "agents.technical.takes_over_on", "bother", "one of: keen, trouble, leaving") {
            $0.agents[3].takesOverOn = ["bother"]
        },
        Case("two agents for the same words", "agents.retention.takes_over_on", "trouble", "technical takes it already") {
            $0.agents[4].takesOverOn.append("trouble")
        },
        Case("an agent nobody is passed on to", "agents.technical.takes_over_on", "trouble", "one of: reception, billing, sales, retention") {
            $0.agents[0].handsOverTo = ["billing", "sales", "retention"]
        },
        Case("no opening", "agents.technical.opening", "", "at least one text") { $0.agents[3].opening = [] },
        Case("empty opening", "agents.technical.opening", "", "a text that is not empty") { $0.agents[3].opening = [""] },
        Case("opening with an unknown placeholder", "agents.technical.opening", "{title}", "one of: agent, capabilities, organisation") {
            $0.agents[3].opening = ["About {title}."]
        },
        Case("words twice", "qualification.words.trouble", "trouble", "each name once") { $0.qualification.words.append($0.qualification.words[1]) },
        Case("words with capitals", "qualification.words.trouble.words", "No Wi-Fi", "here: no wi fi") { $0.qualification.words[1].words = ["No Wi-Fi"] },
        Case("no words at all", "qualification.words.trouble.words", "!", "1...8 words") { $0.qualification.words[1].words = ["!"] },
        Case("a phrase that is too long", "qualification.words.trouble.words", "a b c d e f g h i", "1...8 words") {
            $0.qualification.words[1].words = ["a b c d e f g h i"]
        },
        Case("a prompt nobody reads", "prompts.replies", "replies", "one of: decision, reply, judge, summary") {
            $0.prompts["replies"] = PromptTemplate(version: "1", text: "Well.")
        },
        Case("a prompt with an unknown placeholder", "prompts.judge", "{intents}", "one of: {capabilities}, {channel}, {organisation}, {today}") {
            $0.prompts["judge"] = PromptTemplate(version: "1", text: "Rate {intents}.")
        },
    ])
    func reports(_ damaged: Case) throws {
        var pack = DomainPack.staffed
        damaged.damage(&pack)
        let problem = try #require(pack.validate().first { $0.path == damaged.path && $0.value == damaged.value }, "\(pack.validate())")
        #expect(problem.allowed.contains(damaged.allowed), "\(problem)")
    }

    @Test(
        "groups of words: whole words, whatever the case and the signs between them",
        arguments: [
            ("My internet is NOT working!", ["trouble"]), ("not, working", ["trouble"]), ("No signal. I'll leave you!", ["trouble", "leaving"]),
            ("it's 'not working'", ["trouble"]), ("no signals", []), ("knot working", []), ("not quite working", []), ("", []), ("…", []),
        ] as [(String, [String])])
    func groups(text: String, groups: [String]) { #expect(DomainPack.staffed.qualification.groups(in: text) == groups) }

    @Test("an apostrophe is one, however it is typed")
    func apostrophes() {
        let rules = QualificationRules(words: [.init(name: "a", words: ["isn't working"], weight: 0)])
        #expect(rules.groups(in: "It isn’t working") == ["a"] && rules.groups(in: "isn't working") == ["a"] && rules.groups(in: "isnt working") == [])
    }

    @Test("no more than the first 2,000 characters are looked at")
    func bounded() {
        let rules = DomainPack.staffed.qualification
        #expect(rules.groups(in: String(repeating: "a ", count: 995) + "no signal") == ["trouble"])
        #expect(rules.groups(in: String(repeating: "a ", count: 1_000) + "no signal") == [])
    }

    @Test("words that weigh nothing are no signal of the score")
    func weightless() async {
        let call = TestCall(pack: .staffed)
        await call.says("no signal, and I'll leave you")
        #expect(await call.conversation.qualification.signals.map(\.name) == ["words:leaving", "turns"])
    }
}
