import Foundation

/// What a service puts on the wire, written down by hand, so that no code is shared with what is tested.
protocol AnswerWire: Sendable {
    var contentType: String { get }
    /// In front of the first piece.
    func opening(_ tokens: (input: Int, cached: Int, output: Int)) -> String
    func piece(_ text: String) -> String
    /// Behind the last piece, to the end.
    func ending(_ reason: EndReason, _ tokens: (input: Int, cached: Int, output: Int)) -> String
    /// An error as a message of the stream.
    func error(_ body: String) -> String
}

enum EndReason { case stop, limit, filter }

/// The models' dialects.
struct ModelWire: AnswerWire {
    let dialect: ModelScript.Dialect

    var contentType: String { dialect == .ollama ? "application/x-ndjson" : "text/event-stream" }

    func opening(_ tokens: (input: Int, cached: Int, output: Int)) -> String {
        switch dialect {
        case .chatCompletions:
            data(
                #"{"id":"c-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#
            )
        case .ollama, .gemini: ""
        case .anthropic:
            event(
                "message_start",
                #"{"type":"message_start","message":{"id":"m-1","model":"m","usage":{"input_tokens":\#(tokens.input - tokens.cached),"cache_read_input_tokens":\#(tokens.cached),"cache_creation_input_tokens":0,"output_tokens":1}}}"#
            )
                + event("content_block_start", #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
                + event("ping", #"{"type":"ping"}"#)
        }
    }

    func piece(_ text: String) -> String {
        let text = quoted(text)
        return switch dialect {
        case .chatCompletions:
            ": keep-alive\n\n" + data(#"{"id":"c-1","choices":[{"index":0,"delta":{"content":\#(text)},"finish_reason":null}],"usage":null}"#)
        case .ollama: #"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":\#(text)},"done":false}"# + "\n"
        case .gemini:
            data(
                #"{"candidates":[{"content":{"role":"model","parts":[{"text":\#(text)}]},"index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#
            )
        case .anthropic: event("content_block_delta", #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":\#(text)}}"#)
        }
    }

    func ending(_ reason: EndReason, _ tokens: (input: Int, cached: Int, output: Int)) -> String {
        switch dialect {
        case .chatCompletions:
            data(#"{"id":"c-1","choices":[{"index":0,"delta":{},"finish_reason":"\#(word(reason, "stop", "length", "content_filter"))"}],"usage":null}"#)
                + data(
                    #"{"id":"c-1","choices":[],"usage":{"prompt_tokens":\#(tokens.input),"completion_tokens":\#(tokens.output),"total_tokens":\#(tokens.input + tokens.output),"prompt_tokens_details":{"cached_tokens":\#(tokens.cached)}}}"#
                )
                + data("[DONE]")
        case .ollama:
            #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"\#(word(reason, "stop", "length", "stop"))","total_duration":1,"prompt_eval_count":\#(tokens.input),"eval_count":\#(tokens.output)}"#
                + "\n"
        case .gemini:
            data(
                #"{"candidates":[{"content":{"role":"model","parts":[]},"finishReason":"\#(word(reason, "STOP", "MAX_TOKENS", "SAFETY"))","index":0}],"usageMetadata":{"promptTokenCount":\#(tokens.input),"cachedContentTokenCount":\#(tokens.cached),"candidatesTokenCount":\#(tokens.output - 1),"thoughtsTokenCount":1}}"#
            )
        case .anthropic:
            event("content_block_stop", #"{"type":"content_block_stop","index":0}"#)
                + event(
                    "message_delta",
                    #"{"type":"message_delta","delta":{"stop_reason":"\#(word(reason, "end_turn", "max_tokens", "refusal"))","stop_sequence":null},"usage":{"output_tokens":\#(tokens.output)}}"#
                )
                + event("message_stop", #"{"type":"message_stop"}"#)
        }
    }

    func error(_ body: String) -> String {
        switch dialect {
        case .chatCompletions, .gemini: data(body)
        case .ollama: body + "\n"
        case .anthropic: event("error", body)
        }
    }

    private func word(_ reason: EndReason, _ stop: String, _ limit: String, _ filter: String) -> String {
        switch reason {
        case .stop: stop
        case .limit: limit
        case .filter: filter
        }
    }
    private func data(_ json: String) -> String { "data: \(json)\n\n" }
    private func event(_ name: String, _ json: String) -> String { "event: \(name)\ndata: \(json)\n\n" }
    private func quoted(_ text: String) -> String { (try? String(decoding: JSONEncoder().encode(text), as: UTF8.self)) ?? "\"\"" }
}
