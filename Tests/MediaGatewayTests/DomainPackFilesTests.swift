import Foundation
import Orchestrator
import Testing

@testable import MediaGateway

@Suite("A pack's files: agents and prompts are read with what they refer to, and every fault names file, key and what is allowed")
struct DomainPackFilesTests {
    /// Loads the small pack with one file replaced, and others beside it.
    private static func load(
        domain: String = SmallPack.domain, _ prompts: [(file: String, text: String)] = []
    ) throws -> (pack: DomainPack, problems: [String]) {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.writeDomain("acme", replacing: "domain", with: domain)
        for prompt in prompts { try folder.write("domains/acme/prompts/\(prompt.file).md", prompt.text) }
        let report = ConfigurationReport()
        let pack = DomainPackLoader(folder: folder.path("domains/acme"), name: "acme", report: report).load()
        return (pack, report.problems.map { $0.description.replacing(folder.path("domains/acme") + "/", with: "") })
    }

    /// The small pack's agent with more keys, and a second one.
    private static func domain(_ keys: String) -> String {
        SmallPack.domain.replacing("    role: Answers the phone.\n", with: "    role: Answers the phone.\n" + keys)
    }
    private static let second = """
            hands_over_to: [mender]
          - name: mender
            role: Mends.
            hands_over_to: [reception]
            tools: []
            prompt: "{agent} is patient."
            takes_over_on: [keen]
            opening: [Well., Now then.]

        """

    @Test("all keys of an agent")
    func agents() throws {
        let (pack, problems) = try Self.load(domain: Self.domain(Self.second))
        #expect(problems == [])
        #expect(
            pack.agents == [
                AgentDefinition(name: "reception", role: "Answers the phone.", handsOverTo: ["mender"]),
                AgentDefinition(
                    name: "mender", role: "Mends.", handsOverTo: ["reception"], tools: [],
                    prompt: PromptTemplate(version: "inline", text: "{agent} is patient."), takesOverOn: ["keen"], opening: ["Well.", "Now then."]),
            ])
    }

    @Test("a prompt of one word is a file of that name, with its version")
    func promptFile() throws {
        let (pack, problems) = try Self.load(
            domain: Self.domain("    prompt: front-desk\n"), [("agents/front-desk", "version: 4\nYou are {agent}.\n"), ("judge", "version: 2\nRate it.")])
        #expect(problems == [])
        #expect(pack.agents[0].prompt == PromptTemplate(version: "4", text: "You are {agent}.\n"))
        #expect(pack.prompts.mapValues(\.version) == ["judge": "2"])
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String, keys = "", file = "", text = "", problem: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(
            name: "a file that is not there", keys: "    prompt: desk\n",
            problem: #"domain.yaml:5: agents.reception.prompt = "desk": give the name of a file prompts/agents/NAME.md, or the text itself"#),
        Case(
            name: "a text that is too long", keys: "    prompt: \"\(String(repeating: "x ", count: 1_001))\"\n",
            problem: #"domain.yaml:5: agents.0.prompt = "\#(String(repeating: "x ", count: 30))…": give text of 1...2000 characters (default none)"#),
        Case(
            name: "a file that is too long", keys: "    prompt: desk\n", file: "agents/desk", text: "version: 1\n" + String(repeating: "x", count: 2_001),
            problem: #"domain.yaml:5: agents.reception.prompt = "2001 characters": give at most 2000"#),
        Case(
            name: "a file without a version", keys: "    prompt: desk\n", file: "agents/desk", text: "Hello.",
            problem: "prompts/agents/desk.md: its first line is not a version: give `version: 1`"),
        Case(
            name: "a placeholder that an agent's prompt does not know", keys: "    prompt: desk\n", file: "agents/desk", text: "version: 1\n{intents}",
            problem: "prompts/agents/desk.md: {intents} is none of its placeholders: give {agent}, {channel}, {organisation}, {role}"),
        Case(
            name: "nor one within the pack", keys: "    prompt: \"You are {agnet}.\"\n",
            problem: #"domain.yaml:5: agents.reception.prompt = "{agnet}": give one of: {agent}, {channel}, {organisation}, {role}"#),
        Case(
            name: "a placeholder that a reply does not know", file: "reply", text: "version: 1\n{state}",
            problem: "prompts/reply.md: {state} is none of its placeholders: give {agent}, {agent_prompt}, {channel}, {organisation}, {role}"),
        Case(
            name: "nor a judge", file: "judge", text: "version: 1\n{Agent}",
            problem: "prompts/judge.md: {Agent} is none of its placeholders: give {capabilities}, {channel}, {organisation}, {today}"),
        Case(
            name: "nor a summary", file: "summary", text: "version: 1\n{slots}",
            problem: "prompts/summary.md: {slots} is none of its placeholders: give {agent}, {channel}, {organisation}, {role}"),
        Case(name: "no text", file: "decision", text: "version: 1\n\n", problem: "prompts/decision.md: is empty: give the text behind the version"),
        Case(
            name: "words that nobody declared", keys: "    takes_over_on: [angry]\n    opening: Well.\n",
            problem: #"domain.yaml:5: agents.reception.takes_over_on = "angry": give a group of qualification.words; one of: keen"#),
        Case(
            name: "no opening", keys: "    takes_over_on: [keen]\n",
            problem: #"domain.yaml:3: agents.reception.opening = "": give at least one text: what it says when it takes over"#),
        Case(
            name: "a tool that the workflow calls and the agent may not", keys: "    tools: [quote]\n",
            problem: #"workflows.yaml:20: workflows.buying.steps.order.call = "order": give a tool that reception, who may run this, is allowed "#
                + "(agents.reception.tools); one of: quote"),
        Case(
            name: "a misspelt key", keys: "    takes_over: [keen]\n",
            problem: "domain.yaml:5: agents.0.takes_over: unknown key; did you mean agents.0.takes_over_on?"),
    ])
    func reports(_ example: Case) throws {
        let files = example.file.isEmpty ? [] : [(file: example.file, text: example.text)]
        let problems = try Self.load(domain: Self.domain(example.keys), files).problems
        #expect(problems == [example.problem])
    }

    @Test("no name leads out of the folder", arguments: ["../../secret", "a/b", "desk.md"])
    func stays(name: String) throws {
        let (pack, problems) = try Self.load(domain: Self.domain("    prompt: \(name)\n"), [("secret", "version: 1\nx")])
        #expect(problems == [] && pack.agents[0].prompt == PromptTemplate(version: "inline", text: name))
    }

    // MARK: The shipped pack

    private static func shipped() throws -> DomainPack {
        let report = ConfigurationReport()
        let pack = DomainPackLoader(folder: Fixtures.root.appendingPathComponent("config/domains/telecom").path, name: "telecom", report: report).load()
        try #require(report.problems == [])
        return pack
    }

    @Test("telecom: five agents, each with tools and a prompt; from each a caller gets to each other")
    func telecom() throws {
        let pack = try Self.shipped()
        let names = ["reception", "billing", "technical", "sales", "retention"]
        #expect(pack.agents.map(\.name) == names)
        for agent in pack.agents {
            #expect(agent.tools?.isEmpty == false && agent.prompt?.version == "1")
            #expect(Set(agent.handsOverTo) == Set(names).subtracting([agent.name]))
        }
        #expect(pack.prompts.mapValues(\.version) == ["decision": "2", "reply": "1", "judge": "1", "summary": "1"])
    }

    @Test(
        "telecom: what callers say leads to whom it concerns",
        arguments: [
            ("My internet is not working", "technical"), ("I have no signal at home since yesterday.", "technical"), ("My calls keep dropping!", "technical"),
            ("the internet is very slow", "technical"), ("Is there an outage?", "technical"), ("My router doesn’t work", "technical"),
            ("I want to cancel my contract", "retention"), ("please close my account", "retention"), ("I'm switching to another provider", "retention"),
            ("what's the weather", nil), ("cancel that", nil), ("never mind", nil), ("I want to pay my bill by card", nil), ("hello", nil), ("no thanks", nil),
        ] as [(String, String?)])
    func telecomWords(text: String, agent: String?) throws {
        let pack = try Self.shipped()
        let groups = pack.qualification.groups(in: text)
        #expect(pack.agents.first { !groups.isEmpty && !$0.takesOverOn.filter(groups.contains).isEmpty }?.name == agent, "\(groups)")
    }
}
