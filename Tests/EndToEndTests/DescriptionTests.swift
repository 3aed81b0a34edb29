import Foundation
import Testing

/// `openapi.yaml` in requests: Schemathesis makes thousands from it, sound ones and broken ones, alone and in sequences, and holds every
/// answer against it: status, headers, type and schema; what is allowed is taken, what is forbidden refused, no request is an error of ours.
@Suite("openapi.yaml against the running gateway, tried by Schemathesis", .serialized, .enabled(if: Callers.areModelsThere))
struct DescriptionTests {
    static let isSchemathesisThere = PythonEnvironment.clients.make()

    static func attempt(_ gateway: GatewayProcess, _ arguments: [String]) async throws -> CommandRun {
        let common = [
            "--config-file", "scripts/lib/schemathesis.toml", "--no-color", "run", "openapi.yaml", "--url", "http://127.0.0.1:\(gateway.port)",
            "--seed", "23", "--request-timeout", "10", "--continue-on-failure", "--generation-database", "none",
        ]
        return try await CommandRun.program(PythonEnvironment.clients.program("schemathesis"), common + arguments)
    }

    /// How many requests it made.
    static func requests(_ run: CommandRun) -> Int { run.output.firstMatch(of: /(\d+) generated/).flatMap { Int($0.output.1) } ?? 0 }

    @Test("what it allows is served, what it forbids is refused, each answer is as described", .enabled(if: isSchemathesisThere, PythonEnvironment.absence))
    func properties() async throws {
        let gateway = try await GatewayProcess(["chat.messages_per_minute=6000", "chat.burst=1000"])
        // A call to be listed and read.
        let caller = try RawSocket(port: gateway.port)
        _ = try caller.upgrade("/audio")
        try caller.sendText(#"{"type":"start","encoding":"pcm_s16le","sample_rate":16000}"#)
        #expect(caller.receive(until: #""type":"session""#) != nil)
        try caller.sendText(#"{"type":"message","text":"how much data is left"}"#)
        #expect(caller.receive(until: #""intent":"check_usage""#, within: 20_000) != nil)

        // The switches come after, by themselves: an agent that is switched off answers everybody with 503.
        let conversations = try await Self.attempt(gateway, ["--exclude-operation-id", "turnSwitch", "-n", "12", "--max-time", "30"])
        #expect(conversations.status == 0, "\(conversations.output)\(conversations.errors)")
        #expect(Self.requests(conversations) > 100, "\(conversations.output)")
        let switches = try await Self.attempt(gateway, ["--include-path-regex", "switches", "--phases", "coverage,fuzzing", "-n", "20"])
        #expect(switches.status == 0 && Self.requests(switches) > 50, "\(switches.output)\(switches.errors)")
        #expect(await gateway.stop() == 0)
        #expect(!gateway.printed.contains("Signal"), "\(gateway.printed)")
    }

    @Test("with a key that the client lacks, the refusals are as described", .enabled(if: isSchemathesisThere, PythonEnvironment.absence))
    func locked() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"], environment: ["GATEWAY_API_KEY": "k", "GATEWAY_ADMIN_KEY": "a"])
        let run = try await Self.attempt(gateway, ["--include-path-regex", "/v1/", "--phases", "coverage"])
        #expect(run.status == 0 && Self.requests(run) > 100, "\(run.output)\(run.errors)")
        #expect(await gateway.stop() == 0)
    }

    @Test("the stream of events begins, of that type; a query that says two things is refused")
    func events() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let stream = try RawSocket(port: gateway.port)
        try stream.send("GET /v1/events?name=switch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        let head = try #require(stream.receive(until: "still here"))
        #expect(head.hasPrefix("HTTP/1.1 200") && head.lowercased().contains("content-type: text/event-stream\r\n"))
        for query in ["state=active&state=ended", "state=%zz", "before=9223372036854775806", "limit=0"] {
            let socket = try RawSocket(port: gateway.port)
            try socket.send("GET /v1/calls?\(query) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            let answer = String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("bad_request"), "\(query): \(answer)")
        }
        #expect(await gateway.stop() == 0)
    }
}
