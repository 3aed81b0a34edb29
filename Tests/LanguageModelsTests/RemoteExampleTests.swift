import EventLoop
import Foundation
import HTTPTransport
import LanguageModels
import Orchestrator
import Testing

@Suite("examples/remote_agent.py, as it is, behind the client", .enabled(if: ExampleAgent.isPythonThere, "python3 is absent"), .timeLimit(.minutes(1)))
struct RemoteExampleTests {
    private static let more = RemoteEvent.text("What else may I do for you?")

    @Test(
        "each phrase has its answer",
        arguments: [
            ("my bill", [.text("Thank you, you said: my bill. "), more]),
            ("look up my bill", [.progress(tool: "lookup", percent: 50, text: "Looking it up"), .text("Thank you, you said: look up my bill. "), more]),
            (
                "something technical",
                [.transition(to: "specialist", reason: "technical_question"), .text("Thank you, you said: something technical. "), more]
            ),
            ("I want a person", [.text("Of course. One moment, please."), .handoff(reason: "asked_for_a_person")]),
            ("Goodbye!", [.text("Thank you for calling. Goodbye."), .end(reason: "goodbye")]),
            ("repeat that", [.text("You heard: The whole")]),
        ] as [(String, [RemoteEvent])])
    func phrases(said: String, events: [RemoteEvent]) async throws {
        try await ExampleAgent.run { agent in
            try await agent.probe(within: .seconds(10))
            var turn = RemoteTurn(session: "s-1", generation: 2, channel: .voice, agent: "desk", text: said)
            turn.history = [Exchange(user: "hi", reply: "The whole answer.", heard: "The whole")]
            let heard = await RemoteHeard(agent, turn)
            #expect(heard.error == nil && heard.events == events)
        }
    }
}

/// The example as a process of its own, with a client for it.
enum ExampleAgent {
    static let isPythonThere = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func run(_ body: (RemoteAgentClient) async throws -> Void) async throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", root.appending(path: "examples/remote_agent.py").path, "0"]
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        try process.run()
        defer {
            // What a thread of Dispatch starts has SIGTERM blocked.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        // Its first line is its address.
        let line = await Task.detached { output.fileHandleForReading.availableData }.value
        let url = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let group = try EventLoopGroup(count: 1), resolver = try Resolver()
        let client = RemoteAgentClient(.init(url: url), http: HTTPClient(loop: group.loops[0], resolver: resolver))
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await group.stop()
        resolver.stop()
        try result.get()
    }
}
