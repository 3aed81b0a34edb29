import GatewayTesting
import LanguageModels
import Orchestrator
import Testing
import WebSocketTransport
import WireJSON

@Suite("Answers of language models: text as it is written, counts, costs, connections used again")
struct AnswerTests {
    typealias Dialect = ModelScript.Dialect

    @Test("pieces come in order, then the counts", arguments: Dialect.allCases)
    func streams(_ dialect: Dialect) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(pieces: ["Hello", ", ", "\"caller\" é😀\n", "bye"], tokens: (input: 1_000, cached: 400, output: 20)))
            let heard = await Heard(bench.model(dialect))
            #expect(heard.error == nil)
            #expect(heard.pieces == ["Hello", ", ", "\"caller\" é😀\n", "bye"])
            // Ollama does not say what it had in its cache.
            #expect(heard.usage == ModelUsage(inputTokens: 1_000, cachedInputTokens: dialect == .ollama ? 0 : 400, outputTokens: 20))
        }
    }

    @Test("text arrives while the rest is still to be written", arguments: Dialect.allCases)
    func early(_ dialect: Dialect) async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.stallAfter(1)))
            let model = bench.model(dialect)
            let answer = try await model.answer(.hello, within: .seconds(10))
            var pieces = answer.makeAsyncIterator()
            #expect(try await pieces.next() == .text("Hello"))
            #expect(bench.server.counts.openStreams == 1)
        }
    }

    @Test("what is sent: model, prompt, limits, and the key in its own field only", arguments: Dialect.allCases)
    func request(_ dialect: Dialect) async throws {
        try await ModelBench.run { bench in
            _ = await Heard(bench.model(dialect))
            let request = try #require(bench.server.received.first).request
            let json = try BoundedJSON(request.body.span)
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(text.contains("Be brief.") && text.contains("Hello?") && text.contains("64") && text.contains("0.2"))
            #expect(!text.contains("sk-test"))
            #expect(request.headers["content-type"] == "application/json")
            switch dialect {
            case .chatCompletions:
                #expect(request.headers["authorization"] == "Bearer sk-test-1234")
                #expect(json["model"]?.text == "m-1")
                #expect(json["stream"] == .bool(true))
                #expect(json["stream_options"]?["include_usage"] == .bool(true))
                #expect(json["max_tokens"] == .number("64"))
            case .ollama: #expect(json["options"]?["num_predict"] == .number("64"))
            case .gemini:
                #expect(request.headers["x-goog-api-key"] == "sk-test-1234")
                #expect(request.query == "alt=sse")
                #expect(json["generationConfig"]?["maxOutputTokens"] == .number("64"))
            case .anthropic:
                #expect(request.headers["x-api-key"] == "sk-test-1234")
                #expect(request.headers["anthropic-version"] == "2023-06-01")
                #expect(json["max_tokens"] == .number("64"))
            }
        }
    }

    @Test("a schema goes out as it is written, whatever the dialect calls it", arguments: Dialect.allCases)
    func schema(_ dialect: Dialect) async throws {
        try await ModelBench.run { bench in
            let schema = #"{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"minimum":0.5}},"required":["a"],"additionalProperties":false}"#
            let prompt = ModelPrompt(messages: [.init(.user, "JSON, please")], output: .schema(name: "decision", json: schema))
            _ = await Heard(bench.model(dialect), prompt)
            let body = try #require(bench.server.received.first).request.body
            let json = try BoundedJSON(body.span)
            let sent =
                switch dialect {
                case .chatCompletions: json["response_format"]?["json_schema"]?["schema"]
                case .ollama: json["format"]
                case .gemini: json["generationConfig"]?["responseJsonSchema"]
                case .anthropic: json["output_config"]?["format"]?["schema"]
                }
            #expect(sent?["required"] == .array([.string("a")]))
            #expect(sent?["properties"]?["b"]?["minimum"] == .number("0.5"))
            #expect(sent?["additionalProperties"] == .bool(false))
        }
    }

    @Test("after a warm-up and between answers there is one connection", arguments: Dialect.allCases)
    func reuse(_ dialect: Dialect) async throws {
        try await ModelBench.run { bench in
            let model = bench.model(dialect)
            await model.warmUp()
            #expect(bench.server.acceptedSockets == 1)
            for _ in 0..<5 { #expect(await Heard(model).text == "Hello, caller.") }
            bench.server.play(ModelScript(.refuse(500)), ModelScript())
            #expect(await Heard(model).error?.code == .unavailable)
            #expect(await Heard(model).text == "Hello, caller.")
            #expect(bench.server.acceptedSockets == 1)
        }
    }

    @Test("a server that never ends its body costs half a second, no answer")
    func endless() async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.answerAndStall))
            let model = bench.model(.chatCompletions)
            let heard = try await within(.seconds(3)) { await Heard(model) }
            #expect(heard.text == "Hello, caller.")
            #expect(heard.error == nil)
            #expect(heard.usage == ModelUsage(inputTokens: 9, outputTokens: 3))
            let server = bench.server
            try await within(.seconds(1)) { await server.reached { $0.openStreams == 0 } }
        }
    }

    @Test("fifty at once, each its own answer")
    func many() async throws {
        try await ModelBench.run { bench in
            bench.server.play { request in
                let json = try? BoundedJSON(request.body.span)
                guard case .array(let messages)? = json?["messages"], let asked = messages.last?["content"]?.text else { return ModelScript(.refuse(400)) }
                return ModelScript(pieces: ["You are ", asked])
            }
            let model = bench.model(.chatCompletions)
            await withTaskGroup(of: (Int, String).self) { group in
                for caller in 0..<50 {
                    group.addTask { (caller, await Heard(model, ModelPrompt(messages: [.init(.user, "caller \(caller)")])).text) }
                }
                for await (caller, text) in group { #expect(text == "You are caller \(caller)") }
            }
        }
    }

    @Test("cost comes from the counts, rounded up; cached tokens have their own price")
    func cost() async throws {
        let price = ModelPrice(input: 2_500_000, cachedInput: 1_250_000, output: 10_000_000)
        #expect(price.cost(of: ModelUsage(inputTokens: 1_000, cachedInputTokens: 400, outputTokens: 20)) == 1_500 + 500 + 200)
        #expect(price.cost(of: ModelUsage(inputTokens: 1, outputTokens: 0)) == 3)
        #expect(price.cost(of: ModelUsage(inputTokens: 0, outputTokens: 0)) == 0)
        #expect(price.cost(of: ModelUsage(inputTokens: 1, cachedInputTokens: 9, outputTokens: -5)) == 2)
        #expect(price.cost(of: ModelUsage(inputTokens: .max, outputTokens: 1)) == .max)
        #expect(ModelPrice.free.cost(of: ModelUsage(inputTokens: 1_000_000, outputTokens: 5)) == 0)
    }

    @Test("an answer that was cancelled before its counts came is estimated, and says so")
    func estimate() async throws {
        try await ModelBench.run { bench in
            bench.server.play(ModelScript(.stallAfter(1), pieces: ["12345678", "9"]))
            let model = bench.model(.chatCompletions)
            let answer = try await model.answer(.hello, within: .seconds(10))
            var pieces = answer.makeAsyncIterator()
            _ = try await pieces.next()
            // "Be brief." and "Hello?" are 15 bytes.
            #expect(answer.usage == ModelUsage(inputTokens: 4, outputTokens: 2, isEstimated: true))
        }
    }

    @Test("a key is never printed, and never breaks a header field")
    func keys() throws {
        let key = try #require(APIKey(" sk-secret\r\n"))
        #expect("\(key) \(String(reflecting: key))".contains("sk-secret") == false)
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("sk-secret"))
        for text in ["", " ", "a b", "a\r\nX: y", "é"] { #expect(APIKey(text) == nil, "\(text.debugDescription)") }
    }
}
