import Testing

@Suite("A WebSocket echoes, whatever shape its messages come in")
struct EchoTests {
    @Test("whole text messages come back as they were", arguments: ["", "a", "{\"event\":\"media\"}", String(repeating: "é", count: 20_000)])
    func whole(text: String) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try peer.openWebSocket()
            peer.sendText(text)
            #expect(try peer.readMessage().text == text)
        }
    }
}
