public import HTTPTransport
public import Orchestrator
import WireJSON

/// A Gemini model behind Google's own `POST /v1beta/models/MODEL:streamGenerateContent?alt=sse`.
public struct GeminiModel: LanguageModel {
    private let call: ModelCall
    private let thinkingBudget: Int?

    /// - Parameters:
    ///   - endpoint: its base is `https://generativelanguage.googleapis.com`.
    ///   - thinkingBudget: tokens that the model may think for; 0 for none, `nil` for models that cannot be told.
    public init<C: Clock>(_ endpoint: ModelEndpoint, thinkingBudget: Int? = nil, http: HTTPClient, clock: C = ContinuousClock()) where C.Duration == Duration {
        call = ModelCall(endpoint: endpoint, http: http, clock: .counting(clock))
        self.thinkingBudget = thinkingBudget
    }

    public var name: String { call.endpoint.name }
    public var price: ModelPrice { call.endpoint.price }

    public func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer {
        try await call.answer(
            prompt, GeminiDialect(), path: "/v1beta/models/\(call.endpoint.model):streamGenerateContent?alt=sse", headers: headers,
            body: GeminiRequest(prompt, thinkingBudget), within: within)
    }

    /// Asks what the model is, which costs nothing.
    public func warmUp() async { await call.warmUp(path: "/v1beta/models/\(call.endpoint.model)", headers: headers) }

    private var headers: [(String, String)] { call.endpoint.key.map { [("x-goog-api-key", $0.value)] } ?? [] }
}

/// The request's body. Members that are `nil` are left out.
struct GeminiRequest: Encodable {
    struct Part: Encodable { var text: String }
    struct Content: Encodable {
        var role: String?
        var parts: [Part]
    }
    struct Thinking: Encodable { var thinkingBudget: Int }
    struct Generation: Encodable {
        var maxOutputTokens: Int
        var temperature: Double?
        var responseMimeType: String?
        var responseJsonSchema: SchemaText?
        var thinkingConfig: Thinking?
    }
    var systemInstruction: Content?
    var contents: [Content]
    var generationConfig: Generation

    init(_ prompt: ModelPrompt, _ thinkingBudget: Int?) {
        systemInstruction = prompt.system.isEmpty ? nil : Content(role: nil, parts: [Part(text: prompt.system)])
        contents = prompt.messages.map { Content(role: $0.role == .user ? "user" : "model", parts: [Part(text: $0.text)]) }
        generationConfig = Generation(maxOutputTokens: prompt.maximumTokens, temperature: prompt.temperature)
        generationConfig.thinkingConfig = thinkingBudget.map { Thinking(thinkingBudget: $0) }
        switch prompt.output {
        case .text: break
        case .json: generationConfig.responseMimeType = "application/json"
        case .schema(_, let json):
            generationConfig.responseMimeType = "application/json"
            generationConfig.responseJsonSchema = SchemaText(json)
        }
    }
}

/// `data: {…}` a chunk, each with the counts up to there; the body's end is the answer's, if a reason came before.
struct GeminiDialect: AnswerDialect {
    static var framing: BodyFraming { .events }
    private(set) var finish: Finish?

    mutating func read(_ message: [UInt8]) throws(WireFault) -> WireStep {
        let json = try BoundedJSON(message: message)
        if let error = ProviderError(json) { throw ProviderError.fault(status: 200, error, .none) }
        if let reason = json["promptFeedback"]?["blockReason"]?.text, !reason.isEmpty { throw WireFault(.refused, "the prompt was blocked") }
        var step = WireStep(usage: usage(json["usageMetadata"]))
        guard let candidate = json["candidates"]?.items.first else { return step }
        for part in candidate["content"]?["parts"]?.items ?? [] {
            if part["functionCall"] != nil { finish = .unexpected }
            if part["thought"]?.isTrue != true { step.text += part["text"]?.text ?? "" }
        }
        switch candidate["finishReason"]?.text {
        case nil, "", "FINISH_REASON_UNSPECIFIED": break
        case "STOP": finish = finish ?? .stop
        case "MAX_TOKENS": finish = .tokenLimit
        case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII": finish = .filtered
        default: finish = .unexpected
        }
        return step
    }

    private func usage(_ json: BoundedJSON?) -> ModelUsage? {
        guard let json, json.members != nil else { return nil }
        return ModelUsage(
            inputTokens: json.tokens("promptTokenCount"), cachedInputTokens: json.tokens("cachedContentTokenCount"),
            outputTokens: json.tokens("candidatesTokenCount") + json.tokens("thoughtsTokenCount"))
    }
}
