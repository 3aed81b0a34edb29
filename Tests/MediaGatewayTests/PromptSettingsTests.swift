import MediaGateway
import Testing

@Suite("prompts.langfuse: off without an address, refused without keys, which come from the environment only")
struct PromptSettingsTests {
    private static func read(_ yaml: String) throws -> GatewayConfiguration.Prompts.Langfuse {
        try GatewayConfiguration(yaml: "prompts:\n  langfuse: {\(yaml)}\n").prompts.langfuse
    }

    @Test("off as shipped, and with an empty address", arguments: ["", "url: ", "url: ''", "prefix: ''"])
    func off(yaml: String) throws {
        let langfuse = try Self.read(yaml)
        #expect(langfuse == GatewayConfiguration.defaults.prompts.langfuse)
        #expect(langfuse.url == nil && langfuse.label == "production" && langfuse.prefix == "" && langfuse.refresh == .seconds(60))
    }

    @Test("as written, but for slashes at the address's end")
    func given() throws {
        let langfuse = try Self.read("url: 'https://langfuse.example.com:8443/base//', label: staging, prefix: voice/, refresh_s: 10")
        #expect(langfuse.url == "https://langfuse.example.com:8443/base" && langfuse.label == "staging")
        #expect(langfuse.prefix == "voice/" && langfuse.refresh == .seconds(10))
        #expect(try Self.read("url: 'http://127.0.0.1:3000/'").url == "http://127.0.0.1:3000")
    }

    @Test(
        "what is wrong is said, and a key that was put into the file is not printed",
        arguments: [
            ("url: langfuse.example.com", "prompts.langfuse.url = \"langfuse.example.com\": give http(s)://HOST[:PORT][/PATH] (default none)"),
            ("url: 'ftp://x'", "give http(s)://"), ("url: 'https://'", "give http(s)://"), ("url: 'https://pk:word@x'", "give http(s)://"),
            ("url: 'https://x/?a=b'", "give http(s)://"), ("label: ''", "give text of 1...100 characters (default production)"),
            ("refresh_s: 9", "prompts.langfuse.refresh_s = \"9\": give s in 10...86400 (default 60)"), ("refresh_s: 86401", "give s in 10...86400"),
            ("secret_key: s3cret-Word", "secrets come only from the environment"),
        ])
    func problems(yaml: String, problem: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(yaml) }
        let said = error?.description ?? ""
        #expect(said.contains(problem) && !said.contains("s3cret"), "\(said)")
    }

    private static let keys = ["LANGFUSE_PUBLIC_KEY": "pk-lf-1", "LANGFUSE_SECRET_KEY": "sk-lf-s3cret"]
    private static func load(_ yaml: String, _ environment: [String: String]) throws -> LoadedConfiguration {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", "agent: {domain: acme}\n" + yaml)
        try folder.write("tiers.yaml", Workspace.tiers)
        try folder.writeDomain("acme")
        return try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: environment)
    }
    private static let yaml = "prompts: {langfuse: {url: 'https://langfuse.example.com/', label: staging}}\n"

    @Test("with an address both keys are read, and only told to whom they belong; without one, none is")
    func secret() throws {
        let loaded = try Self.load(Self.yaml, Self.keys)
        #expect(loaded.secrets.langfusePublicKey?.revealed == "pk-lf-1" && loaded.secrets.langfuseSecretKey?.revealed == "sk-lf-s3cret")
        #expect(loaded.summary.contains("prompts      from Langfuse (https://langfuse.example.com, label staging), else from the pack's files"))
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in [loaded.summary, dumped, "\(loaded)"] { #expect(!text.contains("s3cret") && !text.contains("pk-lf")) }
        let off = try Self.load("", Self.keys)
        #expect(off.secrets.langfusePublicKey == nil && off.secrets.langfuseSecretKey == nil && !off.summary.contains("Langfuse"))
    }

    @Test(
        "an address without both is refused at the start, in a sentence that names the variable",
        arguments: [nil, "", "with white space", String(repeating: "x", count: 501)], ["LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"])
    func refused(value: String?, variable: String) throws {
        var environment = Self.keys
        environment[variable] = value
        let error = #expect(throws: ConfigurationError.self) { try Self.load(Self.yaml, environment) }
        #expect(
            error?.problems.map(\.message) == [
                "prompts.langfuse.url is set, and \(variable) is missing, empty, longer than 500 characters or holds white space: set it in the "
                    + "environment, or take prompts.langfuse.url out"
            ])
    }
}
