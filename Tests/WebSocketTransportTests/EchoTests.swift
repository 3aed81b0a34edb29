import Testing
import WebSocketTransport

@Suite("A WebSocket message is handed over whole and valid, whatever shape it comes in")
struct EchoTests {
    @Test("text comes back as it was", arguments: ["", "a", "{\"event\":\"media\"}", String(repeating: "é", count: 20_000)])
    func whole(text: String) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.sendText(text)
            #expect(try await peer.readMessage() == RawPeer.Frame(opcode: 1, isFinal: true, payload: Array(text.utf8)))
        }
    }

    @Test("binary comes back as binary", arguments: [0, 1, 125, 126, 4_096, 4_097, 65_535, 65_536])
    func binary(size: Int) async throws {
        try await EchoServer.run { server in
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write(RawPeer.frame(2, payload))
            #expect(try await peer.readMessage() == RawPeer.Frame(opcode: 2, isFinal: true, payload: payload))
        }
    }

    @Test("fragments, with a ping between them, make one message")
    func fragments() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            let text = Array("héllo".utf8)  // cut inside the é
            await peer.write(RawPeer.frame(1, Array(text[..<2]), final: false))
            await peer.write(RawPeer.frame(9, Array("are you there".utf8)))
            await peer.write(RawPeer.frame(0, [], final: false))
            await peer.write(RawPeer.frame(0, Array(text[2...])))
            let answers = [try await peer.readFrame(), try await peer.readFrame()].sorted { $0.opcode < $1.opcode }
            #expect(
                answers == [
                    RawPeer.Frame(opcode: 1, isFinal: true, payload: text), RawPeer.Frame(opcode: 10, isFinal: true, payload: Array("are you there".utf8)),
                ])
        }
    }

    @Test("one frame in pieces of any size makes one message", arguments: [1, 2, 3, 7, 100])
    func segments(size: Int) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            let text = String(repeating: "piece", count: 40)
            let frame = RawPeer.frame(1, Array(text.utf8))
            for start in stride(from: 0, to: frame.count, by: size) { await peer.write(Array(frame[start..<min(frame.count, start + size)])) }
            #expect(try await peer.readMessage().text == text)
        }
    }

    @Test("many messages in one segment come back one by one, in order")
    func burst() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write((0..<50).flatMap { RawPeer.frame(1, Array("message \($0)".utf8)) })
            for index in 0..<50 { #expect(try await peer.readMessage().text == "message \(index)") }
            #expect(server.counters.messagesIn == 50)
        }
    }

    @Test("the first message may come in the segment of the handshake")
    func eager() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(Array(RawPeer.upgradeRequest().utf8) + RawPeer.frame(1, Array("eager".utf8)))
            #expect(try await peer.readReply(hasBody: false).status == 101)
            #expect(try await peer.readMessage().text == "eager")
        }
    }

    @Test("the handler gets the request: path, query, fields in any case")
    func request() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(RawPeer.upgradeRequest("/echo?a=1&b=x%20y%26z", extra: "X-TWILIO-signature: s1g=\r\nx-forwarded-for: 1.2.3.4\r\n"))
            #expect(try await peer.readReply(hasBody: false).status == 101)
            let request = try #require(server.routes.requests.entries.first)
            #expect(request.path == "/echo")
            #expect(request.query == "a=1&b=x%20y%26z")
            #expect(request.headers["X-Twilio-Signature"] == "s1g=")
            #expect(request.headers["X-Forwarded-For"] == "1.2.3.4")
            #expect(request.headers["host"] == "127.0.0.1")
            #expect(request.remoteAddress == "127.0.0.1")
        }
    }
}
