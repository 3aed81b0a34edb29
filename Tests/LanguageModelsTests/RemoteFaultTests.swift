import GatewayTesting
import LanguageModels
import Orchestrator
import Testing

/// One row of the table: what the remote agent does, what the conversation gets, and what the breaker makes of it.
struct RemoteFault: Sendable, CustomTestStringConvertible {
    enum Count: Sendable, Equatable {
        case nothing, failure
        /// Open at once, for so long.
        case opens(Duration)
    }
    var name: String
    var script: ModelScript
    var code: ModelError.Code
    var count: Count
    /// What was said before.
    var text: String
    /// Where nobody answers properly.
    var url: String?

    init(_ name: String, _ script: ModelScript, _ code: ModelError.Code, _ count: Count = .failure, text: String = "", url: String? = nil) {
        (self.name, self.script, self.code, self.count, self.text, self.url) = (name, script, code, count, text, url)
    }
    /// In the middle of a stream: a greeting, then this.
    init(_ name: String, _ behaviour: ModelScript.Behaviour, _ code: ModelError.Code) {
        self.init(name, RemoteAgentServer.script(behaviour), code, text: "Hello, ")
    }
    /// A stream of these events; or, without a name, a JSON document.
    init(_ event: String?, _ json: String, text: String = "") {
        let script =
            event.map { RemoteAgentServer.script(.answer, [RemoteAgentServer.event($0, json), RemoteAgentServer.text("x")]) }
            ?? ModelScript(.refuse(200, body: json))
        self.init("\(event ?? "document") \(json.prefix(60))", script, .malformed, text: text)
    }
    var testDescription: String { name }

    /// Short where the fault runs into them, and nowhere else: a busy machine is no fault.
    var deadlines: (first: Duration, between: Duration) {
        switch script.behaviour {
        case .stallBeforeHead, .stallAfterHead: (.milliseconds(600), .seconds(5))
        case .stallAfter: (.seconds(4), .milliseconds(200))
        default: (.seconds(4), .seconds(5))
        }
    }

    private static func refusal(_ status: Int, _ headers: [(String, String)] = [], body: String = #"{"error":"secret"}"#) -> ModelScript {
        ModelScript(.refuse(status, headers, body: body))
    }
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let half = String(repeating: "y", count: 32_768)
    private static let long = String(repeating: "x", count: 101)

    static let all: [RemoteFault] =
        [
            RemoteFault("refuses connections", RemoteAgentServer.script(), .unavailable, url: "http://127.0.0.1:1/turn"),
            RemoteFault("resets connections", RemoteAgentServer.script(), .unavailable, url: "resetting"),
            RemoteFault("no URL", RemoteAgentServer.script(), .rejected, .nothing, url: "nonsense"),
            RemoteFault("500", refusal(500), .unavailable), RemoteFault("503", refusal(503, [("Retry-After", "2")]), .unavailable),
            RemoteFault("504", refusal(504), .timedOut), RemoteFault("204", refusal(204, body: ""), .unavailable),
            RemoteFault("429", refusal(429), .rateLimited),
            RemoteFault("429, seconds", refusal(429, [("Retry-After", "7")]), .rateLimited, .opens(.seconds(7))),
            RemoteFault("401", refusal(401), .unauthorized, .opens(.seconds(60))), RemoteFault("404", refusal(404), .rejected),
            RemoteFault("400", refusal(400), .rejected, .nothing), RemoteFault("302", refusal(302, [("Location", "http://x/")]), .rejected, .nothing),
            RemoteFault("never answers", RemoteAgentServer.script(.stallBeforeHead), .timedOut),
            RemoteFault("stalls behind its head", RemoteAgentServer.script(.stallAfterHead), .timedOut),
            RemoteFault("stalls mid-stream", .stallAfter(1), .timedOut), RemoteFault("stops mid-stream", .stopAfter(1), .malformed),
            RemoteFault("breaks mid-stream", .breakAfter(1), .unavailable),
            RemoteFault("an error", .errorAfter(1, body: #"{"message":"secret"}"#), .unavailable),
            RemoteFault("no JSON", .garbageAfter(1, bytes("event: text\ndata: {\"text\":}\n\n")), .malformed),
            RemoteFault("zeros", .garbageAfter(1, [UInt8](repeating: 0, count: 100)), .malformed),
            RemoteFault("an event of 70 KB", .garbageAfter(1, bytes(RemoteAgentServer.text(String(repeating: "y", count: 70_000)))), .malformed),
            RemoteFault("events that nobody knows for ever", .garbageAfter(1, bytes(String(repeating: "data: {}\n\n", count: 10_001))), .malformed),
            RemoteFault("is a web page", refusal(200, [("Content-Type", "text/html")], body: "<html>"), .malformed),
            RemoteFault("says nothing", RemoteAgentServer.script(.answer, []), .malformed),
            RemoteFault(
                "64 KiB of text, and a byte", RemoteAgentServer.script(.answer, [half, half, "z"].map(RemoteAgentServer.text)), .malformed, text: half + half),
            RemoteFault("transition", #"{"to":"a b","reason":""}"#), RemoteFault("transition", #"{"to":"","reason":""}"#),
            RemoteFault("transition", #"{"to":"\#(long.prefix(65))","reason":""}"#), RemoteFault("transition", #"{"to":"b"}"#),
            RemoteFault("transition", #"{"to":"b","reason":"\#(long)"}"#), RemoteFault("progress", #"{"tool":"é","text":""}"#),
            RemoteFault("progress", #"{"tool":"t","percent":101,"text":""}"#), RemoteFault("progress", #"{"tool":"t","percent":-1,"text":""}"#),
            RemoteFault("progress", #"{"tool":"t","percent":0.5,"text":""}"#), RemoteFault("progress", #"{"tool":"t"}"#),
            RemoteFault("handoff", #"{"reason":"two\nlines"}"#), RemoteFault("handoff", "{}"), RemoteFault("end", #"{"reason":7}"#),
            RemoteFault("text", #"{"text":["x"]}"#), RemoteFault("text", #"["x"]"#), RemoteFault(nil, ""), RemoteFault(nil, "{}"),
            RemoteFault(nil, #"{"text":""}"#), RemoteFault(nil, #"{"text":"x","end":true}"#), RemoteFault(nil, #"{"text":"x","handoff":{}}"#),
            RemoteFault(nil, #"{"transition":{"to":"b","reason":""}}"#), RemoteFault(nil, #"{"text":"\#(String(repeating: "y", count: 65_536))"}"#),
            RemoteFault("JSON with an error", refusal(200), .unavailable),
        ]
}

@Suite("agent.remote: what goes wrong, by fault: the error, and what the breaker counts", .timeLimit(.minutes(1)))
struct RemoteFaultTests {
    @Test("the table", arguments: RemoteFault.all)
    func table(_ fault: RemoteFault) async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(fault.script)
            let board = BreakerBoard(clock: ManualClock())
            let url = fault.url == "resetting" ? bench.server.resettingBase + "/turn" : fault.url
            let (first, between) = fault.deadlines
            let agent = GuardedAgent(bench.remote(url: url, betweenEvents: between), board: board)
            let heard = try await within(.seconds(5)) { await RemoteHeard(agent, within: first) }
            let error = try #require(heard.error)
            #expect(error.code == fault.code && error.engine == "agent.remote" && heard.text == fault.text, "\(error)")
            #expect(!"\(error)".contains("secret"))
            let status = try #require(board.snapshot().first)
            switch fault.count {
            case .nothing: #expect(status.state == .closed && status.failures == 0)
            case .failure: #expect(status.state == .closed && status.failures == 1)
            case .opens(let wait): #expect(status.state == .open && status.openFor == wait)
            }
        }
    }
}
