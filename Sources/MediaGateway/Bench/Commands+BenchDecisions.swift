import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import Orchestrator
import SpeechEngines
import Synchronization
import TextChannel
import WebSocketTransport

extension Commands {
    /// `bench decisions`: turns whose language models fail in every way that they can, by chat and by voice.
    public static func benchDecisions(
        _ source: ConfigurationSource, turns: Int, calls: Int, json: Bool
    ) async throws(CommandFailure) {
        let terminal = Terminal.standard
        do {
            let group = try EventLoopGroup(count: 1), models = try await FaultyModels(on: group)
            let folder = FileManager.default.temporaryDirectory.appending(path: "media-gateway-bench-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let server = try await ServerProcess(
                try models.configured(source, in: folder),
                [
                    "breaker.open_s=1", "admission.max_calls=\(max(calls, 50))", "chat.messages_per_minute=6000", "chat.burst=1000",
                    "chat.turns_per_second=10000", "chat.new_sessions_per_second=10000",
                ])
            defer { server.stop() }
            let loop = try EventLoop(name: "callers"), resolver = try Resolver()
            let http = HTTPClient(loop: loop, resolver: resolver)
            var report = DecisionsReport()

            terminal.progress("healthy models: 200 chat turns, 10 at once …")
            let talkers = try await Talkers(250, port: server.port, loop: loop, resolver: resolver)
            report.healthy = .init(await talkers.run(200, atOnce: 10))
            models.fail(0.6)
            terminal.progress("failing models: \(turns) chat turns, 25 at once …")
            report.chat = .init(await talkers.run(turns, atOnce: 25))
            talkers.close()
            terminal.progress("failing models: \(turns) turns by voice, \(calls) calls at once …")
            let reports = try await voices(turns, calls, server.port, loop, resolver) { terminal.progress("\($0) of \(turns) turns by voice") }
            report.voice = .init(reports)
            report.voice.wrong = try await changes(server.port, http)
            (report.requests, report.faults) = (models.requests, Dictionary(uniqueKeysWithValues: models.faults.map { ($0.rawValue, $1) }))

            // Streams that stalled are ended by their deadlines; nothing may be left behind them.
            let patience = EventLoop.now + .seconds(15)
            repeat {
                try await Task.sleep(for: .milliseconds(200))
                let metrics = try await http.send(HTTPClient.Request(url: "http://127.0.0.1:\(server.port)/metrics"), timeout: .seconds(5))
                report.left = .init(metrics: String(decoding: metrics.body, as: UTF8.self), openStreams: models.openStreams)
            } while !report.left.isNothing && EventLoop.now < patience
            await loop.stop()
            resolver.stop()
            await models.stop()
            await group.stop()
            terminal.line(json ? JSONLine.text(report) : report.table)
            guard report.problems.isEmpty else { throw CommandFailure(report.problems.joined(separator: "; ")) }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Plans that were changed in calls, which nobody had asked for.
    private static func changes(_ port: Int, _ http: HTTPClient) async throws -> Int {
        struct Calls: Decodable {
            struct Call: Decodable { var id: String }
            var calls: [Call], next: String?
        }
        struct Full: Decodable {
            struct ToolCall: Decodable { var tool: String }
            var tool_calls: [ToolCall]
        }
        func get<Answer: Decodable>(_ path: String) async throws -> Answer {
            let answer = try await http.send(HTTPClient.Request(url: "http://127.0.0.1:\(port)/v1/calls\(path)"), timeout: .seconds(5))
            return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
        }
        var changes = 0, page: Calls? = try await get("?limit=100")
        while let calls = page {
            for call in calls.calls { changes += try await (get("/\(call.id)") as Full).tool_calls.count { $0.tool == "change_plan" } }
            page = if let next = calls.next { try await get("?limit=100&before=\(next)") } else { nil }
        }
        return changes
    }

    private static let spoken = ["Do you like music?", "How much data do I have left?", "Do you play any games?", "How much is my bill?"]

    /// Recorded callers who ask one thing after the other, ten a call.
    private static func voices(
        _ turns: Int, _ calls: Int, _ port: Int, _ loop: EventLoop, _ resolver: Resolver, _ progress: (Int) -> Void
    ) async throws -> [CallReport] {
        let callers = RecordedCallers(try FliteSynthesizer())
        var scripts: [CallerScript] = []
        for (index, voice) in ["slt", "awb"].enumerated() {
            var lines: [CallerScript.Line] = []
            for text in spoken { lines.append(.init(text, .speak(try await callers.say(text, voice: voice, seed: UInt64(index + 1))))) }
            let ten = (0..<10).map { lines[($0 + index) % lines.count] }
            scripts.append(CallerScript(ten, reaction: .milliseconds(700), patience: .seconds(15), lineNoise: callers.quietLine))
        }
        return try await withThrowingTaskGroup(of: CallReport.self) { [scripts] group in
            var left = (0..<max(1, turns / 10)).makeIterator()
            func add() {
                guard let number = left.next() else { return }
                let placement = CallPlacement(webhook: "http://127.0.0.1:\(port)/twilio/voice", from: "+1555010\(number % 10)")
                group.addTask {
                    // Callers do not phone in chorus.
                    try await Task.sleep(for: .milliseconds(number * 370 % 3_000))
                    return try await placement.place(scripts[number % scripts.count], on: loop, resolver: resolver)
                }
            }
            for _ in 0..<calls { add() }
            var reports: [CallReport] = []
            for try await report in group {
                reports.append(report)
                progress(reports.reduce(0) { $0 + $1.exchanges.count })
                add()
            }
            return reports
        }
    }
}

extension FaultyModels {
    /// The operator's files in `folder`, with these models in `gateway.yaml`.
    func configured(_ source: ConfigurationSource, in folder: URL) throws -> ConfigurationSource {
        let file = URL(filePath: source.file)
        try FileManager.default.copyItem(at: file.deletingLastPathComponent(), to: folder)
        let copy = folder.appending(path: file.lastPathComponent)
        let text = try String(contentsOf: copy, encoding: .utf8)
        guard text.contains("\n  models: []\n") else {
            throw CommandFailure("bench decisions brings models of its own: give a configuration with llm.models: []")
        }
        try text.replacing("\n  models: []\n", with: "\n\(settings)\n").write(to: copy, atomically: true, encoding: .utf8)
        return ConfigurationSource(file: copy.path, overrides: source.overrides)
    }
}

/// Chat clients that ask one thing after the other, and look at what they are told.
final class Talkers: Sendable {
    /// One turn, as its client saw it.
    struct Turn: Sendable {
        var firstText: Duration?
        var whole: Duration?
        var text = "", source = ""
        /// It names somebody else, or says that something was done which nobody wanted.
        var isForeign = false, isWrong = false
    }
    private struct Talker {
        var sentAt: Duration?
        var turn = Turn()
        var word = ""
        var done: CheckedContinuation<Turn, Never>?
    }
    private let talkers: Mutex<[Talker]>, clients: Mutex<[ChatClient]>

    init(_ count: Int, port: Int, loop: EventLoop, resolver: Resolver) async throws {
        talkers = Mutex(Array(repeating: Talker(), count: count))
        clients = Mutex([])
        let opened = try await ChatClient.crowd(of: count, port: port, loop: loop, resolver: resolver) { [weak self] in self?.heard($0, by: $1) }
        clients.withLock { $0 = opened }
    }

    func close() {
        for client in clients.withLock({ $0 }) { client.close() }
    }

    /// So many turns, never more than `atOnce` at the same time and never two of one client.
    func run(_ turns: Int, atOnce: Int) async -> [Turn] {
        let clients = clients.withLock { $0.count }
        return await withTaskGroup(of: [Turn].self) { group in
            for lane in 0..<min(atOnce, clients) {
                group.addTask {
                    let own = Array(stride(from: lane, to: clients, by: min(atOnce, clients)))
                    var seen: [Turn] = []
                    for number in stride(from: lane, to: turns, by: atOnce) { seen.append(await self.ask(number, of: own[seen.count % own.count])) }
                    return seen
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func ask(_ number: Int, of index: Int) async -> Turn {
        // No two turns have the same.
        let word = FaultyModels.word(number * 250 + index)
        let give = Task { [weak self] in
            try? await Task.sleep(for: .seconds(20))
            if !Task.isCancelled { self?.finish(index) }
        }
        defer { give.cancel() }
        return await withCheckedContinuation { continuation in
            talkers.withLock { talkers in
                talkers[index].turn = Turn()
                (talkers[index].word, talkers[index].sentAt, talkers[index].done) = (word, EventLoop.now, continuation)
            }
            clients.withLock { $0[index] }.send(["type": "message", "text": "do you like music, \(word)"])
        }
    }

    private func heard(_ event: ChatEvent, by index: Int) {
        switch event {
        case .delta:
            talkers.withLock { talkers in
                guard let sentAt = talkers[index].sentAt, talkers[index].turn.firstText == nil else { return }
                talkers[index].turn.firstText = EventLoop.now - sentAt
            }
        case .message(let message) where message.role == .assistant:
            talkers.withLock { talkers in
                guard let sentAt = talkers[index].sentAt else { return }
                talkers[index].turn.whole = EventLoop.now - sentAt
                (talkers[index].turn.text, talkers[index].turn.source) = (message.text, message.source)
                let words = message.text.lowercased().split { !$0.isLetter }.map { String($0) }
                talkers[index].turn.isForeign = words.contains { $0.hasSuffix("qua") && $0 != talkers[index].word }
                talkers[index].turn.isWrong = words.contains("changed") || words.contains("done")
            }
            finish(index)
        case .error: finish(index)
        default: break
        }
    }

    private func finish(_ index: Int) {
        let (done, turn) = talkers.withLock { talkers in
            defer { (talkers[index].done, talkers[index].sentAt) = (nil, nil) }
            return (talkers[index].done, talkers[index].turn)
        }
        done?.resume(returning: turn)
    }
}
