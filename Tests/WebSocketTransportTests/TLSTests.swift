import EventLoop
import Foundation
import Testing
import WebSocketTransport

@Suite("TLS on the same port: 1.2 and 1.3, for HTTP and WebSockets, with a certificate that can be changed while calls go on")
struct TLSTests {
    private final class Listener: WebSocketHandler {
        let messages: Log<String>
        let closures: Log<WebSocketClosure>
        init(_ messages: Log<String>, _ closures: Log<WebSocketClosure> = Log()) { (self.messages, self.closures) = (messages, closures) }
        func receivedText(_ message: RawSpan) { messages.append(unsafe message.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }) }
        func closed(_ closure: WebSocketClosure) { closures.append(closure) }
    }

    @discardableResult
    private func withTLS<Result>(
        loops: Int = 1, host: String = "127.0.0.1", _ limits: TransportLimits = TransportLimits(), _ body: (EchoServer, TestAuthority) async throws -> Result
    ) async throws -> Result {
        let authority = try await TestAuthority()
        let files = try await authority.issue("server")
        return try await EchoServer.run(loops: loops, host: host, limits, tls: files) { try await body($0, authority) }
    }

    private func open(
        _ server: EchoServer, _ authority: TestAuthority, _ messages: Log<String>, _ closures: Log<WebSocketClosure> = Log()
    ) async throws -> WebSocketConnection {
        let resolver = try Resolver()
        defer { resolver.stop() }
        return try await WebSocketClient(resolver: resolver).connect(
            to: .init(host: "localhost", port: server.port, path: "/echo", usesTLS: true, authorityFile: authority.authorityFile),
            on: server.group.leastLoaded
        ) { Listener(messages, closures) }
    }

    /// Speaks TLS through the `openssl` command.
    private func exchange(_ server: EchoServer, _ authority: TestAuthority, _ text: String, _ options: [String] = []) async throws -> Command {
        try await Command.run(
            "openssl", ["s_client", "-quiet", "-ign_eof", "-CAfile", authority.authorityFile, "-connect", "127.0.0.1:\(server.port)"] + options, input: text)
    }

    // MARK: HTTP

    @Test("curl trusts it, by its authority, in both versions; the route knows that it is secure", arguments: ["1.2", "1.3"])
    func curl(version: String) async throws {
        try await withTLS { server, authority in
            let result = try await Command.run(
                "curl",
                [
                    "-sS", "--cacert", authority.authorityFile, "--tlsv\(version)", "--tls-max", version, "-d", "a body", "-H", "Expect: 100-continue",
                    "-w", " %{http_version} %{ssl_verify_result}", "https://localhost:\(server.port)/body",
                ])
            #expect(result.output == "a body 1.1 0")
            #expect(server.routes.requests.entries.map(\.isSecure) == [true])
            #expect(server.counters.handshakes == 1)
        }
    }

    @Test("curl distrusts it without the authority")
    func distrusted() async throws {
        try await withTLS { server, _ in
            let result = try await Command.run("curl", ["-sS", "https://localhost:\(server.port)/hello"])
            #expect(result.status == 60)
            #expect(await eventually { server.counters.handshakesFailed == 1 })
        }
    }

    @Test(
        "what is not spoken here is refused by the alert for it",
        arguments: [
            (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "protocol version"), (["-alpn", "h2"], "no application protocol"),
        ])
    func refused(options: [String], alert: String) async throws {
        try await withTLS { server, authority in
            let result = try await exchange(server, authority, "", options)
            #expect(result.errors.contains("alert \(alert)"))
            #expect(server.counters.handshakesFailed == 1)
        }
    }

    @Test("pipelined requests, bodies in chunks and late answers come in order", arguments: ["-tls1_2", "-tls1_3"])
    func pipelined(version: String) async throws {
        try await withTLS { server, authority in
            let requests =
                "GET /task HTTP/1.1\r\nHost: x\r\n\r\nPOST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                + "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n\(String(repeating: "b", count: 40_000))"
                + "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let output = try await exchange(server, authority, requests, [version]).output
            let bodies = output.components(separatedBy: "\r\n\r\n").dropFirst().map { $0.components(separatedBy: "HTTP/1.1")[0] }
            #expect(bodies == ["from a task\n", "abc", String(repeating: "b", count: 40_000), "hello\n"])
        }
    }

    @Test("a large reply arrives whole")
    func large() async throws {
        try await withTLS { server, authority in
            let result = try await Command.run(
                "curl", ["-sS", "--cacert", authority.authorityFile, "-o", "/dev/null", "-w", "%{size_download}", "https://localhost:\(server.port)/large"])
            #expect(result.output == "8000000")
        }
    }

    @Test("a stream over TLS, behind which a request waits; a client that goes is noticed")
    func stream() async throws {
        try await withTLS { server, authority in
            async let reply = exchange(
                server, authority, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let stream = try #require(await server.routes.streams.wait().first)
            stream.write("piece")
            stream.end()
            #expect(try await reply.output.contains("5\r\npiece\r\n0\r\n\r\nHTTP/1.1 200 OK"))
            // Without -ign_eof the end of the input ends the session.
            let gone = try await Command.run(
                "openssl", ["s_client", "-connect", "127.0.0.1:\(server.port)"], input: "GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\n")
            #expect(gone.status == 0)
            #expect(await server.routes.streamEnds.wait(for: 2) == [true, true])
        }
    }

    // MARK: WebSockets

    @Test("a WebSocket over TLS echoes, 60 KB too, and closes in both directions")
    func webSocket() async throws {
        try await withTLS(loops: 2) { server, authority in
            let messages = Log<String>(), closures = Log<WebSocketClosure>()
            let connection = try await open(server, authority, messages, closures)
            let large = String(repeating: "x", count: 60_000)
            connection.loop.post {
                connection.sendControl("small")
                connection.sendControl(large)
                connection.sendControl("last")
            }
            #expect(await messages.wait(for: 3) == ["small", large, "last"])
            #expect(server.routes.requests.entries.first?.isSecure == true)
            #expect(server.server.openSockets == 1)
            connection.loop.post { connection.close(1000, reason: "done") }
            #expect(await closures.wait() == [WebSocketClosure(cause: .local, code: 1000, reason: "done")])
            #expect(await server.routes.closures.wait() == [WebSocketClosure(cause: .peer, code: 1000, reason: "done")])
            #expect(await eventually { server.server.openSockets == 0 })
        }
    }

    @Test("the server closes: the client hears code and reason, and no socket stays")
    func serverCloses() async throws {
        try await withTLS { server, authority in
            let closures = Log<WebSocketClosure>()
            _ = try await open(server, authority, Log(), closures)
            await server.server.stop()
            #expect(await closures.wait() == [WebSocketClosure(cause: .peer, code: 1001, reason: "going away")])
            #expect(server.server.openSockets == 0)
        }
    }

    @Test("forty at once, each echoing fifty messages in order")
    func load() async throws {
        try await withTLS(loops: 2) { server, authority in
            let resolver = try Resolver()
            defer { resolver.stop() }
            let client = WebSocketClient(resolver: resolver)
            let expected = (0..<50).map { "\($0) \(String(repeating: "y", count: 190))" }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for index in 0..<40 {
                    tasks.addTask {
                        let messages = Log<String>()
                        let connection = try await client.connect(
                            to: .init(host: "localhost", port: server.port, path: "/echo", usesTLS: true, authorityFile: authority.authorityFile),
                            on: server.group.loops[index % 2]
                        ) { Listener(messages) }
                        connection.loop.post { for message in expected { connection.sendControl(message) } }
                        #expect(await messages.wait(for: 50) == expected)
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(server.counters.webSocketsOpened == 40)
        }
    }

    @Test("a server whose authority is unknown is not connected to")
    func untrusted() async throws {
        let stranger = try await TestAuthority()
        try await withTLS { server, _ in
            await #expect { _ = try await open(server, stranger, Log()) } throws: { ($0 as? WebSocketError)?.code == .refused }
        }
    }

    @Test("a peer that reads nothing is dropped through the relay too")
    func slowReader() async throws {
        var limits = TransportLimits()
        limits.slowReader = .milliseconds(300)
        try await withTLS(limits) { server, authority in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["timeout", "20", "openssl", "s_client", "-quiet", "-ign_eof", "-connect", "127.0.0.1:\(server.port)"]
            let input = Pipe(), unread = Pipe()
            (process.standardInput, process.standardOutput, process.standardError) = (input, unread, FileHandle.nullDevice)
            try process.run()
            defer { process.terminate() }
            try input.fileHandleForWriting.write(contentsOf: Data(RawPeer.upgradeRequest("/flood").utf8))
            #expect(await eventually { server.counters.webSocketsOpen == 1 })
            let deadline = ContinuousClock.now + .seconds(10)
            while server.routes.closures.entries.isEmpty, ContinuousClock.now < deadline {
                // A broken pipe: it has been dropped.
                guard (try? input.fileHandleForWriting.write(contentsOf: Data(RawPeer.frame(1, Array("go".utf8))))) != nil else { break }
                await Task.yield()
            }
            #expect(await server.routes.closures.wait().first?.cause == .slowReader)
            #expect(await eventually { server.server.openSockets == 0 })
        }
    }

    // MARK: Who does not speak it

    @Test("a plain request is served on this machine, and refused from another", arguments: [true, false])
    func plain(isLocal: Bool) async throws {
        guard let host = isLocal ? "127.0.0.1" : RawPeer.foreignAddress else { return }  // no network here: nothing to be seen
        try await withTLS(host: "0.0.0.0") { server, _ in
            let peer = try RawPeer(host, port: server.port)
            await peer.write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try await peer.readReply()
            #expect(reply.status == (isLocal ? 200 : 400))
            #expect(reply.body == (isLocal ? "hello\n" : "this port speaks TLS\n"))
            if isLocal {
                #expect(server.routes.requests.entries.map(\.isSecure) == [false])
            } else {
                #expect(await peer.readsEnd())
                #expect(server.counters.requests == 0)
            }
        }
    }

    @Test("a handshake that never ends costs its deadline", arguments: [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0]] as [[UInt8]])
    func unfinished(beginning: [UInt8]) async throws {
        var limits = TransportLimits()
        limits.head = .milliseconds(200)
        try await withTLS(limits) { server, _ in
            let peer = try RawPeer(port: server.port)
            await peer.write(beginning)
            #expect(await peer.readsEnd())
            #expect(server.counters.requestDeadlines == 1)
        }
    }

    @Test("a session that is open and says nothing costs the same deadline")
    func silent() async throws {
        var limits = TransportLimits()
        limits.head = .milliseconds(300)
        try await withTLS(limits) { server, authority in
            _ = try await exchange(server, authority, "")
            #expect(server.counters.requestDeadlines == 1)
        }
    }

    @Test("garbage behind the first byte ends that connection alone")
    func garbage() async throws {
        try await withTLS { server, authority in
            let messages = Log<String>()
            let connection = try await open(server, authority, messages)
            for _ in 0..<20 {
                let peer = try RawPeer(port: server.port)
                await peer.write([0x16] + (0..<500).map { _ in UInt8.random(in: 0...255) })
                await peer.shutDownWriting()
                #expect(await peer.readsEnd())
            }
            #expect(await eventually { server.server.openSockets == 1 })
            connection.loop.post { connection.sendControl("still here") }
            #expect(await messages.wait() == ["still here"])
        }
    }

    // MARK: The certificate

    /// The common name of the certificate that a new client is shown.
    private func subject(_ server: EchoServer) async throws -> String {
        let shown = try await Command.run("openssl", ["s_client", "-connect", "127.0.0.1:\(server.port)"])
        return shown.output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init) ?? "none"
    }

    @Test("a new certificate is shown to the next client, and a live call goes on")
    func reload() async throws {
        try await withTLS { server, authority in
            let messages = Log<String>()
            let connection = try await open(server, authority, messages)
            #expect(try await subject(server) == "subject=CN = localhost")
            #expect(!server.server.certificatesChanged())
            try await authority.issue("server", subject: "renewed", days: 30)
            #expect(server.server.certificatesChanged())
            let before = try #require(server.server.certificateExpires)
            try server.server.reloadCertificate()
            #expect(!server.server.certificatesChanged())
            #expect(try #require(server.server.certificateExpires) - before > 27 * 86_400)
            #expect(try await subject(server) == "subject=CN = renewed")
            connection.loop.post { connection.sendControl("on the old one") }
            #expect(await messages.wait() == ["on the old one"])
            #expect(server.counters.webSocketsOpen == 1)
        }
    }

    @Test(
        "a bad pair is refused in one sentence, at the start and at a reload, which leaves the old one in use",
        arguments: [TLSError.Code.badCertificate, .badKey, .mismatch])
    func badPair(code: TLSError.Code) async throws {
        try await withTLS { server, authority in
            try await authority.issue("other")
            func spoil(_ name: String) throws {
                switch code {
                case .badCertificate: try "nothing".write(toFile: authority.path("\(name).pem"), atomically: true, encoding: .utf8)
                case .badKey: try FileManager.default.removeItem(atPath: authority.path("\(name).key"))
                default:
                    let key = try Data(contentsOf: URL(fileURLWithPath: authority.path(name == "other" ? "authority.key" : "other.key")))
                    try key.write(to: URL(fileURLWithPath: authority.path("\(name).key")))
                }
            }
            try spoil("server")
            let error = try #require(throws: TLSError.self) { try server.server.reloadCertificate() }
            #expect(error.code == code)
            #expect(error.description.contains(authority.path("server")))
            #expect(server.server.certificatesChanged())
            #expect(try await subject(server) == "subject=CN = localhost")

            try spoil("other")
            await #expect { _ = try await EchoServer(tls: authority.files("other")) } throws: { ($0 as? TLSError)?.code == code }
        }
    }

    @Test("a key behind a password asks nobody, and is refused")
    func password() async throws {
        let authority = try await TestAuthority()
        try await authority.issue("server")
        _ = try await Command.run(
            "openssl", ["pkcs8", "-topk8", "-in", "server.key", "-out", "locked.key", "-passout", "pass:secret"], in: authority.folder)
        let files = TLSFiles(certificateChain: authority.path("server.pem"), privateKey: authority.path("locked.key"))
        await #expect { _ = try await EchoServer(tls: files) } throws: { ($0 as? TLSError)?.code == .badKey }
    }

    @Test("an expired certificate is served, and its date told; without TLS there is none to tell")
    func expired() async throws {
        let authority = try await TestAuthority()
        let files = try await authority.issue("server", days: -1)
        try await EchoServer.run(tls: files) { server in
            let expires = try #require(server.server.certificateExpires)
            #expect((80_000...90_000).contains(Int64(Date().timeIntervalSince1970) - expires))
            let result = try await Command.run("curl", ["-sSk", "https://localhost:\(server.port)/hello"])
            #expect(result.output == "hello\n")
        }
        try await EchoServer.run { server in
            #expect(server.server.certificateExpires == nil)
            #expect(!server.server.certificatesChanged())
            #expect(throws: TLSError.self) { try server.server.reloadCertificate() }
        }
    }
}
