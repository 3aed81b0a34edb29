import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import Orchestrator
import Synchronization
import TextChannel
import WebSocketTransport

extension Commands {
    /// `bench chat`: what idle sessions cost, and chat turns beside calls whose every frame is timed.
    public static func benchChat(
        _ source: ConfigurationSource, sessions: Int, rate: Int, calls: Int, seconds: Int, json: Bool
    ) async throws(CommandFailure) {
        let terminal = Terminal.standard
        do {
            let server = try await ServerProcess(
                source,
                [
                    "pipeline.loopback=true", "admission.max_calls=\(max(calls, 1))", "chat.messages_per_minute=6000", "chat.burst=1000",
                    "chat.turns_per_second=10000", "chat.new_sessions_per_second=10000",
                    "server.limits.max_sockets=\(sessions + calls + 100)", "chat.max_sessions=\(sessions + 1_000)",
                ])
            defer { server.stop() }
            guard let before = ProcessUsage(pid: server.pid) else { throw CommandFailure("the gateway has gone") }
            let loop = try EventLoop(name: "chats"), media = try EventLoop(name: "callers"), resolver = try Resolver()
            terminal.progress("opening \(sessions) chat sessions …")
            let load = try await ChatLoad(sessions: sessions, port: server.port, loop: loop, resolver: resolver)
            try await Task.sleep(for: .seconds(2))
            guard let idle = ProcessUsage(pid: server.pid) else { throw CommandFailure("the gateway has gone") }

            terminal.progress("\(calls) media calls and \(rate) chat turns a second, \(seconds) s …")
            let target = WebSocketClient.Target(host: "127.0.0.1", port: UInt16(server.port), path: "/twilio/media")
            async let echoed = echo(max(calls, 1), seconds, nil, target, media, resolver) { ProcessUsage(pid: server.pid) }
            await load.run(rate: rate, seconds: seconds)
            let results = try await echoed
            let report = ChatReport(
                sessions: sessions, idleBytes: idle.memory - before.memory, load: load.result, rate: rate, seconds: seconds,
                echo: EchoReport(calls: max(calls, 1), seconds: seconds, results: results.calls, idle: nil, before: results.before, after: results.after))
            load.close()
            await loop.stop()
            await media.stop()
            resolver.stop()
            terminal.line(json ? JSONLine.text(report) : report.table)
            guard report.unanswered == 0 else { throw CommandFailure("\(report.unanswered) messages were not answered") }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// `bench soak`: short sessions one after the other, and what they leave behind; fails when that is more than it may be.
    public static func benchSoak(_ source: ConfigurationSource, sessions: Int, json: Bool) async throws(CommandFailure) {
        let terminal = Terminal.standard
        do {
            let server = try await ServerProcess(
                source, ["pipeline.loopback=true", "chat.forget_s=1", "chat.turns_per_second=10000", "chat.new_sessions_per_second=10000"])
            defer { server.stop() }
            let loop = try EventLoop(name: "chats"), resolver = try Resolver()
            let http = HTTPClient(loop: loop, resolver: resolver)
            func holdings() async throws -> SoakReport.Holdings {
                let metrics = try await http.send(HTTPClient.Request(url: "http://127.0.0.1:\(server.port)/metrics"), timeout: .seconds(5))
                return SoakReport.Holdings(metrics: String(decoding: metrics.body, as: UTF8.self))
            }
            let before = try await holdings()
            var steps: [SoakReport.Step] = []
            var done = 0, unanswered = 0
            for look in SoakReport.looks(sessions) {
                terminal.progress("\(look) of \(sessions) sessions …")
                while done < look {
                    let load = try await ChatLoad(sessions: 50, port: server.port, loop: loop, resolver: resolver)
                    await load.once()
                    load.close()
                    done += 50
                    unanswered += load.result.sent - load.result.latencies.count
                }
                // Sessions are forgotten a second after their last device has gone, and counted once a second.
                try await Task.sleep(for: .seconds(3))
                let patience = EventLoop.now + .seconds(10)
                var left = try await holdings()
                while !left.isWithin(before), EventLoop.now < patience {
                    try await Task.sleep(for: .milliseconds(100))
                    left = try await holdings()
                }
                steps.append(SoakReport.Step(sessions: done, pid: server.pid, holdings: left))
            }
            await loop.stop()
            resolver.stop()
            let report = SoakReport(before: before, steps: steps, unanswered: unanswered)
            terminal.line(json ? JSONLine.text(report) : report.table)
            guard report.problems.isEmpty else { throw CommandFailure(report.problems.joined(separator: "; ")) }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

/// Many chat clients on one loop, each answered before it speaks again.
final class ChatLoad: Sendable {
    struct Result: Sendable {
        var sent = 0, errors = 0
        var latencies: [Duration] = []
    }
    private struct Caller {
        var sentAt: Duration?
        var line = 0
    }
    private let callers: Mutex<[Caller]>, clients: Mutex<[ChatClient]>
    private let state = Mutex(Result())
    /// What a customer of the demo operator says, over and over.
    private static let lines = ["how much data do I have left", "5550101", "what is my bill this month", "5550101", "thank you"]

    var result: Result { state.withLock { $0 } }

    /// Opens the sessions, one after the other.
    init(sessions: Int, port: Int, loop: EventLoop, resolver: Resolver) async throws {
        callers = Mutex(Array(repeating: Caller(), count: sessions))
        clients = Mutex([])
        let opened = try await ChatClient.crowd(of: sessions, port: port, loop: loop, resolver: resolver) { [weak self] in self?.heard($0, by: $1) }
        clients.withLock { $0 = opened }
    }

    private func heard(_ event: ChatEvent, by index: Int) {
        switch event {
        case .message(let message) where message.role == .assistant:
            let sentAt = callers.withLock { callers in
                defer { callers[index].sentAt = nil }
                return callers[index].sentAt
            }
            if let sentAt { state.withLock { $0.latencies.append(EventLoop.now - sentAt) } }
        case .error:
            callers.withLock { $0[index].sentAt = nil }
            state.withLock { $0.errors += 1 }
        default: break
        }
    }

    /// Speaks `rate` times a second in all, each time by the next client.
    func run(rate: Int, seconds: Int) async {
        let start = ContinuousClock.now
        for turn in 0..<(rate * seconds) {
            try? await Task.sleep(until: start + .seconds(1) * (Double(turn) / Double(rate)), tolerance: .milliseconds(1))
            speak(turn)
        }
        await settle()
    }

    /// Each client says one thing and is answered.
    func once() async {
        for index in 0..<callers.withLock({ $0.count }) { speak(index) }
        await settle()
    }

    private func speak(_ turn: Int) {
        let clients = clients.withLock { $0 }, index = turn % clients.count
        let line = callers.withLock { callers -> Int? in
            guard callers[index].sentAt == nil else { return nil }
            callers[index].sentAt = EventLoop.now
            defer { callers[index].line += 1 }
            return callers[index].line
        }
        guard let line else { return state.withLock { $0.errors += 1 } }
        state.withLock { $0.sent += 1 }
        clients[index].send(["type": "message", "text": Self.lines[line % Self.lines.count]])
    }

    private func settle() async {
        let deadline = EventLoop.now + .seconds(10)
        while callers.withLock({ $0.contains { $0.sentAt != nil } }), EventLoop.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
    }

    func close() {
        for client in clients.withLock({ $0 }) { client.close() }
    }
}

extension ChatClient {
    /// Clients on one loop, each with a session of its own, opened one after the other.
    /// - Parameter heard: what a client is told, and which one it is; also while the others are still being opened.
    static func crowd(
        of count: Int, port: Int, loop: EventLoop, resolver: Resolver, heard: @escaping @Sendable (ChatEvent, Int) -> Void
    ) async throws -> [ChatClient] {
        final class Opened: Sendable { let count = Atomic(0) }
        var limits = TransportLimits()
        limits.idle = nil
        let socket = WebSocketClient(resolver: resolver, limits: limits)
        let target = WebSocketClient.Target(host: "127.0.0.1", port: UInt16(port), path: "/chat")
        let opened = Opened()
        var clients: [ChatClient] = []
        for index in 0..<count {
            let client = ChatClient { event in
                if case .session = event { opened.count.add(1, ordering: .relaxed) }
                heard(event, index)
            }
            _ = try await socket.connect(to: target, on: loop) { client }
            clients.append(client)
            client.send(["type": "hello"])
        }
        let deadline = EventLoop.now + .seconds(30)
        while opened.count.load(ordering: .relaxed) < count {
            guard EventLoop.now < deadline else {
                throw CommandFailure("\(count - opened.count.load(ordering: .relaxed)) of \(count) chat sessions were not opened within 30 s")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return clients
    }
}
