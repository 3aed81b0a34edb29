import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import Orchestrator
import Synchronization
import Telemetry
import WebSocketTransport

/// A Langfuse server, as far as prompts go: labelled versions behind Basic authentication, and what goes wrong with it.
final class LangfuseServer: WebRoutes {
    struct Version {
        var number: Int
        var labels: Set<String>
        /// `type` and `prompt` of the answer.
        var type: String, prompt: String
    }
    /// Instead of an answer.
    enum Fault {
        case reply(HTTPReply)
        case hangs
    }
    private struct State {
        var versions: [String: [Version]] = [:]
        /// By name; `*` for all.
        var faults: [String: Fault] = [:]
        var silent: [HTTPResponder] = []
        var requests: [HTTPRequest] = []
    }
    static let publicKey = "pk-lf-1", secretKey = "sk-lf-2"
    private let state = Mutex(State())

    /// So far.
    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// Makes a version, with the label taken from those that had it.
    func publish(_ name: String, _ number: Int, _ text: String, label: String = "production") {
        publish(name, number, type: "text", prompt: Self.json(text), label: label)
    }

    /// - Parameter messages: of a chat prompt, as they stand in the answer.
    func publish(_ name: String, _ number: Int, messages: [String]) {
        publish(name, number, type: "chat", prompt: "[\(messages.joined(separator: ","))]", label: "production")
    }

    private func publish(_ name: String, _ number: Int, type: String, prompt: String, label: String) {
        state.withLock { state in
            var versions = (state.versions[name] ?? []).filter { $0.number != number }
            for index in versions.indices { versions[index].labels.remove(label) }
            state.versions[name] = versions + [Version(number: number, labels: [label], type: type, prompt: prompt)]
        }
    }

    func remove(_ name: String) { state.withLock { $0.versions[name] = nil } }

    /// - Parameter name: `*` for all.
    func breaks(_ name: String = "*", with fault: Fault?) { state.withLock { $0.faults[name] = fault } }

    /// Answers those who got none.
    func answerAll() {
        let waiting = state.withLock { state in
            defer { state.silent = [] }
            return state.silent
        }
        for responder in waiting { responder.respond(HTTPReply(status: 503)) }
    }

    func http(_ request: HTTPRequest, responder: HTTPResponder) {
        let reply = state.withLock { state -> HTTPReply? in
            state.requests.append(request)
            let path = "/api/public/v2/prompts/"
            guard request.method == "GET", request.path.hasPrefix(path) else { return Self.error(404, "no such path") }
            let name = String(request.path.dropFirst(path.count))
            switch state.faults[name] ?? state.faults["*"] {
            case .reply(let reply): return reply
            case .hangs:
                state.silent.append(responder)
                return nil
            case nil: break
            }
            let keys = Data("\(Self.publicKey):\(Self.secretKey)".utf8).base64EncodedString()
            guard request.headers["authorization"] == "Basic \(keys)" else { return Self.error(401, "Invalid credentials.") }
            let label = request.query.flatMap { $0.hasPrefix("label=") ? String($0.dropFirst("label=".count)) : nil } ?? "production"
            guard let version = state.versions[name]?.first(where: { $0.labels.contains(label) }) else {
                return Self.error(404, "Prompt not found: '\(name)' with label '\(label)'")
            }
            return HTTPReply(
                type: "application/json; charset=utf-8",
                #"{"id":"c0ffee","projectId":"p1","createdBy":"API","name":\#(Self.json(name)),"version":\#(version.number),"type":"\#(version.type)","#
                    + #""prompt":\#(version.prompt),"config":{"model":"x","stop":[null,1.5]},"labels":["\#(label)"],"tags":[],"commitMessage":null}"#)
        }
        if let reply { responder.respond(reply) }
    }

    func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision { .refuse(.notFound) }

    private static func error(_ status: Int, _ message: String) -> HTTPReply {
        HTTPReply(status: status, type: "application/json", #"{"message":\#(json(message)),"error":"LangfuseError"}"#)
    }

    static func json(_ text: String) -> String { (try? String(decoding: JSONEncoder().encode(text), as: UTF8.self)) ?? "null" }
}

/// What fetches prompts, on a clock that the test moves, before a server.
struct LangfuseBench {
    static let pack = ["decision": PromptTemplate(version: "2", text: "The file's: {agent}"), "reply": PromptTemplate(version: "1", text: "The file's.")]

    let prompts: LangfusePrompts
    let server: LangfuseServer
    let book: PromptBook
    let clock: ManualClock
    private let notes: PosixMutex<[LangfusePrompts.Note]>
    private let registry: PrometheusRegistry

    static func run(
        secretKey: String = LangfuseServer.secretKey, adapting adapt: (inout LangfusePrompts.Configuration) -> Void = { _ in },
        _ body: (LangfuseBench) async throws -> Void
    ) async throws {
        await Turnstile.servers.enter()
        let group = try EventLoopGroup(count: 2)
        let resolver = try Resolver()
        let server = LangfuseServer()
        var web = WebServer.Configuration()
        web.port = 0
        let listening = try await WebServer(web, group: group, routes: server)
        // The slash at the end is no part of it.
        let project = LangfuseProject(url: "http://127.0.0.1:\(listening.port)/", publicKey: LangfuseServer.publicKey, secretKey: secretKey)
        var configuration = LangfusePrompts.Configuration(project)
        adapt(&configuration)
        let registry = try PrometheusRegistry(LangfusePrompts.metrics)
        let clock = ManualClock(), book = PromptBook(pack), notes = PosixMutex<[LangfusePrompts.Note]>([])
        let prompts = LangfusePrompts(
            configuration, book: book, http: HTTPClient(loop: group.loops[0], resolver: resolver), factory: registry, clock: clock,
            told: { note in notes.withLock { $0.append(note) } })
        let bench = LangfuseBench(prompts: prompts, server: server, book: book, clock: clock, notes: notes, registry: registry)
        let result: Result<Void, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        await prompts.close()
        server.answerAll()
        await listening.stop()
        await group.stop()
        resolver.stop()
        await Turnstile.servers.leave()
        try result.get()
    }

    /// The first round, to its end.
    func start() async {
        prompts.start()
        await roundEnds()
    }

    /// The next round, to its end.
    func refresh(after time: Duration = .seconds(60)) async {
        clock.advance(by: time)
        await roundEnds()
    }

    /// Returns once it rests again.
    private func roundEnds() async { while clock.sleeperCount != 1, !Task.isCancelled { await Task.yield() } }

    /// What there was to say since the last look.
    func said() -> [LangfusePrompts.Note] {
        notes.withLock { notes in
            defer { notes = [] }
            return notes
        }
    }

    func text(_ name: String) -> String? { book.current(name)?.text }
    func fetches(_ outcome: LangfusePrompts.Outcome) -> Double {
        ExpositionChecker(registry.render()).value("gateway_prompt_fetches_total", ["outcome": outcome.rawValue]) ?? 0
    }
    func version(_ name: String) -> Double? { ExpositionChecker(registry.render()).value("gateway_prompt_version", ["prompt": name]) }
}
