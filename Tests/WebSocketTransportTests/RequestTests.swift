import EventLoop
import Testing
import WebSocketTransport

@Suite("A request is read in one way only (RFC 9112): what another server could read otherwise is refused, and the connection closed")
struct RequestTests {
    @Test(
        "heads that have split requests elsewhere",
        arguments: [
            Bytes("both lengths", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            Bytes("both lengths, the other way", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
            Bytes("two equal lengths", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
            Bytes("a length with a sign", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400),
            Bytes("a hexadecimal length", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na", 400),
            Bytes("an empty length", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n", 400),
            Bytes("a length beyond all integers", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
            Bytes("two codings", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            Bytes("chunked and more", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
            Bytes("gzip below chunked", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
            Bytes("an unknown coding", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
            Bytes("a combining mark behind chunked", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\u{301}\r\n\r\n0\r\n\r\n", 501),
            Bytes("chunks in HTTP/1.0", "POST /body HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            Bytes("a blank before the colon", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
            Bytes("a combining mark behind the colon", "POST /body HTTP/1.1\r\nHost: x\r\nX-\u{e9}:\u{301} a\r\n\r\n", 400),
            Bytes("a control character in the name", "GET /hello HTTP/1.1\r\nHost: x\r\nX\u{b}Y: a\r\n\r\n", 400),
            Bytes("a folded coding", "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
            Bytes("LF alone", "GET /hello HTTP/1.1\nHost: x\r\n\r\n", 400),
            Bytes("CR alone", "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n", 400),
            Bytes("an empty line of LF alone", "GET /hello HTTP/1.1\r\nHost: x\r\n\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Bytes("NUL in a value", "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400),
            Bytes("a tab in the request line", "GET\t/hello HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Bytes("two blanks in the request line", "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Bytes("HTTP/1.2", "GET /hello HTTP/1.2\r\nHost: x\r\n\r\n", 505),
            Bytes("a sign in an escape", "GET /%+f HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            Bytes("no Host", "GET /hello HTTP/1.1\r\n\r\n", 400),
            Bytes("two names in Host", "GET /hello HTTP/1.1\r\nHost: x, y\r\n\r\n", 400),
            Bytes("another host in the target", "GET http://evil.example/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
            Bytes("an expectation", "POST /body HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\na", 417),
            Bytes("one more of them", "POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nExpect: more\r\nContent-Length: 1\r\n\r\na", 417),
        ])
    func refused(request: Bytes) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(request.text)
            #expect(try await peer.readReply().status == request.status)
            #expect(await peer.readsEnd())
            #expect(server.counters.requests == 0)
            #expect(server.counters.requestsRefused == 1)
        }
    }

    private func post(_ chunks: String, _ extra: String = "") -> String {
        "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\(extra)\r\n\(chunks)"
    }

    @Test(
        "a body in chunks arrives whole, and what follows it is the next request",
        arguments: [
            Bytes("", "0\r\n\r\n"), Bytes("hello", "5\r\nhello\r\n0\r\n\r\n"), Bytes("hello", "2\r\nhe\r\n3\r\nllo\r\n000\r\n\r\n"),
            Bytes("hello", "5;name=value;other\r\nhello\r\n0;last\r\n\r\n"), Bytes("hello", "5\r\nhello\r\n0\r\nTrailer: skipped\r\nX: y\r\n\r\n"),
            Bytes("0\r\n\r\n", "5\r\n0\r\n\r\n\r\n0\r\n\r\n"), Bytes("0123456789abcde", "0000000F\r\n0123456789abcde\r\n0\r\n\r\n"),
        ], [false, true])
    func chunked(body: Bytes, inPieces: Bool) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            let request = post(body.text)
            if inPieces { for byte in Array(request.utf8) { await peer.write([byte]) } } else { await peer.write(request) }
            #expect(try await peer.readReply().body == body.testDescription)
            await peer.write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await peer.readReply().body == "hello\n")
        }
    }

    @Test("a large body in chunks, and one byte more than the limit", arguments: [(65_536, 200), (65_537, 413)])
    func limit(size: Int, status: Int) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            var chunks = ""
            for start in stride(from: 0, to: size, by: 10_000) {
                let count = min(10_000, size - start)
                chunks += "\(String(count, radix: 16))\r\n\(String(repeating: "b", count: count))\r\n"
            }
            await peer.write(post(chunks + "0\r\n\r\n"))
            let reply = try await peer.readReply()
            #expect(reply.status == status)
            if status == 200 { #expect(reply.headers["x-length"] == String(size)) }
        }
    }

    @Test(
        "chunks that are not what they say",
        arguments: [
            Bytes("no size", "\r\nhello\r\n0\r\n\r\n", 400), Bytes("no number", "x\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("a sign", "+5\r\nhello\r\n0\r\n\r\n", 400), Bytes("a prefix", "0x5\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("a blank", "5 \r\nhello\r\n0\r\n\r\n", 400), Bytes("nine digits", "000000005\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("more than all memory", "ffffffff\r\n", 413), Bytes("LF alone behind the size", "5\nhello\r\n0\r\n\r\n", 400),
            Bytes("LF alone behind the data", "5\r\nhello\n0\r\n\r\n", 400), Bytes("longer than it says", "4\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("shorter than it says", "6\r\nhello\r\n0\r\n\r\n", 400), Bytes("CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("a control character in an extension", "5;a\u{1}\r\nhello\r\n0\r\n\r\n", 400),
            Bytes("an endless extension", "5;\(String(repeating: "a", count: 5_000))\r\nhello\r\n0\r\n\r\n", 431),
            Bytes("an endless trailer", "0\r\n\(String(repeating: "a: b\r\n", count: 2_000))\r\n", 431),
            Bytes("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", 400), Bytes("LF alone in the trailer", "0\r\nA: b\n\r\n\r\n", 400),
        ])
    func broken(chunks: Bytes) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write(post(chunks.text))
            #expect(try await peer.readReply().status == chunks.status)
            #expect(await peer.readsEnd())
            #expect(server.counters.requests == 0)
        }
    }

    @Test("who waits for 100-continue gets it, with a length and in chunks", arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
    func continues(framing: String) async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\(framing)\r\n")
            #expect(try await peer.readHead().status == 100)
            await peer.write(framing.hasPrefix("T") ? "5\r\nhello\r\n0\r\n\r\n" : "hello")
            #expect(try await peer.readReply().body == "hello")
        }
    }

    @Test(
        "the deadline of a body is for all of it, however it drips", arguments: ["Content-Length: 60000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nea60\r\n"])
    func drips(beginning: String) async throws {
        var limits = TransportLimits()
        limits.body = .milliseconds(300)
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port)
            await peer.write("POST /body HTTP/1.1\r\nHost: x\r\n\(beginning)")
            let start = ContinuousClock.now
            while await peer.write("b"), ContinuousClock.now - start < .seconds(8) {}
            #expect(await eventually { server.counters.requestDeadlines == 1 })
            #expect(server.counters.requests == 0)
        }
    }

    @Test("a client that sends without pause has the loop for a moment only")
    func fair() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            let others = Log<Int>()
            await peer.write("GET /later HTTP/1.1\r\nHost: x\r\n\r\n" + String(repeating: "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", count: 400))
            let responder = try #require(await server.routes.waiting.wait().first)
            responder.loop.post {
                responder.respond(HTTPReply("now\n"))
                responder.loop.post { others.append(server.counters.requests) }
            }
            // What was handed to the loop meanwhile ran before all of them were answered.
            #expect(try #require(await others.wait().first) < 100)
            for _ in 0..<401 { _ = try await peer.readReply() }
        }
    }

    @Test("five hundred connections that say nothing, or half a word, leave nothing behind")
    func tiny() async throws {
        try await EchoServer.run { server in
            for round in 0..<5 {
                var peers: [RawPeer] = []
                for index in 0..<100 {
                    let peer = try RawPeer(port: server.port)
                    if index % 2 == round % 2 { await peer.write("G") }
                    peers.append(peer)
                }
                #expect(await eventually { server.server.acceptedSockets == (round + 1) * 100 })
                peers = []
                #expect(await eventually { server.server.openSockets == 0 })
            }
        }
    }
}
