import Foundation
import MediaGateway
import Orchestrator
import Testing

@Suite("The whole configuration: gateway.yaml, tiers.yaml, the domain pack, overrides and the environment, read at once")
struct ConfigurationSourceTests {
    static func problems(
        gateway: String = "agent: {domain: acme}", tiers: String = Workspace.tiers, replacing file: String = "", with text: String = "",
        overrides: [String] = [], environment: [String: String] = [:]
    ) throws -> [String] {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", gateway)
        try folder.write("tiers.yaml", tiers)
        try folder.writeDomain("acme", replacing: file, with: text)
        do {
            _ = try ConfigurationSource(file: folder.path("gateway.yaml"), overrides: overrides).load(environment: environment)
            return []
        } catch {
            return error.problems.map { $0.description.replacing(folder.folder.path + "/", with: "") }
        }
    }

    @Test("a good one has no problems") func good() throws { #expect(try Self.problems() == []) }

    @Test("problems of every file come together, file by file")
    func together() throws {
        let problems = try Self.problems(
            gateway: "agent: {domain: acme}\nserver: {port: x}", tiers: Workspace.tiers + "\nstart_tier: gold\n", replacing: "words",
            with: "words:\n  - heard: [x]\n", overrides: ["budget.check=maybe"], environment: ["TWILIO_AUTH_TOKEN": ""])
        #expect(
            problems == [
                "environment: TWILIO_AUTH_TOKEN: is empty, too long or holds white space: give 1 to 500 printable characters, or unset it",
                #"gateway.yaml:2: server.port = "x": give whole number in 0...65535 (default 8080)"#,
                #"--set: budget.check = "maybe": give true or false (default true)"#,
                "domains/acme/words.yaml:2: words.0.word is missing: give text of 1...64 characters",
            ])
    }

    @Test(
        "tiers that contradict each other",
        arguments: [
            ("start_tier: gold", #"tiers.yaml:4: start_tier = "gold": give one of basic, standard"#),
            ("escalation: {target: basic}", #"tiers.yaml:4: escalation.target = "basic": give one of standard"#),
            ("escalation:\n  qualification_threshold: 7", #"tiers.yaml:5: escalation.qualification_threshold = "7": give number in 0...1 (default 0.7)"#),
            ("budget: {per_call: 5}", "tiers.yaml:4: budget.per_call: unknown key; did you mean budget.per_call_micro?"),
        ])
    func tiers(added: String, problem: String) throws {
        #expect(try Self.problems(tiers: Workspace.tiers + "\n\(added)\n") == [problem])
    }

    @Test("the lowest tier must cost nothing, whoever says otherwise")
    func lowestTier() throws {
        let problems = try Self.problems(overrides: ["tiers.0.price_micro_per_1000_chars=5"])
        #expect(problems == [#"--set: tiers.0.price_micro_per_1000_chars = "5": give 0: the lowest tier must always be affordable"#])
    }

    @Test(
        "a voice that does not exist is a problem of the file, not a call in silence",
        arguments: [
            ("tiers.0.voice=kall", #"--set: tiers.0.voice = "kall": give kal, rms, slt, awb"#),
            ("tiers.1.engine=flight", #"--set: tiers.1.engine = "flight": give flite"#),
        ])
    func unknownVoice(override: String, problem: String) throws {
        #expect(try Self.problems(overrides: [override]) == [problem])
    }

    @Test("a domain that is not there")
    func missingDomain() throws {
        let problem = try #require(try Self.problems(overrides: ["agent.domain=acmee"]).first)
        #expect(problem.hasPrefix(#"--set: agent.domain = "acmee": give one of acme, the folders of "#))
        #expect(problem.hasSuffix("did you mean acme?"))
    }

    @Test("a file that is not there")
    func missingFile() throws {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: "/nowhere/gateway.yaml").load(environment: [:]) }
        #expect(
            error?.problems.map(\.description) == ["/nowhere/gateway.yaml: there is no such file: run this in the checkout, or give --config FILE"])
    }

    // MARK: - Who may connect

    static let open = "reachable from outside this machine"

    @Test(
        "an address of the outside needs authentication or consent",
        arguments: [
            ("127.0.0.1", [:], [], false), ("localhost", [:], [], false), ("127.8.8.8", [:], [], false), ("::1", [:], [], false),
            ("0.0.0.0", [:], [], true), ("::", [:], [], true), ("192.0.2.7", [:], [], true), ("::ffff:192.0.2.7", [:], [], true),
            ("0.0.0.0", ["TWILIO_AUTH_TOKEN": "abc"], [], false), ("0.0.0.0", ["TWILIO_ACCOUNT_SID": "AC1"], [], true),
            ("0.0.0.0", [:], ["security.allow_open=true"], false), ("0.0.0.0", [:], ["security.allow_open=false"], true),
        ] as [(String, [String: String], [String], Bool)])
    func exposure(host: String, environment: [String: String], overrides: [String], isRefused: Bool) throws {
        let problems = try Self.problems(overrides: ["server.host=\"\(host)\""] + overrides, environment: environment)
        #expect(problems.count == (isRefused ? 1 : 0))
        if isRefused {
            let problem = try #require(problems.first)
            #expect(problem.hasPrefix("--set: server.host = \"\(host)\": is \(Self.open)"))
            #expect(problem.contains("TWILIO_AUTH_TOKEN is missing") && problem.contains("security.allow_open"))
        }
    }

    @Test("a secret shows in no summary, no problem and no dump")
    func secretsStaySecret() throws {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", "agent: {domain: acme}")
        try folder.write("tiers.yaml", Workspace.tiers)
        try folder.writeDomain("acme")
        let loaded = try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: ["TWILIO_AUTH_TOKEN": "hunter2"])
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in [loaded.summary, dumped, "\(loaded)", String(reflecting: loaded.secrets)] { #expect(!text.contains("hunter2")) }
        #expect(loaded.summary.contains("signed by Twilio"))
        #expect(loaded.warnings.count == 1)
        #expect(loaded.secrets.twilioAuthToken?.revealed == "hunter2")
    }

    // MARK: - The domain pack

    @Test("a pack becomes what its files say")
    func pack() throws {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", "agent: {domain: acme}")
        try folder.write("tiers.yaml", Workspace.tiers)
        try folder.writeDomain("acme")
        let pack = try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: [:]).domain
        #expect(pack.name == "acme" && pack.organisation == "Acme" && pack.currency == "USD")
        #expect(
            pack.tools == [
                ToolDefinition(name: "quote", required: ["plan"], outcomes: ["ok": ["price_micro"], "not_found": []], timeout: .seconds(2)),
                ToolDefinition(name: "order", required: ["plan"], hasSideEffects: true),
            ])
        let workflow = try #require(pack.workflow("buying"))
        #expect(workflow.steps.map(\.id) == ["plan", "quote", "sure", "order", "bought", "sorry"])
        #expect(workflow.steps[0].action == .ask(AskStep(slot: "plan", type: .plan, question: ["Which plan?", "Which one?"])))
        #expect(workflow.steps[1].when == [Condition("plan", .known)])
        #expect(
            workflow.steps[1].action
                == .call(
                    CallStep(tool: "quote", arguments: ["plan": "{plan}"], save: "quote", outcomes: ["not_found": .step("sorry")])))
        #expect(workflow.steps[4].action == .say(SayStep(text: ["Done."], then: .done)))
        #expect(pack.acts == [.yes: ["yes", "sure"], .no: ["no", "nope"]])
        #expect(pack.entities == [EntityDefinition(type: .plan, values: [EntityValue(name: "Big", synonyms: ["large", "2"])])])
        #expect(pack.words == [DomainWord(word: "gigabyte", heard: ["giga bite"])])
        #expect(pack.qualification.conditions == [.init(name: "dear", when: Condition("quote.price_micro", .above(100)), weight: 0.1)])
        #expect(pack.limits == ConversationLimits(maximumTurns: 30))
        #expect(pack.phrases.variants.count == Phrases.Key.allCases.count)
    }

    @Test("what only the whole pack shows is named by file and line too")
    func unsoundPack() throws {
        let text = SmallPack.workflows.replacing("{not_found: sorry}", with: "{not_found: plan}").replacing("reception", with: "nobody")
        let problems = try Self.problems(replacing: "workflows", with: text)
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix(#"domains/acme/workflows.yaml:4: workflows.buying.agent = "nobody": give "#) == true)
        #expect(problems.last?.hasPrefix(#"domains/acme/workflows.yaml:15: workflows.buying.steps.quote.on.not_found = "plan": give "#) == true)
    }

    @Test(
        "a pack's mistakes are named by file and line",
        arguments: [
            (
                "intents", "intents:\n  - name: buy\n    example: [x]\n",
                [
                    "intents.yaml:2: intents.0.examples is missing: give a list of 1...5000 times text of 1...200 characters",
                    "intents.yaml:3: intents.0.example: unknown key; did you mean intents.0.examples?",
                ]
            ),
            (
                "workflows", "workflows:\n  - name: w\n    steps:\n      - id: a\n        say: x\n        ask: y\n",
                [
                    #"workflows.yaml:4: workflows.0.steps.0.id: step "a" has 2 actions: give exactly one of call, ask, confirm, say, include"#
                ]
            ),
            (
                "workflows", "workflows:\n  - name: w\n    steps:\n      - id: a\n        when: plan maybe\n        say: x\n",
                [
                    #"workflows.yaml:5: workflows.0.steps.0.when = "plan maybe": give one of "# + Condition.grammar
                ]
            ),
            (
                "workflows", "workflows:\n  - name: w\n    steps:\n      - {id: a, ask: y, type: colour, range: [2, 1]}\n",
                [
                    #"workflows.yaml:4: workflows.0.steps.0.type = "colour": give one of text, number, money, date, month, phone, data, plan, choice, confirmation"#,
                    "workflows.yaml:4: workflows.0.steps.0.range: give two numbers, [low, high]",
                ]
            ),
            (
                "entities", "entities:\n  - type: plan\n    values: [Big]\n",
                [
                    #"entities.yaml:3: entities.0.values.0: is no section: give `key: value` lines under it"#,
                    "entities.yaml:3: entities.0.values.0.name is missing: give text of 1...200 characters",
                ]
            ),
            ("words", "wrods: []\n", ["words.yaml:1: wrods: unknown key; did you mean words?"]),
        ])
    func packProblems(file: String, text: String, expected: [String]) throws {
        let problems = try Self.problems(replacing: file, with: text)
        #expect(problems == expected.map { "domains/acme/\($0)" })
    }
}
