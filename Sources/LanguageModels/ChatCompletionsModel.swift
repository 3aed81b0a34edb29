public import HTTPTransport
public import Orchestrator
import WireJSON

/// A model behind an OpenAI-compatible `POST /chat/completions`, streamed as server-sent events: OpenAI, vLLM, llama.cpp, Ollama under
/// `/v1`, Gemini under `/v1beta/openai`.
public struct ChatCompletionsModel: LanguageModel {
    /// What a server wants otherwise than the others.
    public enum Server: Sendable {
        /// Takes `max_completion_tokens`, and can leave its padding out.
        case openAI
        case compatible
    }
    private let call: ModelCall
    private let server: Server
    private let reasoningEffort: String?

    /// - Parameters:
    ///   - reasoningEffort: `none`, `minimal`, `low` …, for models that reason; `nil` leaves it out.
    ///   - clock: for the waits between pieces; those for connection and head are the client's.
    public init<C: Clock>(
        _ endpoint: ModelEndpoint, server: Server = .compatible, reasoningEffort: String? = nil, http: HTTPClient, clock: C = ContinuousClock()
    ) where C.Duration == Duration {
        call = ModelCall(endpoint: endpoint, http: http, clock: .counting(clock))
        (self.server, self.reasoningEffort) = (server, reasoningEffort)
    }

    public var name: String { call.endpoint.name }
    public var price: ModelPrice { call.endpoint.price }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try await call.answer(
            prompt, ChatCompletionsDialect(), path: "/chat/completions", headers: headers,
            body: ChatCompletionsRequest(prompt, call.endpoint.model, server, reasoningEffort), within: within)
    }

    /// Asks what models there are, which costs nothing.
    public func warmUp() async { await call.warmUp(path: "/models", headers: headers) }

    private var headers: [(String, String)] { call.endpoint.key.map { [("Authorization", "Bearer \($0.value)")] } ?? [] }
}

/// The request's body. Members that are `nil` are left out.
struct ChatCompletionsRequest: Encodable {
    struct Message: Encodable { var role: String, content: String }
    struct StreamOptions: Encodable {
        var include_usage = true
        var include_obfuscation: Bool?
    }
    struct Format: Encodable {
        struct Schema: Encodable { var name: String, schema: SchemaText, strict = true }
        var type: String
        var json_schema: Schema?
    }
    var model: String
    var messages: [Message]
    var stream = true
    var stream_options: StreamOptions
    var max_tokens: Int?
    var max_completion_tokens: Int?
    var temperature: Double?
    var reasoning_effort: String?
    var response_format: Format?

    init(_ prompt: ModelPrompt, _ model: String, _ server: ChatCompletionsModel.Server, _ reasoningEffort: String?) {
        self.model = model
        messages = prompt.system.isEmpty ? [] : [Message(role: "system", content: prompt.system)]
        messages += prompt.messages.map { Message(role: $0.role.rawValue, content: $0.text) }
        (temperature, reasoning_effort) = (prompt.temperature, reasoningEffort)
        switch server {
        case .openAI:
            max_completion_tokens = prompt.maximumTokens
            stream_options = StreamOptions(include_obfuscation: false)
        case .compatible:
            max_tokens = prompt.maximumTokens
            stream_options = StreamOptions()
        }
        switch prompt.output {
        case .text: break
        case .json: response_format = Format(type: "json_object")
        case .schema(let name, let json):
            response_format = SchemaText(json).map { Format(type: "json_schema", json_schema: .init(name: name, schema: $0)) } ?? Format(type: "json_object")
        }
    }
}

/// `data: {…}` a chunk, then `data: [DONE]`.
struct ChatCompletionsDialect: AnswerDialect {
    static var framing: BodyFraming { .events }
    private(set) var finish: Finish?

    mutating func read(_ message: [UInt8]) throws(WireFault) -> WireStep {
        if message.starts(with: "[DONE]".utf8) { return WireStep(isLast: true) }
        let json = try BoundedJSON(message: message)
        if let error = ProviderError(json) { throw ProviderError.fault(status: 200, error, .none) }
        var step = WireStep(usage: usage(json["usage"]))
        guard let choice = json["choices"]?.items.first else { return step }
        if let refusal = choice["delta"]?["refusal"]?.text, !refusal.isEmpty { throw .filtered }
        step.text = choice["delta"]?["content"]?.text ?? ""
        switch choice["finish_reason"]?.text {
        case nil, "": break
        case "length": finish = .tokenLimit
        case "content_filter": finish = .filtered
        case "tool_calls", "function_call": finish = .unexpected
        default: finish = .stop
        }
        return step
    }

    private func usage(_ json: BoundedJSON?) -> ModelUsage? {
        guard let json, json.members != nil else { return nil }
        return ModelUsage(
            inputTokens: json.tokens("prompt_tokens"), cachedInputTokens: json["prompt_tokens_details"]?.tokens("cached_tokens") ?? 0,
            outputTokens: json.tokens("completion_tokens"))
    }
}
