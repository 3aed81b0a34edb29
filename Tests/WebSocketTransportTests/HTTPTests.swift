import Testing
import WebSocketTransport

/// Bytes with a name for the report.
struct Bytes: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String
    var status: Int?
    init(_ name: String, _ text: String, _ status: Int? = nil) { (testDescription, self.text, self.status) = (name, text, status) }
}

@Suite("Plain HTTP on the same port: routes, framing, keep-alive")
struct HTTPTests {
    private func get(_ path: String, _ method: String = "GET", _ extra: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(extra)\r\n"
    }

    @Test("a GET, twice on one connection, and a HEAD that sends no body")
    func keepAlive() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            for _ in 0..<2 {
                await peer.write(get("/hello"))
                let reply = try await peer.readReply()
                #expect(reply.status == 200)
                #expect(reply.body == "hello\n")
                #expect(reply.headers["connection"] == "keep-alive")
            }
            await peer.write(get("/hello", "HEAD"))
            let head = try await peer.readReply(hasBody: false)
            #expect(head.headers["content-length"] == "6")
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
            #expect(server.server.acceptedSockets == 1)
        }
    }

    @Test("an unknown path is 404, a wrong method 405 with Allow", arguments: [("GET", "/nowhere", 404), ("DELETE", "/hello", 405)])
    func refused(method: String, path: String, status: Int) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get(path, method))
            let reply = try await peer.readReply()
            #expect(reply.status == status)
            #expect(reply.headers["allow"] == (status == 405 ? "GET" : nil))
        }
    }

    @Test("a body arrives whole, in one segment or many", arguments: [0, 1, 4_096, 65_536])
    func body(size: Int) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            let body = String(repeating: "b", count: size)
            await peer.write(get("/body", "POST", "Content-Length: \(size)\r\n") + body)
            #expect(try await peer.readReply().body == body)
            await peer.write(get("/body", "POST", "Content-Length: \(size)\r\n"))
            for start in stride(from: 0, to: size, by: 5_000) { await peer.write(String(body.dropFirst(start).prefix(5_000))) }
            #expect(try await peer.readReply().body == body)
        }
    }

    @Test("pipelined requests are answered in order, bodies and late answers among them")
    func pipelined() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/task") + get("/body", "POST", "Content-Length: 3\r\n") + "abc" + get("/hello") + get("/nowhere"))
            #expect(try await peer.readReply().body == "from a task\n")
            #expect(try await peer.readReply().body == "abc")
            #expect(try await peer.readReply().body == "hello\n")
            #expect(try await peer.readReply().status == 404)
        }
    }

    @Test("what comes while a body's answer is pending waits its turn")
    func bodyThenLate() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/later", "POST", "Content-Length: 3\r\n") + "abc" + get("/hello"))
            let responder = try #require(await server.routes.waiting.wait().first)
            await peer.write(get("/nowhere"))
            responder.respond(HTTPReply("late\n"))
            #expect(try await peer.readReply().body == "late\n")
            #expect(try await peer.readReply().body == "hello\n")
            #expect(try await peer.readReply().status == 404)
            #expect(server.counters.requests == 3)
        }
    }

    @Test(
        "HTTP/1.0 and Connection: close end the connection after the reply",
        arguments: [
            Bytes("HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n"),
            Bytes("close", "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            Bytes("close, answered late", "GET /task HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ])
    func closes(request: Bytes) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(request.text)
            let reply = try await peer.readReply()
            #expect(reply.headers["connection"] == "close")
            #expect(await peer.readsEnd())
        }
    }

    @Test("a reply larger than the socket's buffers arrives whole, and the connection goes on")
    func large() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/large"))
            #expect(try await peer.readReply().body.utf8.count == 8_000_000)
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test("a POST without a length has no body (RFC 9112, 6.3)")
    func noLength() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("POST /body HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().status == 200)
            await peer.write(get("/hello"))
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test(
        "what the transport refuses by itself",
        arguments: [
            Bytes("too long", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413),
            Bytes("negative length", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
            Bytes("two lengths", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n", 400),
            Bytes("no key", "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n", 400),
            Bytes("version 8", RawPeer.upgradeRequest().replacingVersion("8"), 426),
            Bytes("h2c", "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", 400),
            Bytes("subprotocol", RawPeer.upgradeRequest(extra: "Sec-WebSocket-Protocol: chat\r\n"), 400),
            Bytes("refused by the routes", RawPeer.upgradeRequest("/elsewhere"), 403),
        ])
    func refusals(request: Bytes) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(request.text)
            #expect(try await peer.readReply().status == request.status)
            if request.status != 413 { #expect(await peer.readsEnd()) }
            #expect(server.counters.webSocketsOpened == 0)
        }
    }

    @Test("a body of 10 MB is refused, and its sender gets to read why")
    func largeBody() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(get("/body", "POST", "Content-Length: 10000000\r\n"))
            await peer.write([UInt8](repeating: 0x62, count: 10_000_000))
            #expect(try await peer.readReply().status == 413)
        }
    }

    @Test(
        "garbage closes its own connection, no other",
        arguments: [
            Bytes("blank lines", "\r\n\r\n\r\n"),
            Bytes("a method and nothing", "GET\r\n\r\n"),
            Bytes("another protocol", "HELO mail\r\n\r\n"),
            Bytes("a broken field", "GET / HTTP/1.1\r\nbroken header\r\n\r\n"),
            Bytes("CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
            Bytes("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Bytes("NUL in the path", "GET /%00 HTTP/1.1\r\n\r\n"),
            Bytes("a bad escape", "GET /%zz HTTP/1.1\r\n\r\n"),
            Bytes("a TLS hello", "\u{16}\u{3}\u{1}\u{2}"),
            Bytes("no absolute path", "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n"),
            Bytes("a long field", "GET / HTTP/1.1\r\nX-Long: \(String(repeating: "x", count: 100_000))\r\n\r\n"),
            Bytes("a long path", "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\n\r\n"),
            Bytes("100,000 fields", "GET / HTTP/1.1\r\n\(String(repeating: "a:b\r\n", count: 100_000))\r\n"),
            Bytes("a folded field", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
            Bytes("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
            Bytes("an unknown upgrade", "GET /hello HTTP/1.1\r\nHost: x\r\nUpgrade: nonsense\r\nConnection: Upgrade\r\n\r\n"),
        ])
    func garbage(request: Bytes) async throws {
        var limits = TransportLimits()
        limits.head = .milliseconds(300)
        try await EchoServer.run(limits) { server in
            let neighbour = try RawPeer(port: server.port)
            try await neighbour.openWebSocket()
            let peer = try RawPeer(port: server.port)
            await peer.write(request.text)
            #expect(await peer.readsEnd())
            await neighbour.sendText("still here")
            #expect(try await neighbour.readMessage().text == "still here")
        }
    }
}

extension String {
    fileprivate func replacingVersion(_ version: String) -> String {
        split(separator: "\r\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("Sec-WebSocket-Version") ? "Sec-WebSocket-Version: \(version)" : String($0) }.joined(separator: "\r\n")
    }
}
