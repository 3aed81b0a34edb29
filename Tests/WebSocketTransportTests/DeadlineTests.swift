import Testing
import WebSocketTransport

@Suite("Whoever is slow, or stays away, costs a connection no longer than its deadline, and is counted")
struct DeadlineTests {
    private func limits(_ change: (inout TransportLimits) -> Void) -> TransportLimits {
        var limits = TransportLimits()
        change(&limits)
        return limits
    }

    @Test("a head that drips byte by byte", arguments: ["", "GET /hello HTTP/1.1\r\nHost: x\r\nX-A: "])
    func slowHead(beginning: String) async throws {
        try await EchoServer.run(limits { $0.head = .milliseconds(200) }) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(beginning)
            #expect(await peer.readsEnd())
            #expect(server.counters.requestDeadlines == 1)
        }
    }

    @Test("a body that does not come")
    func slowBody() async throws {
        try await EchoServer.run(limits { $0.body = .milliseconds(200) }) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfive!")
            #expect(await peer.readsEnd())
            #expect(server.counters.requestDeadlines == 1)
            #expect(server.counters.requests == 0)
        }
    }

    @Test("a connection kept alive for nothing")
    func keptAlive() async throws {
        try await EchoServer.run(limits { $0.keepAlive = .milliseconds(200) }) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().status == 200)
            #expect(await peer.readsEnd())
        }
    }

    @Test("a route that takes too long is 504; what it says later is dropped")
    func slowRoute() async throws {
        try await EchoServer.run(limits { $0.reply = .milliseconds(200) }) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().status == 504)
            let responder = try #require(await server.routes.waiting.wait().first)
            #expect(responder.respond(HTTPReply("too late\n")))
            await peer.write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test(
        "what the transport turns away is told as the routes say it, where they do",
        arguments: [
            ("POST", "/shaped/body", "Content-Length: 70000\r\n\r\n", 413), ("POST", "/shaped/body", "Transfer-Encoding: chunked\r\n\r\n11171\r\n", 413),
            ("POST", "/shaped/body", "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400), ("GET", "/shaped/later", "\r\n", 504),
            ("GET", "/shaped/forgets", "\r\n", 500), ("GET", "/shaped/socket", "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", 400),
        ])
    func shaped(method: String, path: String, rest: String, status: Int) async throws {
        try await EchoServer.run(limits { $0.reply = .milliseconds(200) }) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(rest)")
            let reply = try await peer.readReply()
            #expect(reply.status == status && reply.body == "{\"\(path)\":\(status)}")
            #expect(reply.headers["content-type"] == "application/json")
        }
    }

    @Test("a route that lets the responder go without an answer is 500")
    func forgets() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("GET /forgets HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().status == 500)
        }
    }

    @Test("an answer for a client that has gone is dropped, the second answer does not count")
    func gone() async throws {
        try await EchoServer.run { server in
            var peer: RawPeer? = try RawPeer(port: server.port)
            await peer?.write("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            let responder = try #require(await server.routes.waiting.wait().first)
            await peer?.closeByReset()
            peer = nil
            #expect(responder.respond(HTTPReply("nobody hears this\n")))
            #expect(!responder.respond(HTTPReply("nor this\n")))
            let next = try RawPeer(port: server.port)
            await next.write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await next.readReply().status == 200)
        }
    }

    @Test("a reply that nobody reads")
    func unread() async throws {
        try await EchoServer.run(limits { $0.slowReader = .milliseconds(300) }) { server in
            let peer = try RawPeer(port: server.port, receiveBuffer: 4_096)
            await peer.write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await eventually { server.counters.requestDeadlines == 1 })
            _ = await peer.readsEnd()
        }
    }

    @Test("more sockets than the bound are closed at once; a place that is freed is taken")
    func bound() async throws {
        try await EchoServer.run(limits { $0.maximumSockets = 2 }) { server in
            var first: RawPeer? = try RawPeer(port: server.port)
            let second = try RawPeer(port: server.port)
            try await first?.openWebSocket()
            try await second.openWebSocket()
            let third = try RawPeer(port: server.port)
            #expect(await third.readsEnd())
            #expect(server.server.refusedSockets == 1)
            first = nil
            _ = await server.routes.closures.wait()
            #expect(await eventually { server.server.openSockets == 1 })
            let fourth = try RawPeer(port: server.port)
            try await fourth.openWebSocket()
        }
    }
}
