public import HTTPTransport
public import Orchestrator
import WireJSON

/// A model that Ollama runs, behind its native `POST /api/chat`: a JSON object a line.
public struct OllamaModel: LanguageModel {
    private let call: ModelCall
    private let keepAlive: String?
    private let contextTokens: Int?

    /// - Parameters:
    ///   - keepAlive: how long the model stays loaded after a request, e.g. `30m`; `nil` is Ollama's 5 minutes.
    ///   - contextTokens: of prompt and answer together; `nil` is the model's own.
    public init<C: Clock>(
        _ endpoint: ModelEndpoint, keepAlive: String? = "30m", contextTokens: Int? = nil, http: HTTPClient, clock: C = ContinuousClock()
    ) where C.Duration == Duration {
        call = ModelCall(endpoint: endpoint, http: http, clock: .counting(clock))
        (self.keepAlive, self.contextTokens) = (keepAlive, contextTokens)
    }

    public var name: String { call.endpoint.name }
    public var price: ModelPrice { call.endpoint.price }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try await call.answer(
            prompt, OllamaDialect(), path: "/api/chat", headers: headers,
            body: OllamaRequest(prompt, call.endpoint.model, keepAlive, contextTokens), within: within)
    }

    /// Has the model loaded, which takes tens of seconds when it is cold: no messages, no answer.
    public func warmUp() async {
        let body = OllamaRequest(model: call.endpoint.model, messages: [], keep_alive: keepAlive)
        await call.warmUp("POST", path: "/api/chat", headers: headers, body: ModelCall.json(body), within: .seconds(120))
    }

    /// For a proxy before it; Ollama itself has no keys.
    private var headers: [(String, String)] { call.endpoint.key.map { [("Authorization", "Bearer \($0.value)")] } ?? [] }
}

/// The request's body. Members that are `nil` are left out.
struct OllamaRequest: Encodable {
    struct Message: Encodable { var role: String, content: String }
    struct Options: Encodable { var num_predict: Int, temperature: Double?, num_ctx: Int? }
    enum Format: Encodable {
        case json, schema(SchemaText)
        func encode(to encoder: any Encoder) throws {
            switch self {
            case .json: try "json".encode(to: encoder)
            case .schema(let schema): try schema.encode(to: encoder)
            }
        }
    }
    var model: String
    var messages: [Message]
    var stream = true
    /// Thoughts are silence on the phone.
    var think: Bool? = false
    var keep_alive: String?
    var options: Options?
    var format: Format?

    init(model: String, messages: [Message], keep_alive: String?) {
        (self.model, self.messages, self.keep_alive, think) = (model, messages, keep_alive, nil)
    }

    init(_ prompt: ModelPrompt, _ model: String, _ keepAlive: String?, _ contextTokens: Int?) {
        self.model = model
        messages = prompt.system.isEmpty ? [] : [Message(role: "system", content: prompt.system)]
        messages += prompt.messages.map { Message(role: $0.role.rawValue, content: $0.text) }
        keep_alive = keepAlive
        options = Options(num_predict: prompt.maximumTokens, temperature: prompt.temperature, num_ctx: contextTokens)
        switch prompt.output {
        case .text: break
        case .json: format = .json
        case .schema(_, let json): format = SchemaText(json).map { .schema($0) } ?? .json
        }
    }
}

/// A line a piece; the last one has `done`, and the counts.
struct OllamaDialect: AnswerDialect {
    static var framing: BodyFraming { .lines }
    private(set) var finish: Finish?

    mutating func read(_ message: [UInt8]) throws(WireFault) -> WireStep {
        let json = try BoundedJSON(message: message)
        if let error = ProviderError(json) { throw ProviderError.fault(status: 200, error, .none) }
        var step = WireStep(text: json["message"]?["content"]?.text ?? "")
        guard json["done"]?.isTrue == true else { return step }
        if let calls = json["message"]?["tool_calls"], !calls.items.isEmpty {
            finish = .unexpected
        } else {
            finish = json["done_reason"]?.text == "length" ? .tokenLimit : .stop
        }
        step.usage = ModelUsage(inputTokens: json.tokens("prompt_eval_count"), outputTokens: json.tokens("eval_count"))
        step.isLast = true
        return step
    }
}
