import Foundation
import Orchestrator
import Testing

@testable import LanguageModels

@Suite("Wire forms: lines however they are cut, times as providers write them, dialects byte by byte")
struct WireTests {
    @Test("lines", arguments: [("a\nb\r\n\n\r\nc", ["a", "b", "c"]), ("", []), ("\n", []), ("é\n", ["é"]), ("a\rb\n", ["a\rb"])])
    func lines(text: String, expected: [String]) throws {
        let bytes = Array(text.utf8)
        for size in 1...4 {
            var reader = LineReader(maximumBytes: 10), lines: [[UInt8]] = []
            for start in stride(from: 0, to: bytes.count, by: size) { try reader.read(Array(bytes[start..<min(bytes.count, start + size)]), appendTo: &lines) }
            reader.end(appendTo: &lines)
            #expect(lines.map { String(decoding: $0, as: UTF8.self) } == expected, "in pieces of \(size)")
        }
    }

    @Test("a line beyond the bound is an error; those in front of it are there")
    func longLine() {
        var reader = LineReader(maximumBytes: 10), lines: [[UInt8]] = []
        #expect(throws: WireFault.self) { try reader.read(Array("fine\n12345678901".utf8), appendTo: &lines) }
        #expect(lines == [Array("fine".utf8)])
    }

    @Test(
        "spans of time",
        arguments: [
            ("1s", 1_000), ("6m0s", 360_000), ("1h2m3.5s", 3_723_500), ("20ms", 20), ("0s", 0), ("23.5s", 23_500), ("2", 2_000), ("100ns", 1),
            ("1d", 86_400_000),
            ("2d", 86_400_000), ("", nil), ("s", nil), ("-1s", nil), ("1x", nil), ("1s!", nil), ("nan", nil), ("inf", nil), ("1e9", nil), ("0x10", nil),
            ("1.2.3s", nil),
        ] as [(String, Int?)])
    func spans(text: String, milliseconds: Int?) { #expect(RetryAdvice.duration(text) == milliseconds.map { .milliseconds($0) }) }

    @Test("a date is held against the reply's own clock")
    func dates() {
        let fields = [(name: "date", value: "Sun, 06 Nov 1994 08:49:37 GMT"), (name: "retry-after", value: "Sun, 06 Nov 1994 08:50:07 GMT")]
        #expect(RetryAdvice(fields, now: Date()).stated == .seconds(30))
        for text in ["Sun, 06 Nov 1994 08:49:37", "06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT", "a b c d e GMT"] {
            #expect(RetryAdvice([(name: "retry-after", value: text)], now: Date()).stated == nil, "\(text)")
        }
    }

    @Test("a message that is no JSON, or none of the dialect's, neither traps nor speaks")
    func garbage() {
        let messages = [
            "", "null", "1", "[]", "{}", "\"x\"", #"{"choices":{}}"#, #"{"choices":[7]}"#, #"{"choices":[{"delta":[]}]}"#, #"{"message":7,"done":"yes"}"#,
            #"{"candidates":[{"content":{"parts":[{"text":7}]}}]}"#, #"{"type":"content_block_delta"}"#, #"{"type":7}"#, #"{"error":null}"#,
            #"{"usage":{"prompt_tokens":-1,"completion_tokens":1e99}}"#, #"{"usageMetadata":{"promptTokenCount":99999999999999999999}}"#, "{", "\u{0}",
        ]
        for message in messages {
            Self.read(ChatCompletionsDialect(), message)
            Self.read(OllamaDialect(), message)
            Self.read(GeminiDialect(), message)
            Self.read(AnthropicDialect(), message)
        }
    }

    private static func read(_ dialect: some AnswerDialect, _ message: String) {
        var dialect = dialect
        guard let step = try? dialect.read(Array(message.utf8)) else { return }
        #expect(step.text.isEmpty && dialect.finish == nil, "\(message)")
        #expect(step.usage.map { $0.inputTokens == 0 && $0.outputTokens == 0 } ?? true)
    }

    @Test("thoughts are not spoken")
    func thoughts() throws {
        var gemini = GeminiDialect(), anthropic = AnthropicDialect(), chat = ChatCompletionsDialect(), ollama = OllamaDialect()
        #expect(try gemini.read(Array(#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Hi"}]}}]}"#.utf8)).text == "Hi")
        let thinking = #"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}"#
        #expect(try anthropic.read(Array(thinking.utf8)).text.isEmpty)
        #expect(try chat.read(Array(#"{"choices":[{"delta":{"reasoning_content":"hm","content":null}}]}"#.utf8)).text.isEmpty)
        #expect(try ollama.read(Array(#"{"message":{"content":"","thinking":"hm"},"done":false}"#.utf8)).text.isEmpty)
    }
}
