public import EventLoop
import Synchronization
public import WebSocketTransport

/// A local provider that speaks all four dialects, and does with each request what the test's table says.
///
/// Its second port resets every connection.
public final class ModelServer: WebRoutes {
    /// A request as it came.
    public struct Received: Sendable {
        public var dialect: ModelScript.Dialect?
        public var request: HTTPRequest
    }
    private struct State {
        var scripts: [ModelScript] = []
        var choose: (@Sendable (HTTPRequest) -> ModelScript)?
        var received: [Received] = []
        var openStreams = 0
        var silent: [HTTPResponder] = []
        var waiters: [Int: (isMet: @Sendable (ModelServer.Counts) -> Bool, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextWaiter = 0
        var counts: Counts { Counts(requests: received.count, openStreams: openStreams, silentRequests: silent.count) }
    }
    /// What is going on.
    public struct Counts: Sendable, Equatable {
        public var requests: Int
        /// Answers whose head is out and whose client is there.
        public var openStreams: Int
        /// Requests that get no answer.
        public var silentRequests: Int
    }
    private let state = Mutex(State())
    private let web = Mutex<(server: WebServer, resetting: AcceptingThread)?>(nil)

    /// How a request is answered that is one to a script; `nil` for others, which get an empty list.
    typealias Wire = @Sendable (HTTPRequest) -> (any AnswerWire)?
    private let wire: Wire

    private init(_ wire: @escaping Wire) { self.wire = wire }

    /// Listens on two free ports of this machine.
    public static func start(on group: EventLoopGroup) async throws -> ModelServer {
        try await start(on: group) { dialect($0).map(ModelWire.init) }
    }

    static func start(on group: EventLoopGroup, wire: @escaping Wire) async throws -> ModelServer {
        let server = ModelServer(wire)
        var configuration = WebServer.Configuration()
        configuration.port = 0
        configuration.limits.maximumQueuedBytes = 4 << 20
        configuration.limits.maximumBodyBytes = 1 << 20
        let web = try await WebServer(configuration, group: group, routes: server)
        let budget = SocketBudget(maximum: 1_024)
        let resetting = try AcceptingThread(host: "127.0.0.1", port: 0, group: group, budget: budget) { socket, _ in
            AcceptingThread.discard(socket)
            budget.release()
        }
        server.web.withLock { $0 = (web, resetting) }
        return server
    }

    public func stop() async {
        let (web, silent) = (web.withLock { $0 }, state.withLock { $0.silent })
        for responder in silent { responder.respond(HTTPReply(status: 503, "going away\n")) }
        state.withLock { $0.silent = [] }
        web?.resetting.stop()
        await web?.server.stop()
    }

    public var base: String { "http://127.0.0.1:\(web.withLock { $0?.server.port ?? 0 })" }
    public var resettingBase: String { "http://127.0.0.1:\(web.withLock { $0?.resetting.port ?? 0 })" }
    public var acceptedSockets: Int { web.withLock { $0?.server.acceptedSockets ?? 0 } }
    public var openSockets: Int { web.withLock { $0?.server.openSockets ?? 0 } }
    public var received: [Received] { state.withLock { $0.received } }
    public var counts: Counts { state.withLock { $0.counts } }

    /// What the next requests get, in order; the last one is for all that follow.
    public func play(_ scripts: ModelScript...) { state.withLock { ($0.scripts, $0.choose) = (scripts, nil) } }

    /// What each request gets; `choose` is called on its connection's loop, and must not wait.
    public func play(_ choose: @escaping @Sendable (HTTPRequest) -> ModelScript) { state.withLock { $0.choose = choose } }

    /// Answers those who wait for nothing.
    public func endSilence() {
        let silent = state.withLock { state in
            defer { state.silent = [] }
            return state.silent
        }
        for responder in silent { responder.respond(HTTPReply(status: 503, "too late\n")) }
    }

    /// Returns as soon as the counts are so, or the task is cancelled.
    public func reached(_ isMet: @escaping @Sendable (Counts) -> Bool) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if Task.isCancelled || isMet(state.counts) { return true }
                    state.waiters[id] = (isMet, continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let met = state.withLock { state in
            body(&state)
            let counts = state.counts
            let met = state.waiters.filter { $0.value.isMet(counts) }
            for id in met.keys { state.waiters[id] = nil }
            return met.values.map(\.continuation)
        }
        for continuation in met { continuation.resume() }
    }

    // MARK: Serving

    public func upgrade(_ request: HTTPRequest, on loop: EventLoop) -> UpgradeDecision { .refuse(.notFound) }

    public func http(_ request: HTTPRequest, responder: HTTPResponder) {
        let wire = wire(request)
        let choose = state.withLock { $0.choose }
        let script =
            choose?(request)
            ?? state.withLock { state in
                guard wire != nil else { return ModelScript?.none }
                return state.scripts.count > 1 ? state.scripts.removeFirst() : state.scripts.first ?? ModelScript()
            }
        let arrival = Received(dialect: Self.dialect(request), request: request)
        guard let wire, let script else {
            change { $0.received.append(arrival) }
            responder.respond(HTTPReply(type: "application/json", #"{"object":"list","data":[]}"#))
            return
        }
        switch script.behaviour {
        case .stallBeforeHead:
            change { state in
                state.received.append(arrival)
                state.silent.append(responder)
            }
        case .refuse(let status, let headers, let body):
            change { $0.received.append(arrival) }
            var fields = HTTPHeaders()
            for (name, value) in headers { fields.add(name, value) }
            if fields["Content-Type"] == nil { fields.add("Content-Type", "application/json") }
            responder.respond(HTTPReply(status: status, headers: fields, body: Array(body.utf8)))
        default:
            change { state in
                state.received.append(arrival)
                state.openStreams += 1
            }
            stream(script, wire, responder)
        }
    }

    private static func dialect(_ request: HTTPRequest) -> ModelScript.Dialect? {
        guard request.method == "POST" else { return nil }
        switch request.path {
        case let path where path.hasSuffix("/chat/completions"): return .chatCompletions
        case "/api/chat": return .ollama
        case let path where path.hasSuffix(":streamGenerateContent"): return .gemini
        case let path where path.hasSuffix("/messages"): return .anthropic
        default: return nil
        }
    }

    /// On the connection's loop.
    private func stream(_ script: ModelScript, _ wire: any AnswerWire, _ responder: HTTPResponder) {
        let fields: HTTPHeaders = ["Content-Type": wire.contentType, "X-Request-Id": "req-7"]
        guard let body = responder.stream(headers: fields, closed: { [self] in change { $0.openStreams -= 1 } }) else { return }
        var steps: [(delay: Duration, work: () -> Void)] = []
        func then(_ delay: Duration, _ work: @escaping () -> Void) { steps.append((delay, work)) }
        if case .answerByByte = script.behaviour {
            let text = wire.opening(script.tokens) + script.pieces.map(wire.piece).joined() + wire.ending(.stop, script.tokens)
            for byte in text.utf8 { then(.zero) { body.write([byte]) } }
            then(.zero) { body.end() }
            return Self.run(steps[...], on: responder.loop)
        }
        let count: Int
        switch script.behaviour {
        case .stallAfter(let pieces), .stopAfter(let pieces), .breakAfter(let pieces), .errorAfter(let pieces, _), .garbageAfter(let pieces, _):
            count = pieces
        case .stallAfterHead: count = 0
        default: count = script.pieces.count
        }
        if case .stallAfterHead = script.behaviour {} else { then(script.firstDelay) { body.write(wire.opening(script.tokens)) } }
        for (index, piece) in script.pieces.prefix(count).enumerated() {
            then(index == 0 ? .zero : script.pieceDelay) { body.write(wire.piece(piece)) }
        }
        /// The last bytes, and the body's end.
        func close(with last: @escaping () -> [UInt8]) {
            then(script.pieceDelay) {
                body.write(last())
                body.end()
            }
        }
        switch script.behaviour {
        case .answer: close { Array(wire.ending(.stop, script.tokens).utf8) }
        case .limitReached: close { Array(wire.ending(.limit, script.tokens).utf8) }
        case .filtered: close { Array(wire.ending(.filter, script.tokens).utf8) }
        case .errorAfter(_, let error): close { Array(wire.error(error).utf8) }
        case .garbageAfter(_, let bytes): close { bytes }
        case .stopAfter: close { [] }
        // More than may wait: the server drops the connection. Later, so that the pieces are out.
        case .breakAfter: then(.milliseconds(20)) { body.write([UInt8](repeating: 0, count: 5 << 20)) }
        case .answerAndStall:
            then(script.pieceDelay) {
                body.write(wire.ending(.stop, script.tokens))
                self.keep(body)
            }
        case .stallAfterHead, .stallAfter: then(.zero) { self.keep(body) }
        case .refuse, .stallBeforeHead, .answerByByte: break
        }
        Self.run(steps[...], on: responder.loop)
    }

    /// Bodies that must not end by being let go.
    private let kept = Mutex<[HTTPBodyStream]>([])
    private func keep(_ body: HTTPBodyStream) { kept.withLock { $0.append(body) } }

    private static func run(_ steps: ArraySlice<(delay: Duration, work: () -> Void)>, on loop: EventLoop) {
        guard let step = steps.first else { return }
        let goOn = {
            step.work()
            run(steps.dropFirst(), on: loop)
        }
        if step.delay == .zero { goOn() } else { loop.after(step.delay, goOn) }
    }
}
