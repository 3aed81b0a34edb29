import Foundation
import Testing
import TextChannel

@Suite("An operator's own agent behind the real binary: the example answers, and callers are answered when it has gone")
struct RemoteAgentTests {
    /// `examples/remote_agent.py` on a free port.
    private static func agent() async throws -> (process: Process, url: String) {
        let process = Process(), output = OutputCollector()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", "examples/remote_agent.py", "0"]
        process.currentDirectoryURL = GatewayProcess.root
        (process.standardOutput, process.standardError) = (output.standardOutput, output.standardError)
        try process.run()
        let isThere = await eventually(within: .seconds(10)) { output.standardOutputText.contains("/turn\n") }
        guard isThere, let url = output.standardOutputText.split(separator: "\n").first else {
            process.terminate()
            throw GatewayProcess.StartFailure(description: "the agent said: \(output.text)")
        }
        return (process, String(url))
    }

    @Test(.timeLimit(.minutes(2)))
    func whole() async throws {
        let (process, url) = try await Self.agent()
        defer { kill(process.processIdentifier, SIGKILL) }
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "agent.remote.url=\(url)", "breaker.failures=1", "breaker.open_s=1"])
        let client = try Client(gateway)
        #expect(try await client.request("GET", "/health")["dependencies", "agent.remote"] == "up")
        let line = try await client.chat()
        _ = await line.session()

        let first = await line.say("hello over there")
        #expect(first?.source == "agent.remote" && first?.text.contains("hello over there") == true, "\(String(describing: first))")
        // What it says comes in pieces, and again from what was heard.
        let again = await line.say("please repeat")
        #expect(again?.source == "agent.remote" && again?.text.isEmpty == false, "\(String(describing: again))")
        line.send("can you look up my order")
        let progress = await line.next { if case .progress(let progress) = $0, progress.tool != "agent" { progress } else { nil } }
        #expect(progress?.text.isEmpty == false)
        #expect(await line.answer()?.source == "agent.remote")
        let technical = await line.say("a technical question")
        #expect(technical?.agent == "specialist", "\(String(describing: technical))")

        // Gone: the gateway's own workflows answer, in the same turn, and it is left alone.
        // SIGTERM may be held back in what a test starts.
        kill(process.processIdentifier, SIGKILL)
        for _ in 0..<3 { #expect(await line.say("How much data do I have left?")?.source == "embedded") }
        let isNoticed = await eventually(within: .seconds(5)) {
            (try? await client.request("GET", "/health"))?["dependencies", "agent.remote"] == "down"
        }
        #expect(isNoticed)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a person is asked for when the agent says so", .timeLimit(.minutes(2)))
    func handsOff() async throws {
        let (process, url) = try await Self.agent()
        defer { kill(process.processIdentifier, SIGKILL) }
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "agent.remote.url=\(url)"])
        let client = try Client(gateway)
        let line = try await client.chat()
        _ = await line.session()
        line.send("I want a person")
        let answer = await line.answer()
        #expect(answer?.source == "agent.remote" && answer?.next == .handoff, "\(String(describing: answer))")
        #expect(await line.next { if case .handoff(let state) = $0 { state } else { nil } } != nil)
        await client.end()
        #expect(await gateway.stop() == 0)
    }
}
