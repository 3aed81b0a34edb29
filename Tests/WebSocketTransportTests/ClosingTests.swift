import Testing
import WebSocketTransport

@Suite("A WebSocket that goes wrong ends alone, with the code that RFC 6455 gives it, and is counted by cause")
struct ClosingTests {
    struct Wrong: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        var code: Int
        var cause: WebSocketClosure.Cause
        init(_ name: String, _ bytes: [UInt8], _ code: Int, _ cause: WebSocketClosure.Cause = .protocolError) {
            (testDescription, self.bytes, self.code, self.cause) = (name, bytes, code, cause)
        }
    }

    @Test(
        "bad frames",
        arguments: [
            Wrong("reserved opcode 3", RawPeer.frame(3, [1]), 1002),
            Wrong("reserved control opcode 11", RawPeer.frame(11, []), 1002),
            Wrong("reserved bit", [0xC1, 0x80, 1, 2, 3, 4], 1002),
            Wrong("fragmented ping", RawPeer.frame(9, [1], final: false), 1002),
            Wrong("continuation of nothing", RawPeer.frame(0, [1]), 1002),
            Wrong("a new message inside another", RawPeer.frame(1, [0x61], final: false) + RawPeer.frame(1, [0x61]), 1002),
            Wrong("text that is not UTF-8", RawPeer.frame(1, [0xC3, 0x28]), 1007),
            Wrong("text that ends inside a character", RawPeer.frame(1, Array("abcdefgh".utf8) + [0xE2, 0x82]), 1007),
            Wrong("a surrogate in UTF-8", RawPeer.frame(1, [0xED, 0xA0, 0x80]), 1007),
            Wrong("one byte too many", RawPeer.frame(2, [UInt8](repeating: 0, count: 65_537)), 1009, .messageTooBig),
            Wrong("ten announced megabytes", RawPeer.frame(1, [0x61], announce: 10_000_000), 1009, .messageTooBig),
            Wrong(
                "too much in fragments",
                RawPeer.frame(1, [UInt8](repeating: 0x61, count: 40_000), final: false)
                    + RawPeer.frame(0, [UInt8](repeating: 0x61, count: 40_000)), 1009, .messageTooBig),
        ])
    func badFrames(wrong: Wrong) async throws {
        try await EchoServer.run { server in
            let neighbour = try RawPeer(port: server.port)
            try await neighbour.openWebSocket()
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write(wrong.bytes)
            #expect(try await peer.readMessage().closeCode == wrong.code)
            #expect(await peer.readsEnd())
            let closure = try #require(await server.routes.closures.wait().first)
            #expect(closure.cause == wrong.cause)
            #expect(closure.code == wrong.code)
            #expect(server.counters.closed == [wrong.cause: 1])
            await neighbour.sendText("still here")
            #expect(try await neighbour.readMessage().text == "still here")
        }
    }

    @Test("a message of 10 MB is cut off, and the next call works")
    func tenMegabytes() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write(RawPeer.frame(1, [UInt8](repeating: 0x61, count: 10_000_000), mask: [0, 0, 0, 0]))
            #expect(await peer.readsEnd())
            #expect(await server.routes.closures.wait().first?.cause == .messageTooBig)
            let next = try RawPeer(port: server.port)
            try await next.openWebSocket()
            await next.sendText("next")
            #expect(try await next.readMessage().text == "next")
        }
    }

    @Test("the peer's close frame is answered, and its code and reason are told")
    func peerCloses() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write(RawPeer.frame(8, [0x03, 0xE9] + Array("bye".utf8)))
            #expect(try await peer.readMessage().closeCode == 1001)
            #expect(await peer.readsEnd())
            #expect(await server.routes.closures.wait() == [WebSocketClosure(cause: .peer, code: 1001, reason: "bye")])
        }
    }

    @Test("a socket that breaks is connection loss, 1006", arguments: ["closed", "reset", "half-closed", "closed inside a frame"])
    func breaks(manner: String) async throws {
        try await EchoServer.run { server in
            var peer: RawPeer? = try RawPeer(port: server.port)
            try await peer?.openWebSocket()
            switch manner {
            case "reset": await peer?.closeByReset()
            case "half-closed": await peer?.shutDownWriting()
            case "closed inside a frame": await peer?.write(Array(RawPeer.frame(1, Array("cut".utf8)).dropLast(2)))
            default: break
            }
            if manner != "half-closed" { peer = nil }
            #expect(await server.routes.closures.wait() == [WebSocketClosure(cause: .connectionLost, code: 1006)])
            _ = peer
        }
    }

    @Test("silence ends it after the idle deadline; a ping does not count as a message")
    func idle() async throws {
        var limits = TransportLimits()
        limits.idle = .seconds(1)
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket("/silent")
            await peer.write(RawPeer.frame(9, []))
            #expect(try await peer.readMessage().opcode == 10)
            #expect(try await peer.readMessage().closeCode == 1001)
            #expect(await server.routes.closures.wait().first?.cause == .idle)
        }
    }

    @Test("a peer that answers no ping is dropped as half-open; one that does stays")
    func unresponsive() async throws {
        var limits = TransportLimits()
        (limits.pingAfter, limits.pongWithin) = (.milliseconds(100), .seconds(2))
        try await EchoServer.run(limits) { server in
            let dead = try RawPeer(port: server.port)
            try await dead.openWebSocket("/silent")
            let alive = try RawPeer(port: server.port)
            try await alive.openWebSocket("/silent")
            for _ in 0..<4 {
                let ping = try await alive.readFrame()
                #expect(ping.opcode == 9)
                await alive.write(RawPeer.frame(10, ping.payload))
            }
            #expect(await server.routes.closures.wait().first?.cause == .unresponsive)
            #expect(server.counters.webSocketsOpen == 1)
        }
    }

    @Test("a peer that reads nothing: sends are refused, then it is dropped")
    func slowReader() async throws {
        var limits = TransportLimits()
        limits.slowReader = .milliseconds(200)
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port, receiveBuffer: 4_096)
            try await peer.openWebSocket("/flood")
            await peer.sendText("go")
            #expect(await server.routes.closures.wait().first?.cause == .slowReader)
            #expect(server.counters.sendsRefused > 0)
        }
    }

    @Test("control messages wait for a stuck socket up to the bound, then the connection is closed")
    func overflow() async throws {
        var limits = TransportLimits()
        limits.maximumQueuedMessages = 4
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port, receiveBuffer: 4_096)
            try await peer.openWebSocket()
            let large = RawPeer.frame(1, [UInt8](repeating: 0x61, count: 60_000))
            for _ in 0..<500 where server.counters.webSocketsOpen == 1 { await peer.write(large) }
            #expect(await server.routes.closures.wait().first?.cause == .overflow)
        }
    }

    @Test("closing from our side: code and reason go out, and a peer that does not answer is dropped in time")
    func local() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket("/silent")
            await server.server.closeAll(code: 1001, reason: "going away")
            let frame = try await peer.readMessage()
            #expect(frame.closeCode == 1001)
            #expect(String(decoding: frame.payload.dropFirst(2), as: UTF8.self) == "going away")
            #expect(await peer.readsEnd())
            #expect(server.routes.closures.entries == [WebSocketClosure(cause: .shutdown, code: 1001, reason: "going away")])
            #expect(server.server.openSockets == 0)
        }
    }
}
