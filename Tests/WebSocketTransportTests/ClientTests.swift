import EventLoop
import Testing
import WebSocketTransport

@Suite("The client role: the same connection, opened by us")
struct ClientTests {
    /// Keeps what comes.
    private final class Listener: WebSocketHandler {
        let messages: Log<String>
        let closures: Log<WebSocketClosure>
        init(_ messages: Log<String>, _ closures: Log<WebSocketClosure> = Log()) { (self.messages, self.closures) = (messages, closures) }
        func receivedText(_ message: RawSpan) { messages.append(unsafe message.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }) }
        func closed(_ closure: WebSocketClosure) { closures.append(closure) }
    }

    private func withClient<Result>(_ server: EchoServer, _ body: (WebSocketClient, EventLoop) async throws -> Result) async throws -> Result {
        let resolver = try Resolver()
        defer { resolver.stop() }
        return try await body(WebSocketClient(resolver: resolver), server.group.leastLoaded)
    }

    @Test("opens, echoes from a reusable buffer without spoiling it, and closes", arguments: ["127.0.0.1", "localhost"])
    func echo(host: String) async throws {
        try await EchoServer.run(loops: 2) { server in
            try await withClient(server) { client, loop in
                let messages = Log<String>(), closures = Log<WebSocketClosure>()
                let connection = try await client.connect(
                    to: .init(host: host, port: server.port, path: "/echo?x=1"), headers: ["X-Twilio-Signature": "abc"], on: loop
                ) { Listener(messages, closures) }
                loop.post {
                    var buffer = OutboundBuffer(capacity: 100)
                    buffer.append("prefix ")
                    for index in 0..<3 {
                        buffer.truncate(to: 7)
                        buffer.append(String(index))
                        connection.send(text: buffer)
                    }
                    connection.sendControl("last")
                }
                #expect(await messages.wait(for: 4) == ["prefix 0", "prefix 1", "prefix 2", "last"])
                let request = try #require(server.routes.requests.entries.first)
                #expect(request.headers["x-twilio-signature"] == "abc")
                #expect(request.headers["host"] == "\(host):\(server.port)")
                #expect(request.query == "x=1")
                loop.post {
                    connection.close(1000, reason: "done")
                    connection.close(1001)
                    #expect(!connection.isOpen)
                    #expect(!connection.sendControl("too late"))
                }
                #expect(await closures.wait() == [WebSocketClosure(cause: .local, code: 1000, reason: "done")])
                #expect(await server.routes.closures.wait() == [WebSocketClosure(cause: .peer, code: 1000, reason: "done")])
            }
        }
    }

    @Test("many at once over two loops")
    func many() async throws {
        try await EchoServer.run(loops: 2) { server in
            try await withClient(server) { client, _ in
                let messages = Log<String>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<100 {
                        group.addTask {
                            let loop = server.group.loops[index % 2]
                            let connection = try await client.connect(to: .init(host: "127.0.0.1", port: server.port, path: "/echo"), on: loop) {
                                Listener(messages)
                            }
                            loop.post { connection.sendControl("\(index)") }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(Set(await messages.wait(for: 100)) == Set((0..<100).map(String.init)))
                #expect(server.counters.webSocketsOpen == 100)
            }
        }
    }

    @Test("errors are one sentence with the target in it")
    func errors() async throws {
        try await EchoServer.run { server in
            try await withClient(server) { client, loop in
                func failure(_ target: WebSocketClient.Target, timeout: Duration = .seconds(5)) async -> WebSocketError? {
                    do {
                        _ = try await client.connect(to: target, timeout: timeout, on: loop) { Listener(Log()) }
                        return nil
                    } catch { return error as? WebSocketError }
                }
                let refused = try #require(await failure(.init(host: "127.0.0.1", port: server.port, path: "/elsewhere")))
                #expect(refused.code == .refused)
                #expect(refused.description.contains("ws://127.0.0.1:\(server.port)/elsewhere"))
                let unresolved = try #require(await failure(.init(host: "no.such.host.invalid", port: 80)))
                #expect(unresolved.code == .unresolved)
                // A port that was free a moment ago: nobody listens.
                let vacant = try AcceptingThread(host: "127.0.0.1", port: 0, group: server.group, budget: SocketBudget(maximum: 1)) { _, _ in }
                vacant.stop()
                #expect(await failure(.init(host: "127.0.0.1", port: vacant.port))?.code == .refused)
            }
        }
    }

    @Test("a peer that accepts and says nothing: timeout, or cancellation at once")
    func silence() async throws {
        try await EchoServer.run { server in
            try await withClient(server) { client, loop in
                let sockets = Log<CInt>()
                let mute = try AcceptingThread(host: "127.0.0.1", port: 0, group: server.group, budget: SocketBudget(maximum: 10)) { socket, _ in
                    sockets.append(socket)
                }
                defer { mute.stop() }
                let target = WebSocketClient.Target(host: "127.0.0.1", port: mute.port)
                await #expect { _ = try await client.connect(to: target, timeout: .milliseconds(200), on: loop) { Listener(Log()) } } throws: {
                    ($0 as? WebSocketError)?.code == .timedOut
                }
                let attempt = Task { try await client.connect(to: target, on: loop) { Listener(Log()) } }
                _ = await sockets.wait(for: 2)
                attempt.cancel()
                await #expect { _ = try await attempt.value } throws: { ($0 as? WebSocketError)?.code == .cancelled }
            }
        }
    }

    @Test("an actor pinned to the loop is entered from the handler without a hop, span and all")
    func pinned() async throws {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket("/actor")
            await peer.sendText("four")
            #expect(try await peer.readMessage().text == "4 bytes on the loop")
        }
    }
}
