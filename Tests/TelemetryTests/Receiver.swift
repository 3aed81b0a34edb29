import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import Orchestrator
import Synchronization
import Telemetry
import WebSocketTransport

/// The operator's side: a web server that keeps what comes, and answers as the test says.
final class Receiver: WebRoutes {
    /// - Returns: `nil` for no answer.
    typealias Answering = @Sendable (_ request: HTTPRequest) -> HTTPReply?
    private let answering: Answering
    private let silent = Mutex<[HTTPResponder]>([])
    private let arrived: AsyncStream<HTTPRequest>.Continuation
    private let arrivals: AsyncStream<HTTPRequest>
    private let count = Mutex(0)

    init(_ answering: @escaping Answering) {
        self.answering = answering
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    /// Requests so far.
    var requests: Int { count.withLock { $0 } }

    /// The next request that came, in the order of coming; a test that has run out of time gets one that is none.
    func next() async -> HTTPRequest {
        var iterator = arrivals.makeAsyncIterator()
        return await iterator.next() ?? HTTPRequest(method: "none", path: "")
    }

    /// Answers those who got none.
    func answerAll(_ status: Int = 200) {
        let waiting = silent.withLock { silent in
            defer { silent = [] }
            return silent
        }
        for responder in waiting { responder.respond(HTTPReply(status: status)) }
    }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        count.withLock { $0 += 1 }
        if let reply = answering(request) { responder.respond(reply) } else { silent.withLock { $0.append(responder) } }
        arrived.yield(request)
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision { .refuse(.notFound) }
}

/// Answers in order; the last one for all that follow.
func inOrder(_ replies: HTTPReply...) -> Receiver.Answering {
    let left = PosixMutex(replies)
    return { _ in left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
}

/// A sender on a clock that the test moves, before a receiver.
struct WebhookBench {
    static let secret = "a-secret-of-the-operator"
    static let noon = Date(timeIntervalSince1970: 1_773_144_000)  // 2026-03-10T12:00:00Z

    let sender: WebhookSender
    let receiver: Receiver
    let clock: ManualClock
    let failures: AsyncStream<WebhookSender.Failure>
    private let registry: PrometheusRegistry

    static func run(
        answering: @escaping Receiver.Answering = { _ in HTTPReply(status: 204) }, adapting adapt: (inout WebhookSender.Configuration) -> Void = { _ in },
        _ body: (WebhookBench) async throws -> Void
    ) async throws {
        await Turnstile.servers.enter()
        let group = try EventLoopGroup(count: 2)
        let resolver = try Resolver()
        let receiver = Receiver(answering)
        var web = WebServer.Configuration()
        web.port = 0
        let server = try await WebServer(web, group: group, routes: receiver)
        var configuration = WebhookSender.Configuration(
            url: "http://127.0.0.1:\(server.port)/hooks", signature: WebhookSignature(secret: secret))
        adapt(&configuration)
        let registry = try PrometheusRegistry(WebhookSender.metrics)
        let clock = ManualClock()
        let (failures, failed) = AsyncStream.makeStream(of: WebhookSender.Failure.self)
        let sender = WebhookSender(
            configuration, http: HTTPClient(loop: group.loops[0], resolver: resolver), factory: registry, clock: clock, now: { noon }
        ) { failed.yield($0) }
        let bench = WebhookBench(sender: sender, receiver: receiver, clock: clock, failures: failures, registry: registry)
        let result: Result<Void, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        receiver.answerAll()
        await server.stop()
        await group.stop()
        resolver.stop()
        await Turnstile.servers.leave()
        try result.get()
    }

    /// A workflow that ended; `name` tells it from others.
    static func notice(_ name: String, of session: String) -> CallbackNotice {
        .workflowComplete(
            WorkflowCompleteNotice(session: session, workflow: name, ticket: "\(session)-1", outcome: .completed, slots: ["month"], at: noon))
    }

    func send(_ name: String, of session: String) { sender.send(Self.notice(name, of: session)) }

    /// The next that came: `SESSION NAME`.
    func nextName() async -> String { Self.name(await receiver.next()) }

    static func name(_ request: HTTPRequest) -> String {
        struct Body: Decodable {
            struct Data: Decodable { var workflow: String }
            var subject: String, data: Data
        }
        let body = try? JSONDecoder().decode(Body.self, from: Data(request.body))
        return body.map { "\($0.subject) \($0.data.workflow)" } ?? String(decoding: request.body, as: UTF8.self)
    }

    /// As `/metrics` has it.
    func metric(_ name: String) -> Double? { ExpositionChecker(registry.render()).value("gateway_webhooks_\(name)") }

    /// Returns once so many pauses are being waited out.
    func pauses(_ count: Int) async { while clock.sleeperCount != count, !Task.isCancelled { await Task.yield() } }

    /// Returns once nothing is left to deliver.
    func isEmpty() async { while metric("waiting") != 0, !Task.isCancelled { await Task.yield() } }
}
