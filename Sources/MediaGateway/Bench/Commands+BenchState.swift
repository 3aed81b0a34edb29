import Foundation
import GatewayTesting
import Orchestrator
import Persistence
import Synchronization

extension Commands {
    /// `bench state`: what a turn costs, and when others can read what it changed.
    public static func benchState(
        _ source: ConfigurationSource, conversations: Int, rate: Int, seconds: Int, json: Bool
    ) async throws(CommandFailure) {
        let terminal = Terminal.standard
        let pack = try load(source).domain
        do {
            let folder = FileManager.default.temporaryDirectory.appending(path: "media-gateway-bench-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let database = try GatewayDatabase(path: "\(folder.path)/bench.sqlite")
            let store = SQLiteConversationStore(database), desk = try await DemoOperator(database)
            var report = StateReport(conversations: conversations, rate: rate)

            terminal.progress("\(conversations) conversations without a store, one turn after the other …")
            let bare = SteadyTalk(pack, conversations, tools: desk.tools, store: NoStore())
            report.overhead = .init(await bare.inTurn(2_000))
            terminal.progress("\(conversations) conversations, \(rate) turns a second, \(seconds) s …")
            let talk = SteadyTalk(pack, conversations, tools: desk.tools, store: store)
            let results = await talk.steadily(rate: rate, seconds: seconds) { session, generation in
                try await store.conversation(session)?.generation ?? 0 >= generation
            }
            report.turn = .init(results.turns)
            report.readable = .init(results.readable)
            report.seconds = seconds
            (report.transitions, report.updates, report.unread) = (results.transitions, results.turns.count, results.unread)
            try await database.close()
            terminal.line(json ? JSONLine.text(report) : report.table)
            guard report.unread == 0 else { throw CommandFailure("\(report.unread) turns could not be read within a second") }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

/// What `bench state` found.
struct StateReport: Encodable {
    struct Times: Encodable {
        var medianMs = 0.0, p95Ms = 0.0, p99Ms = 0.0, maximumMs = 0.0
        init() {}
        init(_ durations: [Duration]) {
            let times = Percentiles(durations)
            func ms(_ duration: Duration) -> Double { (duration / .milliseconds(1) * 100).rounded() / 100 }
            (medianMs, p95Ms, p99Ms, maximumMs) = (ms(times.at(0.5)), ms(times.at(0.95)), ms(times.at(0.99)), ms(times.maximum))
        }
        var text: String { "median \(medianMs) ms, p95 \(p95Ms) ms, p99 \(p99Ms) ms, maximum \(maximumMs) ms" }
    }
    var conversations: Int, rate: Int, seconds = 0
    /// Of a turn whose engine answers at once and whose store takes no time.
    var overhead = Times()
    /// Of a turn that is written.
    var turn = Times()
    /// From the end of the turn to its being read over another connection.
    var readable = Times()
    var updates = 0, transitions = 0, unread = 0

    init(conversations: Int, rate: Int) { (self.conversations, self.rate) = (conversations, rate) }

    var table: String {
        let each = Double(max(1, seconds))
        let rows = [
            ("orchestrator alone", "a turn takes \(overhead.text)"),
            (
                "with the store",
                String(
                    format: "%d conversations, %.0f state updates and %.0f transitions a second", conversations, Double(updates) / each,
                    Double(transitions) / each)
            ), ("", "a turn takes \(turn.text)"), ("read by others", "after \(readable.text); not within a second: \(unread)"),
        ]
        return rows.map { $0.0.padding(toLength: 20, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }
}

/// Conversations that go back and forth between two wishes, so that every turn changes the state, and half of them the agent.
final class SteadyTalk: Sendable {
    struct Results: Sendable {
        var turns: [Duration] = [], readable: [Duration] = []
        var transitions = 0, unread = 0
    }
    private let conversations: [Conversation]
    private let turns: Mutex<[Int]>
    private static let clock = ContinuousClock()

    init(_ pack: DomainPack, _ count: Int, tools: [any Tool], store: any ConversationStore) {
        let domain = PreparedDomain(pack)
        conversations = (0..<count).map { number in
            // No number: nothing is looked up, and the caller is asked for it. A conversation goes on for as long as the bench does.
            Conversation(id: "bench-\(number)", channel: .chat, context: ConversationContext(domain, tools: tools), understanders: [Wishes()], store: store)
        }
        turns = Mutex(Array(repeating: 0, count: count))
    }

    /// Says one thing in conversation `index`.
    private func turn(_ index: Int) async -> (session: String, generation: Int, time: Duration, transitions: Int) {
        let number = turns.withLock { turns in
            turns[index] += 1
            return turns[index]
        }
        let began = Self.clock.now
        // A conversation has so many turns; after them it is opened again.
        if await conversations[index].closed != nil { await conversations[index].reopen() }
        let reply = await conversations[index].respond(
            to: UserTurn(number.isMultiple(of: 2) ? "plan" : "bill", channel: .chat, generation: number), within: .seconds(2))
        return (conversations[index].id, number, Self.clock.now - began, reply.transitions.count)
    }

    func inTurn(_ turns: Int) async -> [Duration] {
        var times: [Duration] = []
        for number in 0..<turns { times.append(await turn(number % conversations.count).time) }
        return times
    }

    /// - Parameter isRead: whether somebody else finds the turn in the store.
    func steadily(
        rate: Int, seconds: Int, isRead: @escaping @Sendable (_ session: String, _ generation: Int) async throws -> Bool
    ) async -> Results {
        let start = Self.clock.now
        return await withTaskGroup(of: Results.self) { group in
            for index in conversations.indices {
                group.addTask {
                    var results = Results()
                    for number in stride(from: index, to: rate * seconds, by: self.conversations.count) {
                        try? await Self.clock.sleep(until: start + .seconds(1) * (Double(number) / Double(rate)), tolerance: .milliseconds(1))
                        let turn = await self.turn(index)
                        let ended = Self.clock.now
                        results.turns.append(turn.time)
                        results.transitions += turn.transitions
                        var isThere = false
                        while !isThere, Self.clock.now - ended < .seconds(1) { isThere = (try? await isRead(turn.session, turn.generation)) ?? false }
                        if isThere { results.readable.append(Self.clock.now - ended) } else { results.unread += 1 }
                    }
                    return results
                }
            }
            return await group.reduce(into: Results()) { sum, each in
                sum.turns += each.turns
                sum.readable += each.readable
                sum.transitions += each.transitions
                sum.unread += each.unread
            }
        }
    }

    private struct Wishes: Understander {
        let name = "scripted"
        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
            Decision(intent: text == "plan" ? "change_plan" : "invoices", confidence: 0.95, nextAction: .runWorkflow)
        }
    }
}

/// Takes everything, and keeps nothing.
private struct NoStore: ConversationStore {
    func begin(_ session: SessionRecord) async throws {}
    func commit(_ turn: TurnCommit) async throws {}
    func end(session: String, reason: String, at: Date) async throws {}
    func conversation(_ session: String) async throws -> StoredConversation? { nil }
    func save(_ handoff: HandoffRecord) async throws {}
    func save(_ feedback: FeedbackRecord) async throws {}
}
