import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import LanguageModels
import Orchestrator
import Testing

/// A model server with clients that speak to it.
struct ModelBench: Sendable {
    let server: ModelServer
    let http: HTTPClient
    static let key = APIKey("sk-test-1234")
    /// 2026-01-01T00:00:00Z
    static let wallTime = Date(timeIntervalSince1970: 1_767_225_600)

    /// - Parameter start: makes the server.
    static func run(
        _ start: (EventLoopGroup) async throws -> ModelServer = { try await ModelServer.start(on: $0) }, _ body: (ModelBench) async throws -> Void
    ) async throws {
        await Turnstile.servers.enter()
        let group = try EventLoopGroup(count: 2)
        let resolver = try Resolver()
        let server = try await start(group)
        let bench = ModelBench(server: server, http: HTTPClient(loop: group.loops[0], resolver: resolver))
        let result: Result<Void, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        await server.stop()
        await group.stop()
        resolver.stop()
        await Turnstile.servers.leave()
        try result.get()
    }

    func model(
        _ dialect: ModelScript.Dialect, base: String? = nil, price: ModelPrice = .free, firstText: Duration = .seconds(4), betweenPieces: Duration = .seconds(5)
    ) -> any LanguageModel {
        var endpoint = ModelEndpoint(name: "llm.test", base: base ?? server.base, model: "m-1", key: Self.key, price: price)
        (endpoint.firstText, endpoint.betweenPieces) = (firstText, betweenPieces)
        endpoint.wallClock = { Self.wallTime }
        return switch dialect {
        case .chatCompletions: ChatCompletionsModel(endpoint, http: http)
        case .ollama: OllamaModel(endpoint, http: http)
        case .gemini: GeminiModel(endpoint, http: http)
        case .anthropic: AnthropicModel(endpoint, http: http)
        }
    }
}

/// All of an answer.
struct Heard: Sendable {
    var pieces: [String] = []
    var usage: ModelUsage?
    var error: ModelError?
    var text: String { pieces.joined() }

    init(_ model: any LanguageModel, _ prompt: ModelPrompt = .hello, within: Duration = .seconds(10)) async {
        do throws(ModelError) {
            let answer = try await model.answer(prompt, within: within)
            for try await piece in answer {
                switch piece {
                case .text(let text): pieces.append(text)
                case .usage(let usage): self.usage = usage
                }
            }
        } catch { self.error = error }
    }
}

extension ModelPrompt {
    static let hello = ModelPrompt(system: "Be brief.", messages: [.init(.user, "Hello?")], maximumTokens: 64, temperature: 0.2)
}

/// Fails the test when `body` takes longer: a test that hangs says nothing.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        let first = try await group.next() ?? nil
        group.cancelAll()
        return try #require(first, "nothing happened within \(limit)")
    }
}
