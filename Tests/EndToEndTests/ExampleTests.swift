import AudioCodec
import Foundation
import Testing

@Suite("examples/: each runs against the real binary, does what it says, and fails when it cannot", .serialized, .enabled(if: Callers.areModelsThere))
struct ExampleTests {
    static let isPythonThere = PythonEnvironment.clients.make()
    static let hasCurl = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")
    static let greeting = "Hello, this is Northwind Mobile. How can I help you?"
    static let key = ["GATEWAY_API_KEY": "the-examples-own"]

    static func python(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws -> CommandRun {
        let arguments = ["-B", "examples/\(arguments[0])"] + arguments.dropFirst()
        return try await CommandRun.program(PythonEnvironment.clients.python, arguments, input: input, environment: environment)
    }

    /// Lines with something on them.
    static func lines(_ run: CommandRun) -> [String] { run.output.split(separator: "\n").map(String.init) }

    @Test("what the examples need is what they are tried with", .enabled(if: isPythonThere, PythonEnvironment.absence))
    func requirements() throws {
        let text = try String(contentsOf: GatewayProcess.root.appending(path: "examples/requirements.txt"), encoding: .utf8)
        #expect(text.split(separator: "\n").map(String.init).allSatisfy(PythonEnvironment.clients.requirements.contains))
    }

    @Test(
        "each explains itself with --help, and nothing is asked of a gateway",
        arguments: ["chat.py", "chat_sse.py", "audio.py", "remote_agent.py", "webhook_receiver.py", "curl.sh"])
    func help(example: String) async throws {
        try #require(Self.isPythonThere, PythonEnvironment.absence)
        let run =
            example.hasSuffix(".py")
            ? try await Self.python([example, "--help"])
            : try await CommandRun.program(URL(filePath: "/usr/bin/env"), ["bash", "examples/\(example)", "--help"])
        #expect(run.status == 0 && run.output.lowercased().contains("usage: \(example)") && run.output.contains("Exit status"), "\(run)")
    }

    @Test("chat.py: greeted, answered line by line, the session taken up again", .enabled(if: isPythonThere, PythonEnvironment.absence))
    func chat() async throws {
        let gateway = try await GatewayProcess(environment: Self.key)
        let url = ["chat.py", "--url", "ws://127.0.0.1:\(gateway.port)/chat"]
        let run = try await Self.python(url, input: "how much data is left\n\nmy number is 555 0101\n", environment: Self.key)
        let lines = Self.lines(run)
        try #require(run.status == 0 && lines.count == 3, "\(run)")
        let session = try #require(lines[0].firstMatch(of: /^\[(chat-[0-9a-f-]+)\] (.*)$/))
        #expect(session.output.2 == Self.greeting)
        #expect(lines[1].contains("phone number") && lines[2].contains("You have 1.5 GB of data left"))

        let again = try await Self.python(url + ["--session", String(session.output.1)], input: "no, that is all, goodbye\n", environment: Self.key)
        #expect(again.status == 0 && Self.lines(again).first == "[\(session.output.1)] welcome back" && Self.lines(again).count == 2, "\(again)")

        let unknown = try await Self.python(url + ["--session", "chat-of-nobody"], environment: Self.key)
        #expect(unknown.status == 1 && unknown.errors.contains("unknown_session"), "\(unknown)")
        let keyless = try await Self.python(url, input: "hello\n")
        #expect(keyless.status == 1 && keyless.errors.contains("401"), "\(keyless)")
        #expect(await gateway.stop() == 0)
    }

    @Test("chat_sse.py: the pieces as they come, then who decided what", .enabled(if: isPythonThere, PythonEnvironment.absence))
    func serverSentEvents() async throws {
        let gateway = try await GatewayProcess(environment: Self.key)
        let run = try await Self.python(
            ["chat_sse.py", "how much data is left", "--url", "http://127.0.0.1:\(gateway.port)"], environment: Self.key)
        let lines = Self.lines(run)
        try #require(run.status == 0 && lines.count == 3, "\(run)")
        let session = try #require(lines[0].firstMatch(of: /^\[(chat-[0-9a-f-]+)\] (.*)$/))
        #expect(session.output.2 == Self.greeting && lines[1].contains("phone number"))
        #expect(lines[2].wholeMatch(of: /\(check_usage, (1|0\.\d+), \d+(\.\d+)? ms\)/) != nil, "\(lines[2])")

        let next = try await Self.python(
            ["chat_sse.py", "555 0101", "--session", String(session.output.1), "--url", "http://127.0.0.1:\(gateway.port)"], environment: Self.key)
        #expect(next.status == 0 && next.output.contains("You have 1.5 GB of data left"), "\(next)")
        let keyless = try await Self.python(["chat_sse.py", "hello", "--url", "http://127.0.0.1:\(gateway.port)"])
        #expect(keyless.status == 1 && keyless.errors.contains("401"), "\(keyless)")
        #expect(await gateway.stop() == 0)
    }

    @Test("curl.sh: every step of a session, and the first refusal ends it", .enabled(if: hasCurl, "curl is absent"))
    func curl() async throws {
        let gateway = try await GatewayProcess(environment: Self.key)
        func run(_ environment: [String: String]) async throws -> CommandRun {
            try await CommandRun.program(
                URL(filePath: "/usr/bin/env"), ["bash", "examples/curl.sh", "http://127.0.0.1:\(gateway.port)"], environment: environment)
        }
        let whole = try await run(Self.key)
        try #require(whole.status == 0, "\(whole)")
        #expect(whole.errors.isEmpty)
        let steps = Self.lines(whole).filter { $0.hasPrefix("# ") }
        #expect(steps == ["# open", "# say", "# say, and see the answer being made", "# feedback", "# hand-off", "# read", "# end"])
        let events = Self.lines(whole).filter { $0.hasPrefix("event: ") }
        #expect(events.last == "event: message" && events.contains("event: delta"))
        for part in [
            Self.greeting, #""trace_id":"curl-1""#, "You have 1.5 GB of data left", #""state":"queued""#, #""state":"handed_off""#, #""user_id":"example""#,
        ] {
            #expect(whole.output.contains(part), "\(part)")
        }
        let keyless = try await run([:])
        #expect(keyless.status == 22 && keyless.output.contains("unauthorized"), "\(keyless)")
        #expect(keyless.errors.contains("open failed") && !keyless.output.contains("# say"), "\(keyless)")
        #expect(await gateway.stop() == 0)
    }

    @Test("audio.py: a WAV is understood, answered, and the spoken answer saved", .enabled(if: isPythonThere, PythonEnvironment.absence))
    func audio() async throws {
        let gateway = try await GatewayProcess(environment: Self.key)
        let question = gateway.folder.appending(path: "in.wav").path, answer = gateway.folder.appending(path: "out.wav").path
        let say = try await CommandRun.media(["say", "I want to check my data balance.", "--voice", "awb", "-o", question])
        try #require(say.status == 0, "\(say)")
        let url = ["--url", "ws://127.0.0.1:\(gateway.port)/audio"]
        let run = try await Self.python(["audio.py", question, answer] + url, environment: Self.key)
        let lines = Self.lines(run)
        try #require(run.status == 0 && lines.count == 4, "\(run)")
        #expect(lines[0] == "reception: \(Self.greeting)")
        #expect(lines[1].hasPrefix("you: ") && lines[1].lowercased().contains("data balance"), "\(lines[1])")
        #expect(lines[2].contains("phone number"))
        let spoken = try WAVFile(bytes: Array(Data(contentsOf: URL(filePath: answer))))
        let seconds = Double(spoken.mono().count) / 16_000
        #expect(spoken.sampleRate == 16_000 && (2...8).contains(seconds) && Level.dBFS(spoken.mono()) > -40, "\(seconds) s")
        #expect(lines[3] == "\(answer): \(String(format: "%.2f", seconds)) s")

        let telephone = gateway.folder.appending(path: "8k.wav").path
        _ = try await CommandRun.media(["say", "Hello.", "--sample-rate", "8000", "-o", telephone])
        for (file, reason) in [(telephone, "not 16-bit mono at 16000 Hz"), ("Package.swift", "RIFF"), ("no-such.wav", "No such file")] {
            let refused = try await Self.python(["audio.py", file, answer] + url, environment: Self.key)
            #expect(refused.status == 2 && refused.errors.contains(reason), "\(refused)")
        }
        let keyless = try await Self.python(["audio.py", question, answer] + url)
        #expect(keyless.status == 1 && keyless.errors.contains("401"), "\(keyless)")
        #expect(await gateway.stop() == 0)
    }

    @Test("without a gateway each says so, with status 1", .enabled(if: isPythonThere, PythonEnvironment.absence))
    func alone() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        #expect(await gateway.stop() == 0)
        let question = gateway.folder.appending(path: "in.wav").path
        _ = try await CommandRun.media(["say", "Hello.", "-o", question])
        for (arguments, scheme) in [(["chat.py"], "ws"), (["chat_sse.py", "hello"], "http"), (["audio.py", question, "/dev/null"], "ws")] {
            let run = try await Self.python(arguments + ["--url", "\(scheme)://127.0.0.1:\(gateway.port)"])
            #expect(run.status == 1 && run.errors.contains("127.0.0.1:\(gateway.port)") && !run.errors.contains("Traceback"), "\(run)")
        }
    }
}
