import MediaGateway
import Telemetry
import Testing

@Suite("Settings of webhooks: off without an address, never unsigned, the secret from the environment only")
struct CallbackSettingsTests {
    private static func read(_ yaml: String) throws -> GatewayConfiguration.Callbacks {
        try GatewayConfiguration(yaml: "callbacks: {\(yaml)}\n").callbacks
    }

    @Test("off as shipped, and with an empty address", arguments: ["", "url: ", "url: ''"])
    func off(yaml: String) throws {
        let callbacks = try Self.read(yaml)
        #expect(callbacks == GatewayConfiguration.defaults.callbacks)
        #expect(callbacks.url == nil && callbacks.secretVariable == "GATEWAY_WEBHOOK_SECRET" && callbacks.queue == 1_000)
        #expect(callbacks.events == CallbackNotice.Kind.allCases)
    }

    @Test("as written")
    func given() throws {
        let callbacks = try Self.read(
            "url: 'https://crm.example.com:8443/hooks?of=voice', secret_variable: CRM_SECRET, events: [on_workflow_complete, on_tier_escalation], queue: 5")
        #expect(callbacks.url == "https://crm.example.com:8443/hooks?of=voice" && callbacks.secretVariable == "CRM_SECRET")
        #expect(callbacks.events == [.workflowComplete, .tierEscalation] && callbacks.queue == 5)
    }

    @Test(
        "what is wrong is said, and a secret that was put into the file is not printed",
        arguments: [
            ("url: crm.example.com", "callbacks.url = \"crm.example.com\": give http(s)://HOST[:PORT][/PATH] (default none)"),
            ("url: 'ftp://crm.example.com'", "give http(s)://"), ("url: 'https://'", "give http(s)://"), ("url: 'https://x:99999/'", "give http(s)://"),
            ("url: 'https://user:word@x/'", "give http(s)://"), ("url: 'https://x/#part'", "give http(s)://"), ("url: 'https://x/a b'", "give http(s)://"),
            ("secret_variable: s3cret-Word", "callbacks.secret_variable: give the name of a variable"),
            ("secret: s3cret-Word", "secrets come only from the environment"),
            ("events: [on_call_end]", "callbacks.events = \"on_call_end\": give names of on_agent_transition, on_tier_escalation, on_workflow_complete"),
            ("events: [on_tier_escalation, on_tier_escalation]", "callbacks.events: names one twice"), ("events: []", "give a list of 1...3"),
            ("queue: 0", "give whole notices in 1...100000 (default 1000)"), ("queue: 100001", "give whole notices in 1...100000"),
        ])
    func problems(yaml: String, problem: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(yaml) }
        let said = error?.description ?? ""
        #expect(said.contains(problem) && !said.contains("s3cret"), "\(said)")
    }

    private static let sound = "correct-horse-battery-staple"
    private static func load(_ yaml: String, _ environment: [String: String]) throws -> (secret: String?, problems: [String]) {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", "agent: {domain: acme}\n" + yaml)
        try folder.write("tiers.yaml", Workspace.tiers)
        try folder.writeDomain("acme")
        do {
            let loaded = try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: environment)
            return (loaded.secrets.webhookSecret?.revealed, [])
        } catch {
            return (nil, error.problems.map(\.message))
        }
    }

    @Test("with an address, the secret is read from the variable that is named; without one, nothing is")
    func secret() throws {
        let url = "callbacks: {url: 'http://127.0.0.1:9/hooks'}\n"
        let named = "callbacks: {url: 'http://127.0.0.1:9/hooks', secret_variable: CRM_SECRET}\n"
        #expect(try Self.load(url, ["GATEWAY_WEBHOOK_SECRET": Self.sound]) == (Self.sound, []))
        #expect(try Self.load(named, ["CRM_SECRET": Self.sound]) == (Self.sound, []))
        #expect(try Self.load("", ["GATEWAY_WEBHOOK_SECRET": Self.sound]) == (nil, []))
    }

    @Test(
        "an address without a good secret is refused at the start, in a sentence that names the variable",
        arguments: [nil, "", "short", "fifteen-letters", "with white space in it, though long", String(repeating: "x", count: 501)])
    func refused(value: String?) throws {
        let environment = value.map { ["GATEWAY_WEBHOOK_SECRET": $0] } ?? [:]
        let (_, problems) = try Self.load("callbacks: {url: 'http://127.0.0.1:9/hooks'}\n", environment)
        #expect(
            problems == [
                "callbacks.url is set, and GATEWAY_WEBHOOK_SECRET, the secret that webhooks are signed with, is missing, shorter than 16 characters or "
                    + "holds white space: set it in the environment to 16 to 500 printable characters, or take callbacks.url out"
            ])
    }
}
