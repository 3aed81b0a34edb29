import Foundation
import GatewayTesting
import Synchronization
import Testing

@Suite("media-gateway chat: what goes wrong is a sentence and an exit code", .enabled(if: Callers.areModelsThere))
struct ShellTests {
    /// The shell with a gateway, from a pipe.
    private static func chat(
        _ gateway: GatewayProcess, _ arguments: [String] = [], input: String = "", scheme: String = "ws", environment: [String: String] = [:]
    ) async throws -> CommandRun {
        let url = ["chat", "--url", "\(scheme)://127.0.0.1:\(gateway.port)/chat"]
        return try await CommandRun.media(url + arguments, input: input, environment: environment)
    }

    /// The shell with its input left open.
    private final class Shell: Sendable {
        private let process = Mutex(Process())
        private let input = Pipe()
        let output = OutputCollector()

        init(_ arguments: [String]) throws {
            try process.withLock { process in
                process.executableURL = GatewayProcess.binary
                process.currentDirectoryURL = GatewayProcess.root
                process.arguments = ["chat"] + arguments
                process.environment = GatewayProcess.environment([:])
                (process.standardInput, process.standardOutput, process.standardError) = (input, output.standardOutput, output.standardError)
                try process.run()
            }
        }
        func type(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }
        func interrupt() { process.withLock { _ = kill($0.processIdentifier, SIGINT) } }
        var isOver: Bool { process.withLock { !$0.isRunning } }
        /// It waits for an answer: Ctrl-C does not end it by itself.
        var waitsForAnswer: Bool {
            let pid = process.withLock { $0.processIdentifier }
            let status = (try? String(contentsOf: URL(filePath: "/proc/\(pid)/status"), encoding: .utf8)) ?? ""
            let caught = status.firstMatch(of: /SigCgt:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
            return caught & (1 << UInt64(SIGINT - 1)) != 0
        }
        func prints(_ text: String) async -> Bool { await eventually(within: .seconds(10)) { self.output.text.contains(text) } }
        /// Its exit status; `nil` when it does not end.
        func ended() async -> Int32? {
            guard await eventually(within: .seconds(10), { self.isOver }) else {
                process.withLock { _ = kill($0.processIdentifier, SIGKILL) }
                return nil
            }
            return process.withLock { $0.terminationStatus }
        }
    }

    @Test("a gateway that hangs: the second Ctrl-C leaves, with 130")
    func hanging() async throws {
        let gateway = try await GatewayProcess()
        let shell = try Shell(["--url", "ws://127.0.0.1:\(gateway.port)/chat"])
        #expect(await shell.prints("Northwind"))
        let readsLine = await eventually(within: .seconds(10)) { !shell.waitsForAnswer }
        #expect(readsLine)
        gateway.signal(SIGSTOP)
        try shell.type("hello")
        let waits = await eventually(within: .seconds(10)) { shell.waitsForAnswer }
        #expect(waits)
        // More often than twice, since signals that come together are one.
        _ = await eventually(within: .seconds(10)) {
            shell.interrupt()
            return shell.isOver
        }
        #expect(await shell.ended() == 130, "\(shell.output.text)")
        gateway.signal(SIGCONT)
        #expect(await gateway.stop() == 0)
    }

    @Test("a gateway that goes away: said at once, with the command that goes on, and exit code 1")
    func gone() async throws {
        let gateway = try await GatewayProcess()
        let shell = try Shell(["--url", "ws://127.0.0.1:\(gateway.port)/chat"])
        try shell.type("hello")
        try shell.type("/session")
        #expect(await shell.prints("\nchat-"))
        let id = try #require(shell.output.text.firstMatch(of: /\n(chat-[0-9a-f-]+)\n/)?.1)
        #expect(await gateway.stop() == 0)
        #expect(await shell.ended() == 1)
        let said = shell.output.standardErrorText
        #expect(said.contains("the gateway closed the connection") && said.contains("--session \(id) goes on"), "\(said)")
    }

    @Test("a session that nobody knows is no new one")
    func unknownSession() async throws {
        let gateway = try await GatewayProcess()
        let run = try await Self.chat(gateway, ["--session", "chat-of-nobody"], input: "hello\n")
        #expect(run.status == 1 && run.errors.contains("no session of that id") && run.output.isEmpty, "\(run)")
        #expect(await gateway.stop() == 0)
    }

    @Test("lines from a pipe that come too fast are said again, each is answered")
    func patient() async throws {
        let gateway = try await GatewayProcess(["chat.messages_per_minute=1200", "chat.burst=1"])
        let run = try await Self.chat(gateway, input: String(repeating: "hello\n", count: 5))
        #expect(run.status == 0 && run.output.split(separator: "\n").count { $0.hasPrefix("agent  ") } == 6, "\(run)")
        #expect(await gateway.stop() == 0)
    }

    @Test("lines that are refused are an exit code")
    func refused() async throws {
        let gateway = try await GatewayProcess(["chat.max_message_bytes=100"])
        let line = String(repeating: "hello ", count: 20) + "\n"
        let run = try await Self.chat(gateway, input: line + line)
        #expect(run.status == 1 && run.errors.contains("without an answer: 2"), "\(run)")
        #expect(await gateway.stop() == 0)
    }

    @Test("while the agent is switched off nothing is opened, and that is said")
    func switchedOff() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        _ = try await client.request("PUT", "/v1/switches/agent.enabled", "false")
        let run = try await Self.chat(gateway, input: "hello\n")
        #expect(run.status == 1 && run.errors == "the agent is switched off\n", "\(run)")
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("why there is no connection, without a word of the library's")
    func unconnected() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"], environment: ["GATEWAY_API_KEY": "right"])
        let wrong = try await Self.chat(gateway, environment: ["GATEWAY_API_KEY": "wrong"])
        #expect(wrong.status == 1 && wrong.errors == "the gateway wants an API key: set GATEWAY_API_KEY\n", "\(wrong)")
        #expect(await gateway.stop() == 0)
        let nobody = try await Self.chat(gateway)
        #expect(nobody.status == 1 && nobody.errors == "nobody listens at 127.0.0.1:\(gateway.port)\n", "\(nobody)")
    }

    @Test("IPv6: brackets where a URL has them, for the server, the shell and a call")
    func sixth() async throws {
        let gateway = try await GatewayProcess(["server.host=::1"])
        #expect(gateway.printed.contains("listening on http://[::1]:\(gateway.port)"))
        let chat = try await CommandRun.media(["chat", "--set", "server.host=::1", "--set", "server.port=\(gateway.port)"], input: "hello\n")
        #expect(chat.status == 0 && chat.output.contains("Northwind") && !chat.errors.contains("starting one"), "\(chat)")
        let question = gateway.folder.appending(path: "in.wav").path, record = gateway.folder.appending(path: "out.wav").path
        _ = try await CommandRun.media(["say", "I want to check my data balance.", "--voice", "awb", "-o", question])
        let call = try await CommandRun.media(["call", question, "--url", "http://[::1]:\(gateway.port)/twilio/voice", "-o", record])
        #expect(call.status == 0, "\(call)")
        #expect(await gateway.stop() == 0)
    }

    @Test("a call's recording that cannot be written is found out before the call")
    func unwritable() async throws {
        let folder = try GatewayProcess.makeFolder()
        let question = folder.appending(path: "in.wav").path
        _ = try await CommandRun.media(["say", "Hello.", "-o", question])
        for target in [folder.path, "\(question)/out.wav"] {
            let run = try await CommandRun.media(["call", question, "-o", target])
            #expect(run.status == 1 && run.errors.contains("cannot be written") && !run.errors.contains("calling"), "\(run)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["in.wav"])
    }
}
