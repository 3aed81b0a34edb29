public import HTTPTransport
public import Orchestrator
import WireJSON

/// A Claude model behind Anthropic's `POST /v1/messages`.
public struct AnthropicModel: LanguageModel {
    private let call: ModelCall

    /// - Parameter endpoint: its base is `https://api.anthropic.com`.
    public init<C: Clock>(_ endpoint: ModelEndpoint, http: HTTPClient, clock: C = ContinuousClock()) where C.Duration == Duration {
        call = ModelCall(endpoint: endpoint, http: http, clock: .counting(clock))
    }

    public var name: String { call.endpoint.name }
    public var price: ModelPrice { call.endpoint.price }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try await call.answer(
            prompt, AnthropicDialect(), path: "/v1/messages", headers: headers, body: AnthropicRequest(prompt, call.endpoint.model), within: within)
    }

    /// Asks what models there are, which costs nothing.
    public func warmUp() async { await call.warmUp(path: "/v1/models", headers: headers) }

    private var headers: [(String, String)] {
        [("anthropic-version", "2023-06-01")] + (call.endpoint.key.map { [("x-api-key", $0.value)] } ?? [])
    }
}

/// The request's body. Members that are `nil` are left out.
struct AnthropicRequest: Encodable {
    struct Message: Encodable { var role: String, content: String }
    struct OutputConfiguration: Encodable {
        struct Format: Encodable {
            var type = "json_schema"
            var schema: SchemaText
        }
        var format: Format
    }
    var model: String
    /// Mandatory here.
    var max_tokens: Int
    var system: String?
    var messages: [Message]
    var stream = true
    var temperature: Double?
    var output_config: OutputConfiguration?

    init(_ prompt: ModelPrompt, _ model: String) {
        (self.model, max_tokens, temperature) = (model, prompt.maximumTokens, prompt.temperature)
        system = prompt.system.isEmpty ? nil : prompt.system
        messages = prompt.messages.map { Message(role: $0.role.rawValue, content: $0.text) }
        // Without a schema the prompt alone asks for JSON.
        if case .schema(_, let json) = prompt.output, let schema = SchemaText(json) { output_config = .init(format: .init(schema: schema)) }
    }
}

/// Named events; each one's data has its `type` as well. `message_stop` is the end.
struct AnthropicDialect: AnswerDialect {
    static var framing: BodyFraming { .events }
    private(set) var finish: Finish?
    private var input = (fresh: 0, cached: 0)

    mutating func read(_ message: [UInt8]) throws(WireFault) -> WireStep {
        let json = try BoundedJSON(message: message)
        switch json["type"]?.text {
        case "message_start":
            let usage = json["message"]?["usage"] ?? .null
            input = (usage.tokens("input_tokens") + usage.tokens("cache_creation_input_tokens"), usage.tokens("cache_read_input_tokens"))
        case "content_block_start":
            if json["content_block"]?["type"]?.text == "tool_use" { finish = .unexpected }
            return WireStep(text: json["content_block"]?["text"]?.text ?? "")
        case "content_block_delta": return WireStep(text: json["delta"]?["text"]?.text ?? "")
        case "message_delta":
            switch json["delta"]?["stop_reason"]?.text {
            case nil: break
            case "end_turn", "stop_sequence": finish = finish ?? .stop
            case "max_tokens", "model_context_window_exceeded": finish = .tokenLimit
            case "refusal": finish = .filtered
            default: finish = .unexpected
            }
            guard let usage = json["usage"], usage.members != nil else { break }
            return WireStep(
                usage: ModelUsage(
                    inputTokens: input.fresh + input.cached, cachedInputTokens: input.cached, outputTokens: usage.tokens("output_tokens")))
        case "message_stop": return WireStep(isLast: true)
        case "error": throw ProviderError.fault(status: 200, ProviderError(json), .none)
        case "ping", "content_block_stop": break
        // `{"error":…}` of a proxy; else a kind of event that came after this was written.
        case nil:
            guard let error = ProviderError(json) else { throw .malformed("an event without a type") }
            throw ProviderError.fault(status: 200, error, .none)
        default: break
        }
        return WireStep()
    }
}
