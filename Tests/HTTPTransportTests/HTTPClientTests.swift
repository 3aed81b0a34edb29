import Dispatch
import EventLoop
import GatewayTesting
import HTTPTransport
import Testing
import WebSocketTransport

/// Routes of the far end, which the test decides.
private final class FarEnd: WebRoutes {
    let waiting = PosixMutex<[HTTPResponder]>([])
    let arrivals: AsyncStream<HTTPRequest>
    private let arrived: AsyncStream<HTTPRequest>.Continuation

    init() { (arrivals, arrived) = AsyncStream.makeStream() }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        switch request.path {
        case "/echo":
            var headers: HTTPHeaders = ["X-Method": request.method, "X-Query": request.query ?? ""]
            if let type = request.headers["content-type"] { headers.add("X-Type", type) }
            if let custom = request.headers["x-custom"] { headers.add("X-Custom", custom) }
            responder.respond(HTTPReply(status: 200, headers: headers, body: request.body))
        case "/large": responder.respond(HTTPReply(String(repeating: "x", count: 3_000_000)))
        case "/elsewhere": responder.respond(HTTPReply(status: 302, headers: ["Location": "/echo"]))
        case "/never": waiting.withLock { $0.append(responder) }
        default: responder.respond(.notFound)
        }
        arrived.yield(request)
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision { .refuse(.notFound) }
}

@Suite("HTTP requests from a loop: bodies, reuse, deadlines, cancellation down to the socket")
struct HTTPClientTests {
    private func withServer(
        _ configuration: HTTPClient.Configuration = .init(), host: String = "127.0.0.1",
        _ body: (HTTPClient, FarEnd, WebServer, EventLoop) async throws -> Void
    ) async throws {
        await Turnstile.servers.enter()
        let group = try EventLoopGroup(count: 2)
        let resolver = try Resolver()
        let routes = FarEnd()
        var server = WebServer.Configuration()
        (server.host, server.port) = (host, 0)
        let far = try await WebServer(server, group: group, routes: routes)
        let client = HTTPClient(loop: group.loops[0], resolver: resolver, configuration: configuration)
        let result: Result<Void, any Error>
        do { result = .success(try await body(client, routes, far, group.loops[0])) } catch { result = .failure(error) }
        await far.stop()
        await group.stop()
        resolver.stop()
        await Turnstile.servers.leave()
        try result.get()
    }

    private func url(_ server: WebServer, _ path: String, host: String = "127.0.0.1") -> String { "http://\(host):\(server.port)\(path)" }

    @Test("method, query, fields and body go out as given; status, fields and body come back", arguments: ["GET", "POST", "PUT", "DELETE", "PATCH"])
    func roundTrip(method: String) async throws {
        try await withServer { client, _, server, _ in
            let body: [UInt8] = method == "GET" ? [] : Array("hällo".utf8)
            let response = try await client.send(
                .init(
                    method: method, url: url(server, "/echo?a=1%20b"), headers: [("X-Custom", "yes"), ("Content-Type", "text/x")], body: body))
            #expect(response.status == 200)
            #expect(response.body == body)
            #expect(response.head["x-method"] == method)
            #expect(response.head["X-Query"] == "a=1%20b")
            #expect(response.head["x-custom"] == "yes")
            #expect(response.head["x-type"] == "text/x")
        }
    }

    @Test("a name is resolved by our resolver; connections are used again; a redirect is an answer; 404 is no error")
    func reuse() async throws {
        try await withServer { client, _, server, _ in
            for _ in 0..<5 { try await expect(200, client, url(server, "/echo", host: "localhost")) }
            try await expect(302, client, url(server, "/elsewhere", host: "localhost"))
            try await expect(404, client, url(server, "/nowhere", host: "localhost"))
            #expect(server.acceptedSockets == 1)
        }
    }

    @Test("an IPv6 address is its own answer, and is named in brackets where it fails")
    func sixth() async throws {
        try await withServer(host: "::1") { client, _, server, _ in
            try await expect(200, client, url(server, "/echo", host: "[::1]"))
            let error = await failure { _ = try await client.send(.init(url: "http://[::1]:1/")) }
            #expect(error?.code == .connectFailed && error?.target == "[::1]:1")
        }
    }

    @Test("HEAD has fields and no body")
    func head() async throws {
        try await withServer { client, _, server, _ in
            let response = try await client.send(.init(method: "HEAD", url: url(server, "/large")))
            #expect(response.head["content-length"] == "3000000")
            #expect(response.body.isEmpty)
        }
    }

    @Test("fifty at once")
    func many() async throws {
        try await withServer { client, _, server, _ in
            let bodies = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        let body = Array("\(index)".utf8)
                        return String(decoding: try await client.send(.init(method: "POST", url: url(server, "/echo"), body: body)).body, as: UTF8.self)
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(bodies.count == 50)
        }
    }

    @Test("a streamed body comes in pieces, all of it, however slowly it is read")
    func streams() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.readAheadBytes = 20_000
        try await withServer(configuration) { client, _, server, _ in
            let response = try await client.stream(.init(url: url(server, "/large")))
            #expect(response.status == 200)
            var total = 0, pieces = 0
            for try await piece in response.body {
                total += piece.count
                pieces += 1
                await Task.yield()
            }
            #expect(total == 3_000_000)
            #expect(pieces > 10)
        }
    }

    @Test("a body beyond the bound is an error, not memory")
    func tooLarge() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.maximumBodyBytes = 100_000
        try await withServer(configuration) { client, _, server, _ in
            #expect(await failure { _ = try await client.send(.init(url: url(server, "/large"))) }?.code == .tooLarge)
            try await expect(200, client, url(server, "/echo"))
        }
    }

    @Test("the deadlines: for the answer's first byte, and for all of it")
    func deadlines() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.firstByteTimeout = .milliseconds(100)
        try await withServer(configuration) { client, _, server, _ in
            let firstByte = try #require(await failure { _ = try await client.send(.init(url: url(server, "/never"))) })
            #expect(firstByte.code == .timedOut)
            #expect(firstByte.detail == "no answer in time")
        }
        try await withServer { client, _, server, _ in
            let total = try #require(await failure { _ = try await client.send(.init(url: url(server, "/never")), timeout: .milliseconds(100)) })
            #expect(total.code == .timedOut)
            #expect(total.isRetryable)
            #expect(total.description.contains("127.0.0.1:\(server.port)"))
        }
    }

    @Test("cancelling the task ends the request, and the far end sees its socket close", arguments: [false, true])
    func cancellation(streamed: Bool) async throws {
        try await withServer { client, routes, server, _ in
            let path = url(server, streamed ? "/large" : "/never")
            let task = Task {
                if streamed {
                    let response = try await client.stream(.init(url: path))
                    for try await _ in response.body { try await Task.sleep(for: .seconds(60)) }
                } else {
                    _ = try await client.send(.init(url: path), timeout: .seconds(60))
                }
            }
            var arrivals = routes.arrivals.makeAsyncIterator()
            _ = await arrivals.next()
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            // What is answered now goes nowhere; the connection is gone on both sides.
            routes.waiting.withLock { $0 }.forEach { $0.respond(HTTPReply("too late\n")) }
            try await expect(200, client, url(server, "/echo"))
        }
    }

    @Test("a body that is cancelled from elsewhere ends for its reader, too")
    func cancelledBody() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.readAheadBytes = 10_000
        try await withServer(configuration) { client, _, server, _ in
            let response = try await client.stream(.init(url: url(server, "/large")))
            response.body.cancel()
            #expect(await failure { for try await _ in response.body {} }?.code == .cancelled)
            response.body.cancel()
            try await expect(200, client, url(server, "/echo"))
        }
    }

    @Test("one request may wait less for its first byte than the others")
    func firstByteOfOne() async throws {
        try await withServer { client, _, server, _ in
            let error = await failure { _ = try await client.stream(.init(url: url(server, "/never")), firstByteTimeout: .milliseconds(50)) }
            #expect(error?.code == .timedOut && error?.detail == "no answer in time")
            let response = try await client.stream(.init(url: url(server, "/large")), firstByteTimeout: .seconds(5))
            #expect(response.status == 200)
        }
    }

    @Test("dropping a streamed response cancels it")
    func dropped() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.readAheadBytes = 10_000
        try await withServer(configuration) { client, _, server, _ in
            for _ in 0..<5 {
                let response = try await client.stream(.init(url: url(server, "/large")))
                var pieces = response.body.makeAsyncIterator()
                #expect(try await pieces.next() != nil)
            }
            try await expect(200, client, url(server, "/echo"))
        }
    }

    @Test("a client that shares its loop with an actor: no hop is needed, nothing blocks")
    func fromTheLoop() async throws {
        try await withServer { client, _, server, loop in
            let status = try await Task(executorPreference: loop) { try await client.send(.init(url: url(server, "/echo"))).status }.value
            #expect(status == 200)
        }
    }

    @Test(
        "what is no URL of ours, or leads nowhere",
        arguments: [
            ("not a url", .invalidURL), ("ftp://127.0.0.1/", .invalidURL), ("file:///etc/passwd", .invalidURL), ("/relative", .invalidURL),
            ("http://no.such.host.invalid/", .unresolved), ("http://127.0.0.1:1/", .connectFailed),
        ] as [(String, HTTPError.Code)])
    func errors(url: String, code: HTTPError.Code) async throws {
        try await withServer { client, _, _, _ in
            #expect(await failure { _ = try await client.send(.init(url: url)) }?.code == code)
        }
    }

    @Test("a name server that does not answer holds up neither a deadline nor a cancellation")
    func stuckNames() async throws {
        let group = try EventLoopGroup(count: 1)
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let release = DispatchSemaphore(value: 0)
        // On the resolver's own thread, which may wait.
        let resolver = try Resolver(lookUp: { host in
            ask.yield()
            release.wait()
            return .success(["127.0.0.1"])
        })
        let client = HTTPClient(loop: group.loops[0], resolver: resolver)
        let timedOut = await failure { _ = try await client.send(.init(url: "http://stuck.test/"), timeout: .milliseconds(50)) }
        #expect(timedOut?.code == .timedOut && timedOut?.detail == "no address in time")
        let task = Task { try await client.send(.init(url: "http://stuck.test/"), timeout: .seconds(60)) }
        var asks = asked.makeAsyncIterator()
        _ = await asks.next()
        task.cancel()
        #expect(await failure { _ = try await task.value }?.code == .cancelled)
        release.signal()
        await group.stop()
        resolver.stop()
    }

    @Test("a loop that stops ends what is under way")
    func stopping() async throws {
        let group = try EventLoopGroup(count: 2)
        let resolver = try Resolver()
        let routes = FarEnd()
        var configuration = WebServer.Configuration()
        configuration.port = 0
        let server = try await WebServer(configuration, group: group, routes: routes)
        let leaving = try EventLoop(name: "leaving")
        let client = HTTPClient(loop: leaving, resolver: resolver)
        let task = Task { try await client.send(.init(url: url(server, "/never")), timeout: .seconds(60)) }
        var arrivals = routes.arrivals.makeAsyncIterator()
        _ = await arrivals.next()
        await leaving.stop()
        #expect(await failure { _ = try await task.value }?.code == .cancelled)
        await server.stop()
        await group.stop()
        resolver.stop()
    }

    private func expect(_ status: Int, _ client: HTTPClient, _ url: String) async throws {
        let response = try await client.send(.init(url: url))
        #expect(response.status == status)
    }

    private func failure(_ body: () async throws -> Void) async -> HTTPError? {
        do {
            try await body()
            return nil
        } catch { return error as? HTTPError }
    }
}
