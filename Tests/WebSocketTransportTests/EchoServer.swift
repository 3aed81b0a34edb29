import EventLoop
import GatewayTesting
import WebSocketTransport

/// A server of the tests: WebSockets echo under `/echo`, and a few plain routes.
final class EchoServer: Sendable {
    let server: WebServer
    let routes: Routes
    let group: EventLoopGroup

    var port: UInt16 { server.port }
    var counters: TransportCounters.Snapshot { server.counters.snapshot }

    init(loops: Int = 1, host: String = "127.0.0.1", _ limits: TransportLimits = TransportLimits(), tls: TLSFiles? = nil) async throws {
        group = try EventLoopGroup(count: loops, name: "test")
        routes = Routes()
        var configuration = WebServer.Configuration()
        (configuration.host, configuration.port) = (host, 0)
        configuration.limits = limits
        configuration.tls = tls
        server = try await WebServer(configuration, group: group, routes: routes)
    }

    func stop() async {
        await server.stop()
        await group.stop()
    }

    /// Runs `body` against a server, and takes the server down whatever happens.
    static func run<Result>(
        loops: Int = 1, host: String = "127.0.0.1", _ limits: TransportLimits = TransportLimits(), tls: TLSFiles? = nil,
        _ body: (EchoServer) async throws -> Result
    ) async throws -> Result {
        await Turnstile.servers.enter()
        let server = try await EchoServer(loops: loops, host: host, limits, tls: tls)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop()
        await Turnstile.servers.leave()
        return try result.get()
    }

    final class Routes: WebRoutes {
        /// Closures in the order they happened.
        let closures = Log<WebSocketClosure>()
        /// Responders that `/later` left behind.
        let waiting = Log<HTTPResponder>()
        let requests = Log<HTTPRequest>()
        /// What `/stream` began; and its ends, true when told on the loop.
        let streams = Log<HTTPBodyStream>()
        let streamEnds = Log<Bool>()

        func http(_ request: HTTPRequest, responder: HTTPResponder) {
            requests.append(request)
            switch request.path {
            case "/hello": responder.respond(request.method == "GET" || request.method == "HEAD" ? HTTPReply("hello\n") : .methodNotAllowed("GET"))
            case "/body": responder.respond(HTTPReply(status: 200, headers: ["X-Length": String(request.body.count)], body: request.body))
            case "/large": responder.respond(HTTPReply(String(repeating: "x", count: 8_000_000)))
            case "/later", "/shaped/later": waiting.append(responder)
            case "/stream":
                let loop = responder.loop
                let stream = responder.stream(headers: ["Content-Type": "text/event-stream"]) { [streamEnds] in streamEnds.append(loop.isOnLoop) }
                if let stream { streams.append(stream) }
            case "/lost":
                _ = responder.stream { [streamEnds] in streamEnds.append(true) }
            case "/task":
                Task { responder.respond(HTTPReply("from a task\n")) }
            case "/forgets", "/shaped/forgets": break
            default: responder.respond(.notFound)
            }
        }

        func refusal(_ reply: HTTPReply, of request: HTTPRequest?) -> HTTPReply {
            guard let path = request?.path, path.hasPrefix("/shaped/") else { return reply }
            return HTTPReply(status: reply.status, type: "application/json", "{\"\(path)\":\(reply.status)}")
        }

        func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision {
            requests.append(request)
            switch request.path {
            case "/echo": return .accept(EchoHandler(self, .echo))
            case "/silent": return .accept(EchoHandler(self, .silent))
            case "/actor": return .accept(PinnedHandler(Call(loop)))
            case "/flood": return .accept(EchoHandler(self, .flood))
            default: return .refuse(HTTPReply(status: 403, "not here\n"))
            }
        }
    }
}

/// Echoes what it gets, or does otherwise.
final class EchoHandler: WebSocketHandler {
    enum Manner { case echo, silent, flood }
    private let routes: EchoServer.Routes
    private let manner: Manner
    private var connection: WebSocketConnection?

    init(_ routes: EchoServer.Routes, _ manner: Manner) { (self.routes, self.manner) = (routes, manner) }

    func opened(_ connection: WebSocketConnection) { self.connection = connection }

    func receivedText(_ message: RawSpan) {
        switch manner {
        case .echo: connection?.sendControl(text: message)
        case .silent: break
        case .flood:
            let frame = [UInt8](repeating: 0x61, count: 60_000)
            var buffer = OutboundBuffer(capacity: frame.count)
            buffer.append(frame)
            for _ in 0..<1_000 where connection?.send(text: buffer) != true { break }
        }
    }

    func receivedBinary(_ message: RawSpan) { connection?.send(binary: message) }

    func closed(_ closure: WebSocketClosure) {
        connection = nil
        routes.closures.append(closure)
    }
}

/// Hands everything to an actor that lives on the loop.
private final class PinnedHandler: WebSocketHandler {
    private let call: Call
    init(_ call: Call) { self.call = call }
    func opened(_ connection: WebSocketConnection) { call.assumeIsolated { $0.connection = connection } }
    func receivedText(_ message: RawSpan) { call.assumeIsolated { $0.received(message) } }
    func closed(_ closure: WebSocketClosure) { call.assumeIsolated { $0.connection = nil } }
}

private actor Call {
    private let loop: EventLoop
    var connection: WebSocketConnection?
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ loop: EventLoop) { self.loop = loop }

    func received(_ message: RawSpan) {
        let count = message.byteCount
        Task { connection?.sendControl("\(count) bytes \(loop.isOnLoop ? "on" : "off") the loop") }
    }
}
