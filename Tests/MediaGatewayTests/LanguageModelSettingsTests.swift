import MediaGateway
import Orchestrator
import Testing

@Suite("Settings of language models: names, addresses, keys by the environment's names only")
struct LanguageModelSettingsTests {
    private static func read(_ provider: String, models: String = "[a]") throws -> GatewayConfiguration.LanguageModels {
        try GatewayConfiguration(yaml: "llm:\n  models: \(models)\n  providers:\n    a: {\(provider)}\n").llm
    }

    /// The dialects add their own paths, versions included.
    @Test(
        "each dialect knows where its servers are",
        arguments: [
            ("openai", "https://api.openai.com/v1"), ("ollama", "http://127.0.0.1:11434"), ("gemini", "https://generativelanguage.googleapis.com"),
            ("anthropic", "https://api.anthropic.com"),
        ])
    func addresses(dialect: String, url: String) throws {
        #expect(try Self.read("dialect: \(dialect), model: m").providers.map(\.url) == [url])
    }

    @Test(
        "what is wrong is said, and a key that was put into the file is not printed",
        arguments: [
            ("dialect: compatible, model: m", "[a]", "llm.providers.a.url is missing"), ("dialect: openai", "[a]", "llm.providers.a.model is missing"),
            ("dialect: grok, model: m", "[a]", "one of openai, compatible, ollama, gemini, anthropic"),
            ("dialect: openai, model: m, url: ftp://x", "[a]", "give http(s)://"), ("dialect: openai, model: m", "[b]", #"llm.models = "b""#),
            ("dialect: openai, model: m", "[a, a]", "twice"), ("dialect: openai, model: m, key_variable: sk-Secret", "[a]", "give the name of a variable"),
        ])
    func problems(provider: String, models: String, problem: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(provider, models: models) }
        let said = error?.description ?? ""
        #expect(said.contains(problem) && !said.contains("Secret"), "\(said)")
    }

    @Test("a price is of a million tokens")
    func price() throws {
        let provider = try #require(
            try Self.read("dialect: openai, model: m, input_micro_per_million: 400000, output_micro_per_million: 1600000").providers.first)
        #expect(provider.price.cost(of: ModelUsage(inputTokens: 1_000, outputTokens: 100)) == 560)
    }
}
