import GatewayTesting
import LanguageModels
import Orchestrator
import Testing

/// One row of the table: what the provider does, and what the caller gets.
struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var behaviour: ModelScript.Behaviour
    var code: ModelError.Code
    var status: Int
    var retryAfter: Duration?
    var isRetryable: Bool
    /// Text that came before.
    var text: String
    /// `nil` for all.
    var only: ModelScript.Dialect?

    init(
        _ name: String, _ behaviour: ModelScript.Behaviour, _ code: ModelError.Code, status: Int = 200, retryAfter: Duration? = nil, retryable: Bool,
        text: String = "", only: ModelScript.Dialect? = nil
    ) {
        (self.name, self.behaviour, self.code, self.status) = (name, behaviour, code, status)
        (self.retryAfter, isRetryable, self.text, self.only) = (retryAfter, retryable, text, only)
    }
    var testDescription: String { name }

    /// Short where the fault runs into them, and nowhere else: a busy machine is no fault.
    var deadlines: (firstText: Duration, betweenPieces: Duration) {
        switch behaviour {
        case .stallBeforeHead, .stallAfterHead: (.milliseconds(200), .seconds(5))
        case .stallAfter: (.seconds(4), .milliseconds(200))
        default: (.seconds(4), .seconds(5))
        }
    }

    private static let openAI = #"{"error":{"message":"secret words of the caller","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#
    private static func anthropic(_ type: String) -> String { #"{"type":"error","error":{"type":"\#(type)","message":"secret words"},"request_id":"r-9"}"# }
    private static func google(_ code: Int, _ status: String, _ details: String = "") -> String {
        #"[{"error":{"code":\#(code),"message":"secret words","status":"\#(status)","details":[\#(details)]}}]"#
    }

    static let all: [Fault] = [
        // Refusals.
        Fault("400", .refuse(400, body: openAI), .rejected, status: 400, retryable: false),
        Fault("401", .refuse(401), .unauthorized, status: 401, retryable: false),
        Fault("403", .refuse(403, body: "<html>"), .unauthorized, status: 403, retryable: false),
        Fault("404", .refuse(404, body: openAI), .rejected, status: 404, retryable: false),
        Fault("413", .refuse(413), .rejected, status: 413, retryable: false),
        Fault("redirect", .refuse(302, [("Location", "https://elsewhere.example/")]), .rejected, status: 302, retryable: false),
        Fault("408", .refuse(408), .timedOut, status: 408, retryable: true),
        Fault("500", .refuse(500), .unavailable, status: 500, retryable: true),
        Fault("503", .refuse(503, [("Retry-After", "2")]), .unavailable, status: 503, retryAfter: .seconds(2), retryable: true),
        Fault("503, do not retry", .refuse(503, [("x-should-retry", "false")]), .unavailable, status: 503, retryable: false),
        Fault("504", .refuse(504), .timedOut, status: 504, retryable: true),
        Fault("529", .refuse(529, body: anthropic("overloaded_error")), .unavailable, status: 529, retryable: true),
        Fault("content filter", .refuse(400, body: #"{"error":{"code":"content_filter"}}"#), .refused, status: 400, retryable: false),
        Fault(
            "Google: key", .refuse(400, body: google(400, "INVALID_ARGUMENT", #"{"reason":"API_KEY_INVALID"}"#)), .unauthorized, status: 400, retryable: false),
        Fault("204", .refuse(204), .unavailable, status: 204, retryable: true),
        // Limits.
        Fault("429", .refuse(429), .rateLimited, status: 429, retryable: true),
        Fault("429, seconds", .refuse(429, [("Retry-After", "20")]), .rateLimited, status: 429, retryAfter: .seconds(20), retryable: true),
        Fault("429, part of a second", .refuse(429, [("Retry-After", "0.25")]), .rateLimited, status: 429, retryAfter: .milliseconds(250), retryable: true),
        Fault(
            "429, date", .refuse(429, [("Retry-After", "Thu, 01 Jan 2026 00:01:30 GMT")]), .rateLimited, status: 429, retryAfter: .seconds(90),
            retryable: true),
        Fault(
            "429, a date that is over", .refuse(429, [("Retry-After", "Thu, 01 Jan 1998 00:01:30 GMT")]), .rateLimited, status: 429, retryAfter: .zero,
            retryable: true),
        Fault("429, no time at all", .refuse(429, [("Retry-After", "soon")]), .rateLimited, status: 429, retryable: true),
        Fault("429, for ever", .refuse(429, [("Retry-After", "999999999")]), .rateLimited, status: 429, retryAfter: .seconds(86_400), retryable: true),
        Fault(
            "429, milliseconds first", .refuse(429, [("Retry-After", "2"), ("retry-after-ms", "1500")]), .rateLimited, status: 429,
            retryAfter: .milliseconds(1_500), retryable: true),
        Fault(
            "429, OpenAI's resets",
            .refuse(
                429,
                [
                    ("x-ratelimit-remaining-requests", "10"), ("x-ratelimit-reset-requests", "1h"), ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "6m0.5s"),
                ]), .rateLimited, status: 429, retryAfter: .milliseconds(360_500), retryable: true),
        Fault(
            "429, resets alone", .refuse(429, [("x-ratelimit-reset-requests", "20ms"), ("x-ratelimit-reset-tokens", "1s")]), .rateLimited, status: 429,
            retryAfter: .seconds(1), retryable: true),
        Fault(
            "429, Anthropic's resets",
            .refuse(
                429,
                [
                    ("anthropic-ratelimit-requests-remaining", "4"), ("anthropic-ratelimit-requests-reset", "2026-01-01T00:10:00Z"),
                    ("anthropic-ratelimit-output-tokens-remaining", "0"), ("anthropic-ratelimit-output-tokens-reset", "2026-01-01T00:00:12Z"),
                ], body: anthropic("rate_limit_error")), .rateLimited, status: 429, retryAfter: .seconds(12), retryable: true),
        Fault(
            "429, Google's RetryInfo",
            .refuse(429, body: google(429, "RESOURCE_EXHAUSTED", #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"23.5s"}"#)),
            .rateLimited, status: 429, retryAfter: .milliseconds(23_500), retryable: true),
        Fault(
            "429, no quota left", .refuse(429, [("Retry-After", "1")], body: #"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#),
            .quotaExceeded, status: 429, retryAfter: .seconds(1), retryable: false),
        Fault("401, retry", .refuse(401, [("x-should-retry", "true")]), .unauthorized, status: 401, retryable: false),
        Fault("409, retry", .refuse(409, [("x-should-retry", "true")]), .unavailable, status: 409, retryable: true),
        Fault("402", .refuse(402, body: anthropic("billing_error")), .quotaExceeded, status: 402, retryable: false),
        // Ends of an answer.
        Fault("token limit", .limitReached, .truncated, retryable: false, text: "Hello, caller."),
        Fault("stops mid-stream", .stopAfter(2), .truncated, retryable: true, text: "Hello, "),
        Fault("breaks mid-stream", .breakAfter(2), .truncated, retryable: true, text: "Hello, "),
        Fault("stalls mid-stream", .stallAfter(2), .timedOut, retryable: true, text: "Hello, "),
        Fault("stalls behind its head", .stallAfterHead, .timedOut, retryable: true),
        Fault("never answers", .stallBeforeHead, .timedOut, status: 0, retryable: true),
        // Garbage.
        Fault(
            "a line of a megabyte", .garbageAfter(1, Array(("data: " + String(repeating: "x", count: 1 << 20) + "\n\n").utf8)), .malformed, retryable: true,
            text: "Hello"),
        Fault("no JSON", .garbageAfter(1, Array("data: {\"choices\":[}\n\n".utf8)), .malformed, retryable: true, text: "Hello"),
        Fault(
            "JSON that nests too deep", .garbageAfter(1, Array(("data: " + String(repeating: "[", count: 60_000) + "\n\n").utf8)), .malformed, retryable: true,
            text: "Hello"),
        Fault("broken UTF-8, a line", .garbageAfter(1, [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D, 0x0A]), .malformed, retryable: true, text: "Hello", only: .ollama),
        // Errors mid-stream.
        Fault(
            "error object", .errorAfter(1, body: #"{"error":{"message":"secret","type":"server_error"}}"#), .unavailable, retryable: true, text: "Hello",
            only: .chatCompletions),
        Fault(
            "error with a status", .errorAfter(1, body: #"{"error":{"message":"secret","code":429}}"#), .rateLimited, retryable: true, text: "Hello",
            only: .chatCompletions),
        Fault(
            "Google's array", .errorAfter(1, body: google(429, "RESOURCE_EXHAUSTED", #"{"retryDelay":"7s"}"#)), .rateLimited, retryAfter: .seconds(7),
            retryable: true, text: "Hello", only: .chatCompletions),
        Fault("error line", .errorAfter(1, body: #"{"error":"model runner has stopped"}"#), .unavailable, retryable: true, text: "Hello", only: .ollama),
        Fault("error", .errorAfter(1, body: google(503, "UNAVAILABLE")), .unavailable, retryable: true, text: "Hello", only: .gemini),
        Fault("error event", .errorAfter(1, body: anthropic("overloaded_error")), .unavailable, retryable: true, text: "Hello", only: .anthropic),
        Fault("error event: limit", .errorAfter(1, body: anthropic("rate_limit_error")), .rateLimited, retryable: true, text: "Hello", only: .anthropic),
        // Filters.
        Fault("filtered", .filtered, .refused, retryable: false, text: "Hello, caller.", only: .chatCompletions),
        Fault("filtered", .filtered, .refused, retryable: false, text: "Hello, caller.", only: .gemini),
        Fault("refused", .filtered, .refused, retryable: false, text: "Hello, caller.", only: .anthropic),
        Fault(
            "refusal", .garbageAfter(0, Array("data: {\"choices\":[{\"delta\":{\"refusal\":\"No.\"}}]}\n\n".utf8)), .refused, retryable: false,
            only: .chatCompletions),
        Fault(
            "blocked prompt", .garbageAfter(0, Array("data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n".utf8)), .refused, retryable: false,
            only: .gemini),
        Fault(
            "an answer of nothing", .garbageAfter(0, Array("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".utf8)),
            .malformed, retryable: true, only: .chatCompletions),
        Fault(
            "tools nobody offered", .garbageAfter(1, Array("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n".utf8)),
            .malformed, retryable: true, text: "Hello", only: .chatCompletions),
    ]

    static let cases: [(ModelScript.Dialect, Fault)] = ModelScript.Dialect.allCases.flatMap { dialect in
        all.filter { $0.only == nil || $0.only == dialect }.map { (dialect, $0) }
    }
}

@Suite("What goes wrong with a provider, by dialect and fault: code, status, when to ask again, whether to")
struct FaultTests {
    @Test("the table", arguments: Fault.cases)
    func table(_ dialect: ModelScript.Dialect, _ fault: Fault) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(fault.behaviour))
            // Of the ten seconds that the caller allows, a fault takes what the endpoint's own deadlines allow.
            let (firstText, betweenPieces) = fault.deadlines
            let model = bench.model(dialect, firstText: firstText, betweenPieces: betweenPieces)
            let heard = try await LanguageModelsTests.within(.seconds(5)) { await Heard(model) }
            let error = try #require(heard.error)
            #expect(error.code == fault.code)
            #expect(error.status == fault.status)
            #expect(error.retryAfter == fault.retryAfter)
            #expect(error.isRetryable == fault.isRetryable)
            #expect(heard.text == fault.text)
            #expect(error.engine == "llm.test")
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test("the provider's request id comes with the error")
    func requestID() async throws {
        try await ModelBench.run { bench in
            bench.server.play(
                ModelScript(.refuse(500, [("x-request-id", "req-1")])), ModelScript(.refuse(500, [("request-id", "req-2")])),
                ModelScript(.refuse(500, body: #"{"error":{"type":"api_error"},"request_id":"req-3"}"#)),
                ModelScript(.refuse(500, [("x-request-id", String(repeating: "x", count: 500))])), ModelScript(.stopAfter(1)))
            let model = bench.model(.chatCompletions)
            for expected in ["req-1", "req-2", "req-3", nil, "req-7"] { #expect(await Heard(model).error?.requestID == expected) }
        }
    }

    @Test("a reset, a refused connection, no such host", arguments: ModelScript.Dialect.allCases)
    func unreachable(_ dialect: ModelScript.Dialect) async throws {
        try await ModelBench.run { bench in
            for base in [bench.server.resettingBase, "http://127.0.0.1:1", "http://no.such.host.invalid"] {
                let error = await Heard(bench.model(dialect, base: base)).error
                #expect(error?.code == .unavailable, "\(base)")
                #expect(error?.status == 0)
                #expect(error?.isRetryable == true)
            }
            #expect(await Heard(bench.model(dialect, base: "nonsense")).error?.code == .rejected)
        }
    }

    @Test("broken UTF-8 in an event reads as U+FFFD")
    func brokenText() async throws {
        try await ModelBench.run { bench in
            var bytes = Array("data: {\"choices\":[{\"delta\":{\"content\":\"a".utf8)
            bytes += [0xC3, 0x28] + Array("\"},\"finish_reason\":\"stop\"}]}\n\n".utf8)
            bench.server.play(ModelScript(.garbageAfter(0, bytes)))
            let heard = await Heard(bench.model(.chatCompletions))
            #expect(heard.text == "a\u{FFFD}(")
            #expect(heard.error == nil)
        }
    }

    @Test("an answer of more than 64 KB is cut off", arguments: ModelScript.Dialect.allCases)
    func tooLong(_ dialect: ModelScript.Dialect) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(pieces: Array(repeating: String(repeating: "x", count: 10_000), count: 8)))
            let heard = await Heard(bench.model(dialect))
            #expect(heard.text.count == 60_000)
            #expect(heard.error?.code == .truncated)
            #expect(heard.error?.isRetryable == false)
        }
    }

    @Test("what the caller allows ends an answer that goes on and on")
    func within() async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(pieces: Array(repeating: "x", count: 1_000), pieceDelay: .milliseconds(20)))
            let heard = await Heard(bench.model(.chatCompletions), within: .milliseconds(300))
            #expect(heard.error?.code == .timedOut)
            #expect(!heard.text.isEmpty)
        }
    }
}

@Suite("Cancellation reaches the provider's socket within a second", .timeLimit(.minutes(1)))
struct CancellationTests {
    @Test("the reading task is cancelled", arguments: ModelScript.Dialect.allCases)
    func task(_ dialect: ModelScript.Dialect) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.stallAfter(1)))
            let model = bench.model(dialect)
            let reading = Task { await Heard(model).error }
            await bench.server.reached { $0.requests == 1 && $0.openStreams == 1 }
            reading.cancel()
            #expect(await reading.value?.code == .cancelled)
            let server = bench.server
            try await LanguageModelsTests.within(.seconds(1)) { await server.reached { $0.openStreams == 0 } }
        }
    }

    @Test("the answer is let go", arguments: ModelScript.Dialect.allCases)
    func dropped(_ dialect: ModelScript.Dialect) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.stallAfter(1)))
            let model = bench.model(dialect)
            do {
                let answer = try await model.answer(.hello, within: .seconds(60))
                var pieces = answer.makeAsyncIterator()
                #expect(try await pieces.next() == .text("Hello"))
            }
            let server = bench.server
            try await LanguageModelsTests.within(.seconds(1)) { await server.reached { $0.openStreams == 0 } }
        }
    }

    @Test("before there is an answer")
    func early() async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.stallBeforeHead))
            let model = bench.model(.chatCompletions)
            let reading = Task { await Heard(model).error }
            await bench.server.reached { $0.silentRequests == 1 }
            reading.cancel()
            #expect(await reading.value?.code == .cancelled)
        }
    }

    @Test("a hundred answers, each let go at another point, leave no stream")
    func noneLeft() async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(pieces: Array(repeating: "x", count: 50), pieceDelay: .milliseconds(5)))
            let model = bench.model(.chatCompletions)
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        guard let answer = try? await model.answer(.hello, within: .seconds(20)) else { return }
                        var pieces = answer.makeAsyncIterator()
                        for _ in 0..<(index % 10) { _ = try? await pieces.next() }
                    }
                }
            }
            let server = bench.server
            try await LanguageModelsTests.within(.seconds(5)) { await server.reached { $0.requests == 100 && $0.openStreams == 0 } }
        }
    }
}
