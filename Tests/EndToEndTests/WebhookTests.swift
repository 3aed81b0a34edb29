import Foundation
import Testing
import TextChannel

@Suite("Webhooks of the real binary, taken by the example receiver: signed, complete, and without a word of the caller")
struct WebhookTests {
    private static let secret = ["GATEWAY_WEBHOOK_SECRET": "correct-horse-battery-staple"]

    /// `examples/webhook_receiver.py` on a free port.
    private static func receiver(_ environment: [String: String]) async throws -> (process: Process, output: OutputCollector, url: String) {
        let process = Process(), output = OutputCollector()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", "examples/webhook_receiver.py", "--port", "0"]
        process.currentDirectoryURL = GatewayProcess.root
        process.environment = GatewayProcess.environment(environment)
        (process.standardOutput, process.standardError) = (output.standardOutput, output.standardError)
        try process.run()
        let isThere = await eventually(within: .seconds(10)) { output.standardErrorText.contains("listening on http://") }
        let line = output.standardErrorText.split(separator: "\n").first.map(String.init) ?? ""
        guard isThere, let url = line.split(separator: " ").last else {
            process.terminate()
            throw GatewayProcess.StartFailure(description: "the receiver said: \(output.text)")
        }
        return (process, output, String(url))
    }

    private struct Notice: Decodable {
        struct Data: Decodable {
            var from_agent: String?, to_agent: String?, context: String?
            var workflow: String?, ticket: String?, outcome: String?, slots: [String]?
        }
        var id: String, type: String, subject: String, data: Data
    }

    @Test("a chat's hand-over and its workflow arrive once each, in order, and are counted", .timeLimit(.minutes(1)))
    func delivers() async throws {
        let (process, output, url) = try await Self.receiver(Self.secret)
        defer { kill(process.processIdentifier, SIGKILL) }
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "callbacks.url=\(url)"], environment: Self.secret)
        let client = try Client(gateway)
        let line = try await client.chat()
        let session = try #require(await line.session()).id
        _ = await line.say("How much data do I have left?")
        _ = await line.say("5550101")
        let arrived = await eventually(within: .seconds(10)) { output.standardOutputText.split(separator: "\n").count >= 2 }
        #expect(arrived, "\(output.text)")
        let notices = try output.standardOutputText.split(separator: "\n").map { try JSONDecoder().decode(Notice.self, from: Data($0.utf8)) }
        #expect(notices.map(\.type) == ["agent.transition", "workflow.complete"] && notices.allSatisfy { $0.subject == session })
        #expect(notices.first?.data.context?.hasPrefix("workflow=data_balance;slots=;facts=") == true)
        #expect(notices.last?.data.outcome == "completed" && notices.last?.data.slots?.contains("phone") == true)
        #expect(!output.standardOutputText.contains("5550101"))
        // The receiver prints before it answers.
        let areCounted = await eventually(within: .seconds(5)) {
            (try? MetricsTests.metrics(gateway))?.contains("gateway_webhooks_sent_total 2\n") == true
        }
        let metrics = try MetricsTests.metrics(gateway)
        #expect(areCounted && metrics.contains("gateway_webhooks_waiting 0\n"), "\(metrics)")
        let (from, to) = (notices.first?.data.from_agent ?? "", notices.first?.data.to_agent ?? "")
        #expect(metrics.contains("gateway_agent_transitions_total{from=\"\(from)\",to=\"\(to)\"} 1\n"))
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("what another secret signed is refused, which the gateway's log and metrics say", .timeLimit(.minutes(1)))
    func otherSecret() async throws {
        let (process, output, url) = try await Self.receiver(["GATEWAY_WEBHOOK_SECRET": "another-secret-than-that"])
        defer { kill(process.processIdentifier, SIGKILL) }
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "callbacks.url=\(url)"], environment: Self.secret)
        let client = try Client(gateway)
        let line = try await client.chat()
        _ = await line.say("How much data do I have left?")
        #expect(await eventually(within: .seconds(10)) { gateway.log.contains("webhook given up") && gateway.log.contains("HTTP 401") }, "\(gateway.log)")
        #expect(try MetricsTests.metrics(gateway).contains("gateway_webhooks_failed_total 1\n"))
        #expect(output.standardOutputText.isEmpty)
        await client.end()
        #expect(await gateway.stop() == 0)
    }
}
