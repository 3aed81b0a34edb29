import EventLoop
import Testing
import WebSocketTransport

@Suite("A reply in pieces: chunks for HTTP/1.1, until the close for 1.0, and its writer hears once that it is over")
struct StreamTests {
    private func get(_ path: String = "/stream", _ method: String = "GET", version: String = "1.1", _ extra: String = "") -> String {
        "\(method) \(path) HTTP/\(version)\r\nHost: 127.0.0.1\r\n\(extra)\r\n"
    }

    private func stream(_ server: EchoServer, _ peer: RawPeer) async throws -> HTTPBodyStream {
        await peer.write(get())
        #expect(try await peer.readHead().headers["transfer-encoding"] == "chunked")
        return try #require(await server.routes.streams.wait().last)
    }

    @Test("pieces arrive as they are written, from any thread, and the connection goes on after the last")
    func pieces() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            let stream = try await stream(server, peer)
            #expect(stream.write("data: 1\n\n"))
            #expect(try await peer.readChunk() == "data: 1\n\n")
            stream.loop.post { stream.write("from the loop") }
            #expect(try await peer.readChunk() == "from the loop")
            #expect(stream.write(""))
            #expect(stream.write("last"))
            stream.end()
            stream.end()
            #expect(!stream.write("too late"))
            #expect(!stream.isOpen)
            #expect(try await peer.readChunks(4) == "last")
            #expect(try await peer.readChunk() == nil)
            #expect(await server.routes.streamEnds.wait() == [true])
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
            #expect(server.server.acceptedSockets == 1)
            #expect(server.counters.streams == 1)
            #expect(server.routes.streamEnds.entries.count == 1)
        }
    }

    @Test("what comes behind a stream's request waits for its end")
    func pipelined() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get() + get("/hello"))
            _ = try await peer.readHead()
            let stream = try #require(await server.routes.streams.wait().first)
            stream.write("one")
            #expect(try await peer.readChunk() == "one")
            #expect(server.counters.requests == 1)
            stream.end()
            #expect(try await peer.readChunk() == nil)
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test("a client of HTTP/1.0 reads until the connection closes", arguments: ["", "Connection: keep-alive\r\n"])
    func old(extra: String) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get(version: "1.0", extra))
            let head = try await peer.readHead()
            #expect(head.headers["transfer-encoding"] == nil)
            #expect(head.headers["connection"] == "close")
            let stream = try #require(await server.routes.streams.wait().first)
            stream.write("plain")
            #expect(try await peer.read(5) == Array("plain".utf8))
            stream.end()
            #expect(await peer.readsEnd())
        }
    }

    @Test("HEAD gets the head, and its stream ends at once")
    func head() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/stream", "HEAD"))
            #expect(try await peer.readHead().headers["transfer-encoding"] == "chunked")
            #expect(await server.routes.streamEnds.wait() == [true])
            #expect(server.routes.streams.entries.first?.write("nobody asked") == false)
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test("a stream that is let go ends")
    func lost() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/lost"))
            _ = try await peer.readHead()
            #expect(try await peer.readChunk() == nil)
            #expect(await server.routes.streamEnds.wait() == [true])
        }
    }

    @Test(
        "a client that leaves is noticed at once, though nothing is written to it",
        arguments: ["reset", "closed", "half-closed", "closed behind another request"])
    func leaves(manner: String) async throws {
        try await EchoServer.run { server in
            var peer: RawPeer? = try RawPeer(port: server.port)
            let stream = try await stream(server, try #require(peer))
            switch manner {
            case "reset": await peer?.closeByReset()
            case "half-closed": await peer?.shutDownWriting()
            case "closed behind another request": await peer?.write(get("/hello"))
            default: break
            }
            let left = EventLoop.now
            if manner != "half-closed" { peer = nil }
            #expect(await server.routes.streamEnds.wait() == [true])
            // The bound is for a loaded machine: it is an event, not a sweep.
            #expect(EventLoop.now - left < .milliseconds(90))
            #expect(!stream.write("nobody there"))
            #expect(server.counters.requests == 1)
            _ = peer
        }
    }

    @Test("no deadline of a route or an idle connection ends a stream")
    func idle() async throws {
        var limits = TransportLimits()
        (limits.reply, limits.keepAlive, limits.head, limits.slowReader) = (.milliseconds(100), .milliseconds(100), .milliseconds(100), .milliseconds(100))
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port)
            let stream = try await stream(server, peer)
            let isOver = Log<Bool>()
            stream.loop.post { stream.loop.after(.milliseconds(500)) { isOver.append(stream.write("still here")) } }
            #expect(await isOver.wait() == [true])
            #expect(try await peer.readChunk() == "still here")
        }
    }

    @Test("a reader that takes nothing is dropped after the deadline, and counted")
    func slowReader() async throws {
        var limits = TransportLimits()
        (limits.slowReader, limits.maximumQueuedBytes) = (.milliseconds(200), 64_000_000)
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port, receiveBuffer: 4_096)
            let stream = try await stream(server, peer)
            #expect(stream.write([UInt8](repeating: 0x61, count: 32_000_000)))
            #expect(await server.routes.streamEnds.wait() == [true])
            #expect(server.counters.streamsDropped == 1)
            #expect(!stream.write("gone"))
            _ = peer
        }
    }

    @Test("more than may wait drops the connection; up to there nothing is lost")
    func overflow() async throws {
        var limits = TransportLimits()
        limits.maximumQueuedBytes = 100_000
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port, receiveBuffer: 4_096)
            let stream = try await stream(server, peer)
            let totals = Log<Int>()
            stream.loop.post {  // there a piece goes straight to the socket: what waits is what the reader has no room for
                var written = 0
                while stream.waitingBytes < 90_000, stream.write([UInt8](repeating: 0x61, count: 1_000)) { written += 1_000 }
                totals.append(written)
            }
            let written = try #require(await totals.wait().first)
            #expect(stream.isOpen)
            #expect(try await peer.readChunks(written).utf8.count == written)
            #expect(!stream.write([UInt8](repeating: 0x61, count: 100_001)))
            #expect(await server.routes.streamEnds.wait() == [true])
            #expect(server.counters.streamsDropped == 1)
        }
    }

    @Test("a server that goes down completes its streams")
    func drained() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            let stream = try await stream(server, peer)
            stream.write("before")
            #expect(try await peer.readChunk() == "before")
            await server.server.stop()
            #expect(try await peer.readChunk() == nil)
            #expect(await peer.readsEnd())
            #expect(await server.routes.streamEnds.wait() == [true])
            #expect(server.server.openSockets == 0)
        }
    }

    @Test("an answer counts once, whichever kind came first; a stream begun too late is over")
    func once() async throws {
        var limits = TransportLimits()
        limits.reply = .milliseconds(100)
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/later"))
            #expect(try await peer.readReply().status == 504)
            let responder = try #require(await server.routes.waiting.wait().first)
            let ends = Log<Bool>()
            let stream = try #require(responder.stream { ends.append(true) })
            #expect(await ends.wait() == [true])
            #expect(!stream.write("too late"))
            #expect(!responder.respond(HTTPReply("nor this")))
            #expect(responder.stream() == nil)
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test("Retry-After is in whole seconds, rounded up", arguments: [(0, "1"), (1_000, "1"), (1_001, "2"), (30_000, "30")])
    func retryAfter(milliseconds: Int, field: String) {
        #expect(HTTPReply(status: 429, "slow down\n").retry(after: .milliseconds(milliseconds)).headers["retry-after"] == field)
    }
}
