import EventLoop
import Foundation
import GatewayTesting
import Testing
import TextChannel
import WebSocketTransport

@Suite("Language models beside the real binary: one that answers is used, one that fails is left alone, and callers notice neither")
struct ModelTests {
    /// The shipped files, with a model in `gateway.yaml`.
    private static func configuration(_ server: ModelServer) throws -> URL {
        let folder = try GatewayProcess.makeFolder().appending(path: "config")
        try FileManager.default.copyItem(at: GatewayProcess.root.appending(path: "config"), to: folder)
        let file = folder.appending(path: "gateway.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let models = """
              models: [primary]
              providers:
                primary: {dialect: compatible, url: "\(server.base)/v1", model: m-1, key_variable: MODEL_KEY, output_micro_per_million: 1000000}
            """
        #expect(text.contains("\n  models: []\n"))
        try text.replacing("\n  models: []\n", with: "\n" + models + "\n").write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test(.timeLimit(.minutes(2)))
    func whole() async throws {
        let group = try EventLoopGroup(count: 1)
        let server = try await ModelServer.start(on: group)
        server.play(
            ModelScript(
                pieces: [
                    #"{"intent":"out_of_scope","confidence":0.9,"entities":[],"workflow":null,"next_action":"answer","clarification_question":null}"#,
                    "\nI do like ", "music.",
                ]))
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "breaker.failures=2", "breaker.open_s=3600"], environment: ["MODEL_KEY": "sk-test"],
            configuration: try Self.configuration(server))
        let client = try Client(gateway)
        #expect(try await client.request("GET", "/health")["dependencies", "llm.primary"] == "up")
        let line = try await client.chat()
        _ = await line.session()
        let answer = await line.say("do you like music")
        #expect(answer?.text == "I do like music." && answer?.source == "llm.primary/direct", "\(String(describing: answer))")
        #expect(server.received.contains { $0.request.headers["authorization"] == "Bearer sk-test" })

        // Switched off, the pack answers.
        _ = try await client.request("PUT", "/v1/switches/agent.direct_model_fallback", "false")
        #expect(await line.say("do you like music")?.source == "llm.primary")

        server.play(ModelScript(.refuse(500)))
        for _ in 0..<3 { #expect(await line.say("how much data do I have left")?.source == "embedded") }
        let isLeftAlone = await eventually(within: .seconds(5)) {
            (try? await client.request("GET", "/health"))?["degradation"] == "minimal"
        }
        #expect(isLeftAlone)
        func asked() -> Int { server.received.count { $0.dialect != nil } }
        let before = asked()
        #expect(await line.say("what is my bill")?.source == "embedded")
        #expect(asked() == before, "with its circuit open it is not asked")
        let metrics = try await client.request("GET", "/metrics").text
        #expect(metrics.contains(#"gateway_breaker_trips_total{model="llm.primary"} 1"#))
        #expect(
            metrics.contains(#"gateway_model_tokens_total{kind="output",model="llm.primary"}"#)
                || metrics.contains(#"gateway_model_tokens_total{model="llm.primary",kind="output"}"#))
        #expect(try await client.request("GET", "/ready").status == 200, "calls are served all the same")
        await client.end()
        #expect(await gateway.stop() == 0)
        await server.stop()
        await group.stop()
    }
}
