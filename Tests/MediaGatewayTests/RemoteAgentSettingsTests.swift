import MediaGateway
import Testing

@Suite("agent.remote: an address, the name of its token's variable, and how long an answer may take")
struct RemoteAgentSettingsTests {
    private static func read(_ remote: String, overrides: [String] = []) throws -> GatewayConfiguration.Agent.Remote {
        try GatewayConfiguration(yaml: "agent:\n  remote: {\(remote)}\n", overrides: overrides).agent.remote
    }

    @Test("without an address it is off; one can be given on the command line")
    func address() throws {
        let off = try Self.read("")
        #expect(off.url == nil && off.keyVariable == nil && off.betweenEvents == .seconds(5) && off.total == .seconds(60))
        #expect(try off == GatewayConfiguration.defaults.agent.remote && off == Self.read(#"url: """#))
        #expect(try Self.read("", overrides: ["agent.remote.url=http://127.0.0.1:9100/turn"]).url == "http://127.0.0.1:9100/turn")
    }

    @Test(
        "what is wrong is said with its key and range, and a token that was put into the file is not printed",
        arguments: [
            ("url: ftp://x", #"agent.remote.url = "ftp://x": give http(s)://HOST[:PORT][/PATH]"#),
            ("key_variable: sk-Secret", "agent.remote.key_variable: give the name of a variable"),
            ("between_events_ms: 99", #"agent.remote.between_events_ms = "99": give whole ms in 100...60000 (default 5000)"#),
            ("total_s: 601", #"agent.remote.total_s = "601": give s in 1...600 (default 60)"#),
            ("token: Secret", "agent.remote.token: secrets come only from the environment: name the variable that holds it in agent.remote.key_variable"),
            ("uri: x", "agent.remote.uri: unknown key; did you mean agent.remote.url?"),
        ])
    func problems(remote: String, problem: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(remote) }
        let said = error?.description ?? ""
        #expect(said.contains(problem) && !said.contains("Secret"), "\(said)")
    }

    @Test("the token comes from the environment; a variable that is not set is a problem only where there is an address")
    func token() throws {
        let remote = "url: http://x, key_variable: AGENT_TOKEN"
        func load(_ remote: String, _ environment: [String: String]) throws -> LoadedConfiguration {
            let folder = try Workspace()
            defer { folder.remove() }
            try folder.write("gateway.yaml", "agent: {domain: acme, remote: {\(remote)}}")
            try folder.write("tiers.yaml", Workspace.tiers)
            try folder.writeDomain("acme")
            return try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: environment)
        }
        let loaded = try load(remote, ["AGENT_TOKEN": "t-1"])
        #expect(loaded.secrets.remoteAgentKey?.revealed == "t-1" && !"\(loaded.secrets)".contains("t-1"))
        #expect(loaded.summary.contains("agent.remote (http://x), then the embedded understanding"))
        #expect(try load("key_variable: AGENT_TOKEN", [:]).secrets.remoteAgentKey == nil)
        let error = #expect(throws: ConfigurationError.self) { try load(remote, [:]) }
        #expect(error?.description.contains(#"agent.remote.key_variable = "AGENT_TOKEN": give a variable that is set to a key"#) == true)
    }
}
