import CoreMetrics
import EventLoop
import Foundation
import Logging
import Synchronization
import TextChannel
import WebSocketTransport

/// `WS /chat`: one device of a chat session.
///
/// The socket's side lives on its loop; what the client asks for is done in order by one task, which waits for the session.
final class ChatSocket: WebSocketHandler, ChatDevice {
    private enum Step: Sendable {
        /// Nobody has said hello: open a session of its own and say so.
        case announce
        case request(ChatRequest)
        case refused(ChatError)
    }
    private struct Line {
        var connection: WebSocketConnection?
        var steps: AsyncStream<Step>.Continuation?
        /// Messages in the second that began at `since`.
        var count = 0
        var since = Duration.zero
    }
    private let context: ChatContext
    private let line = Mutex(Line())

    /// What a client may have in flight; beyond it, requests are refused.
    private static let maximumSteps = 64
    /// Messages a second of whatever kind that one socket may send.
    private static let maximumRate = 50
    /// A client that knows its session says so at once; whoever waits for us gets a session.
    private static let helloWithin = Duration.milliseconds(250)

    init(context: ChatContext) { self.context = context }

    // MARK: The socket

    func opened(_ connection: WebSocketConnection) {
        // People think; pings find out who is gone.
        connection.idle = nil
        let (steps, continuation) = AsyncStream.makeStream(of: Step.self, bufferingPolicy: .bufferingOldest(Self.maximumSteps))
        line.withLock { ($0.connection, $0.steps) = (connection, continuation) }
        context.metrics.chatSockets.increment()
        Task { await run(steps) }
        Task {
            try? await Task.sleep(for: Self.helloWithin)
            continuation.yield(.announce)
        }
    }

    func receivedText(_ message: RawSpan) {
        let now = EventLoop.now
        let isFlood = line.withLock { line in
            if now - line.since >= .seconds(1) { (line.since, line.count) = (now, 0) }
            line.count += 1
            return line.count > Self.maximumRate
        }
        if isFlood { return close(1008, "more than \(Self.maximumRate) messages a second") }
        let step: Step
        do throws(ChatError) {
            step = .request(
                try unsafe message.withUnsafeBytes { bytes throws(ChatError) in
                    try ChatRequest(parsing: unsafe Span(_unsafeBytes: bytes), longest: context.sessions.settings.longestMessage)
                })
        } catch {
            step = .refused(error)
        }
        let steps = line.withLock { $0.steps }
        if case .dropped = steps?.yield(step) {
            deliver(.error(ChatError(.queueFull, "\(Self.maximumSteps) requests wait already")))
        }
    }

    func receivedBinary(_ message: RawSpan) {
        // At once: what is posted comes after the close.
        line.withLock { $0.connection }?.sendControl(ChatEvent.error(ChatError(.badRequest, "chat is text")).json)
        close(1003, "chat is text")
    }

    func closed(_ closure: WebSocketClosure) {
        let steps = line.withLock { line in
            defer { (line.connection, line.steps) = (nil, nil) }
            return line.steps
        }
        steps?.finish()
        context.metrics.chatSockets.decrement()
    }

    private func close(_ code: Int, _ reason: String) {
        line.withLock { $0.connection }?.close(code, reason: reason)
    }

    // MARK: The session

    func deliver(_ event: ChatEvent) {
        guard let connection = line.withLock({ $0.connection }) else { return }
        let text = event.json
        connection.loop.post { connection.sendControl(text) }
    }

    private func run(_ steps: AsyncStream<Step>) async {
        var session: ChatSession?
        // Until the client has used it, a session that we offered can be given up for one that it knows.
        var isOffered = false
        for await step in steps {
            do throws(ChatError) {
                switch step {
                case .announce:
                    guard session == nil else { continue }
                    session = try await open(userID: nil)
                    isOffered = true
                case .refused(let error): throw error
                case .request(.hello(let hello)):
                    guard session == nil || isOffered else { throw ChatError(.badRequest, "hello comes first, once") }
                    let next = try await greet(hello)
                    if let offered = session { await leave(offered, isUnused: true) }
                    (session, isOffered) = (next, false)
                case .request(.ping(let id)): deliver(.pong(id: id))
                case .request(let request):
                    let current: ChatSession
                    if let session { current = session } else { current = try await open(userID: nil) }
                    (session, isOffered) = (current, false)
                    try await handle(request, in: current)
                }
            } catch {
                context.metrics.refused("chat_\(error.code.rawValue)")
                deliver(.error(error))
            }
        }
        if let session { await leave(session, isUnused: isOffered) }
    }

    private func open(userID: String?) async throws(ChatError) -> ChatSession {
        try context.checkOverload()
        let session = try await context.sessions.open(userID: userID)
        try await session.attach(self, isResumed: false)
        return session
    }

    private func greet(_ hello: ChatRequest.Hello) async throws(ChatError) -> ChatSession {
        guard let id = hello.sessionID else { return try await open(userID: hello.userID) }
        let session = try await context.sessions.find(id)
        try await session.attach(self, isResumed: true)
        return session
    }

    private func leave(_ session: ChatSession, isUnused: Bool) async {
        await session.detach(self)
        if isUnused { await context.sessions.forget(unused: session) }
    }

    private func handle(_ request: ChatRequest, in session: ChatSession) async throws(ChatError) {
        switch request {
        case .message(let message): await session.submit(message, from: self)
        case .cancel: await session.cancel()
        case .handoff(let reason): _ = try await session.handOff(because: reason)
        case .code: try await session.issueCode()
        case .feedback(let feedback): try await session.feedback(feedback, at: Date())
        case .hello, .ping: break
        }
    }
}

/// What all chat sockets share.
struct ChatContext: Sendable {
    var sessions: ChatSessions
    var metrics: GatewayMetrics
    var overload: OverloadGuard

    /// New conversations are the first thing that is given up when the machine is short of time.
    func checkOverload() throws(ChatError) {
        guard overload.level == .none else { throw ChatError(.busy, "the gateway is overloaded", retryAfter: .seconds(5)) }
    }
}
