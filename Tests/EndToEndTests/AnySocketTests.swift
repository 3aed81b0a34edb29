import EventLoop
import Foundation
import GatewayTesting
import Testing
import TextChannel
import WebSocketTransport
import WireJSON

@Suite("WS /ws: the first message decides what the socket is", .enabled(if: Callers.areModelsThere))
struct AnySocketTests {
    /// A socket whose text messages a test reads one by one.
    private final class Peer: WebSocketHandler, @unchecked Sendable {
        // Confined to the loop of the socket but for the stream.
        private var connection: WebSocketConnection?
        let (messages, heard) = AsyncStream.makeStream(of: String.self)
        func opened(_ connection: WebSocketConnection) { self.connection = connection }
        func receivedText(_ message: RawSpan) { unsafe message.withUnsafeBytes { bytes in _ = unsafe heard.yield(String(decoding: bytes, as: UTF8.self)) } }
        func closed(_ closure: WebSocketClosure) {
            heard.yield("closed \(closure.code)")
            heard.finish()
        }
        func send(_ text: String) {
            guard let line = connection else { return }
            line.loop.post { line.sendControl(text) }
        }
        func send(_ bytes: [UInt8]) {
            guard let line = connection else { return }
            line.loop.post { unsafe line.send(binary: bytes.span.bytes) }
        }
    }

    private func open(_ gateway: GatewayProcess, _ client: Client) async throws -> Peer {
        let peer = Peer()
        let target = WebSocketClient.Target(host: "127.0.0.1", port: UInt16(gateway.port), path: "/ws")
        _ = try await WebSocketClient(resolver: client.resolver).connect(to: target, on: client.loop) { peer }
        return peer
    }

    /// The next message that holds all of these.
    private func next(_ peer: Peer, _ parts: String...) async -> String? {
        for await message in peer.messages where parts.allSatisfy(message.contains) { return message }
        return nil
    }

    @Test("a hello or plain text is a chat")
    func chat() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let line = try await client.chat(path: "/ws")
        line.send(#"{"type":"hello"}"#)
        #expect(await line.session()?.isResumed == false)
        #expect(await line.say("how much data is left")?.intent == "check_usage")
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("Twilio's start is a call; what is typed on its socket is a turn of that call, spoken and shown", .timeLimit(.minutes(1)))
    func call() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let peer = try await open(gateway, client)
        peer.send(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        peer.send(
            #"{"event":"start","sequenceNumber":"1","streamSid":"MZ01","start":{"accountSid":"AC01","streamSid":"MZ01","callSid":"CA01","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"from":"+15550101"}}}"#)
        #expect(await next(peer, "\"event\":\"media\"") != nil)
        peer.send(#"{"type":"message","text":"how much data do I have left","trace_id":"typed-1"}"#)
        #expect(await next(peer, "\"event\":\"clear\"") != nil)  // the greeting stops
        let answer = await next(peer, "\"type\":\"message\"", "typed-1")
        #expect(answer?.contains("GB") == true, "\(answer ?? "nothing")")
        #expect(await next(peer, "\"event\":\"media\"") != nil)
        peer.send(#"{"event":"stop","sequenceNumber":"9","streamSid":"MZ01","stop":{"accountSid":"AC01","callSid":"CA01"}}"#)
        #expect(await next(peer, "closed") != nil)
        let calls = try await client.request("GET", "/v1/calls")
        guard case .array(let list) = calls.json["calls"], let call = list.first, let id = call["id"]?.text else {
            throw GatewayProcess.StartFailure(description: calls.text)
        }
        let isTraced = await eventually(within: .seconds(5)) { (try? await client.request("GET", "/v1/calls/\(id)"))?.text.contains("typed-1") == true }
        #expect(isTraced)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a start of /audio is a browser's call", .timeLimit(.minutes(1)))
    func audio() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let peer = try await open(gateway, client)
        peer.send(#"{"type":"start","encoding":"pcm_s16le","sample_rate":16000,"channels":1}"#)
        #expect(await next(peer, "\"type\":\"session\"", "16000") != nil)
        peer.send(#"{"type":"stop"}"#)
        #expect(await next(peer, "closed") != nil)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("audio before anything was said closes the socket", .timeLimit(.minutes(1)))
    func binary() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let peer = try await open(gateway, client)
        peer.send([1, 2, 3])
        #expect(await next(peer, "closed 1003") != nil)
        await client.end()
        #expect(await gateway.stop() == 0)
    }
}
