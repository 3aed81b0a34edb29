import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import Logging
import Orchestrator
import Persistence
import StreamingPipeline
import Synchronization
import Telemetry
import TierManager
import Testing

@testable import MediaGateway

/// One call without a wire: its leg, its voice, its advice and its time are the test's; conversation, tiers and ledger are real.
final class CallBench: CallObserver {
    enum Seen: Sendable, Equatable {
        case answering(String, tier: String)
        case completed(interrupted: Bool, tier: String, cost: Int)
        case ended(String)
    }
    let loop: EventLoop
    let database: GatewayDatabase
    let advice: Advice
    let leg = Leg()
    let time = Mutex(Duration.seconds(1_000))
    private let seen: AsyncStream<Seen>
    private let report: AsyncStream<Seen>.Continuation
    private let directory = CallDirectory()
    private let call = Mutex<Call?>(nil)

    /// - Parameters:
    ///   - findChat: what becomes of eight digits.
    ///   - start: the tier calls begin on: `basic`, which is free, or `standard`.
    ///   - silentVoices: voices that fail.
    ///   - engine: stands in for `advice`.
    init(
        start: String = "basic", silentVoices: Set<String> = [], advice: Advice = Advice(), engine: (any Understander)? = nil,
        findChat: @escaping @Sendable (String) -> (() async throws -> JoinedChat)? = { _ in nil }
    ) async throws {
        (loop, database, self.advice) = (try EventLoop(name: "call"), try GatewayDatabase.temporary(), advice)
        (seen, report) = AsyncStream.makeStream()
        let policy = try TierPolicy(
            tiers: [
                Tier(name: "basic", engine: "bench", voice: "plain", priceMicroDollars: 0, rank: 0),
                Tier(name: "standard", engine: "bench", voice: "fine", priceMicroDollars: 15_000, rank: 1),
            ], startTier: start, escalation: .init(enabled: false), budget: .init(perCallMicroDollars: 1_000_000, perDayMicroDollars: 1_000_000))
        let store = CallStore(database), conversations = SQLiteConversationStore(database), logger = Logger(label: "call") { _ in SwiftLogNoOpLogHandler() }
        let services = CallServices(
            settings: CallSettings(
                turnDeadline: .milliseconds(1_500), replyBudget: .seconds(2), silenceLadder: [.seconds(8), .seconds(8), .seconds(10)],
                numberSilence: .seconds(1)),
            recogniser: nil, synthesisers: ["bench": Voice(silent: silentVoices)], fixedLines: FixedLines(),
            tiers: TierManager(policy: policy, ledger: SQLiteBudgetLedger(database)), policy: policy, events: NoEvents(),
            metrics: GatewayMetrics(try PrometheusRegistry(GatewayMetrics.declarations)), observer: self, logger: logger, directory: directory,
            now: { [unowned self] in time.withLock { $0 } },
            openJournal: { CallJournal(call: $0, store: store, logger: logger) }, findChat: findChat,
            openConversation: { id, facts in
                Conversation(
                    id: id, channel: .voice, pack: Self.pack, understanders: [engine ?? advice], tools: [], store: conversations, facts: facts)
            })
        let identity = CallIdentity(callSid: "CA1", from: "+15550101", to: "+15550100")
        call.withLock { $0 = Call(identity: identity, facts: [], loop: loop, leg: leg, services: services) }
        await on { $0.started(ear: Ear()) }
    }

    /// The caller has heard the greeting, and nobody speaks.
    static func afterGreeting(
        start: String = "basic", silentVoices: Set<String> = [], advice: Advice = Advice(), engine: (any Understander)? = nil,
        findChat: @escaping @Sendable (String) -> (() async throws -> JoinedChat)? = { _ in nil }
    ) async throws -> CallBench {
        let bench = try await CallBench(start: start, silentVoices: silentVoices, advice: advice, engine: engine, findChat: findChat)
        #expect(await bench.nextAnswer() == "Hello.")
        await bench.hearsAll()
        return bench
    }

    private static let pack = DomainPack(
        name: "shop", organisation: "the shop", agents: [AgentDefinition(name: "desk", role: "answers", greeting: "Hello.")],
        intents: [IntentDefinition(name: "hours", answer: "We are open from nine to five.", examples: ["when are you open"])],
        phrases: Phrases(Dictionary(uniqueKeysWithValues: Phrases.Key.allCases.map { ($0, ["It is \($0.rawValue)."]) })))

    /// On the call's loop, as the leg does it.
    func on(_ body: @escaping @Sendable (isolated Call) -> Void) async {
        let call = call.withLock { $0 }
        await withCheckedContinuation { continuation in
            loop.post {
                call?.assumeIsolated { body($0) }
                continuation.resume()
            }
        }
    }

    func advance(by duration: Duration) async {
        time.withLock { $0 += duration }
        await on { $0.tick() }
    }

    /// Somebody speaks for a second and falls silent.
    func speaks(_ utterance: Int) async {
        await beginsToSpeak(utterance)
        await fallsSilent(utterance)
    }
    func beginsToSpeak(_ utterance: Int) async { await on { $0.heard(.speechStarted(utterance: utterance, at: .zero)) } }
    func fallsSilent(_ utterance: Int) async {
        await on { $0.heard(.utteranceEnded(utterance: utterance, lastVoiced: .zero, at: .milliseconds(500))) }
    }

    func understood(_ utterance: Int, _ text: String, rejection: Transcript.Rejection? = nil) async {
        await on { $0.recognised(.final(utterance: utterance, Transcript(text: text, rejection: rejection))) }
    }

    /// The carrier plays the whole reply, once the voice has made it.
    func hearsAll() async {
        let isHeard = Mutex(false)
        while !isHeard.withLock({ $0 }) {
            await on { call in
                guard let playing = call.playing, playing.isSpoken else { return }
                isHeard.withLock { $0 = true }
                for clause in playing.clauses.indices { call.clauseHeard(clause, generation: playing.generation, isPlausible: true) }
            }
        }
    }

    /// The next thing that matches.
    func next(_ matches: (Seen) -> Bool) async -> Seen? {
        for await event in seen where matches(event) { return event }
        return nil
    }
    func nextAnswer() async -> String? {
        guard case .answering(let text, _) = await next({ if case .answering = $0 { true } else { false } }) else { return nil }
        return text
    }
    func nextCompleted() async -> Seen? { await next { if case .completed = $0 { true } else { false } } }

    /// Hangs up, waits for the books, and ends.
    /// - Returns: micro-dollars that are still reserved.
    func hangUp() async throws -> Int {
        await on { $0.closed("test") }
        while directory.unfinished > 0 { await Task.yield() }
        let reserved = try await SQLiteBudgetLedger(database).balances(prefix: "").reduce(0) { $0 + $1.balance.reservedMicroDollars }
        call.withLock { $0 = nil }
        await loop.stop()
        return reserved
    }

    func answering(_ call: String, _ reply: Reply, _ grant: TierGrant) { report.yield(.answering(reply.text, tier: grant.tier.name)) }
    func turnCompleted(_ call: String, _ turn: TurnSummary) {
        report.yield(.completed(interrupted: turn.wasInterrupted, tier: turn.tier.name, cost: turn.costMicroDollars))
    }
    func callEnded(_ call: String, reason: String) { report.yield(.ended(reason)) }

    /// Gives every question the same intent, and keeps what it was asked.
    final class Advice: Understander {
        let name = "bench"
        let asked = Mutex<[String]>([])
        private let held: Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>

        /// - Parameter isHeld: answers wait for ``open()``.
        init(isHeld: Bool = false) { held = Mutex((!isHeld, [])) }

        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
            asked.withLock { $0.append(text) }
            await withCheckedContinuation { continuation in
                let isOpen = held.withLock { held in
                    if !held.isOpen { held.waiting.append(continuation) }
                    return held.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return Decision(intent: "hours", confidence: 1, nextAction: .answer)
        }

        func open() {
            let waiting = held.withLock { held in
                defer { held = (true, []) }
                return held.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Answers in words that come when the test writes them.
    final class Writer: Understander {
        let name = "llm.test"
        private let words = AsyncStream.makeStream(of: String.self)
        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
            Decision(intent: Decision.outOfScope, confidence: 0.9, nextAction: .answer)
        }
        func advise(_ text: String, in context: UnderstandingContext) async throws -> Orchestrator.Advice {
            Orchestrator.Advice(try await decide(text, in: context), answer: "Yes, we do.", rest: Remainder(words.stream))
        }
        func write(_ words: String) { self.words.continuation.yield(words) }
        func finish() { words.continuation.finish() }
    }

    final class Leg: CallLeg {
        let stopped = Mutex<[Int]>([])
        let shown = Mutex<[CallLine]>([])
        var sampleRate: SampleRate { .hz8000 }
        func show(_ line: CallLine) { shown.withLock { $0.append(line) } }
        func beginReply(_ generation: Int) {}
        func play(_ pcm: ArraySlice<Int16>) -> Int { pcm.count }
        func mark(clause: Int) {}
        func endReply() {}
        func stopPlayback(_ generation: Int) { stopped.withLock { $0.append(generation) } }
        func heardBytes(_ generation: Int) -> Int? { nil }
        func listen(silence: Duration?) {}
        func hangUp(code: Int, reason: String) {}
    }

    private final class Ear: RecognitionStream {
        func feed(_ frame: Span<Int16>) {}
        func utteranceStarted(_ utterance: Int, preroll: Int) {}
        func pauseBegan() {}
        func speechResumed() {}
        func utteranceEnded() {}
        func cancel() {}
        func close() {}
    }

    /// A tenth of a second a clause, at once.
    private struct Voice: SpeechSynthesizer {
        let silent: Set<String>
        let name = "bench", voices = ["plain", "fine"]
        struct Job: SynthesisJob { func cancel() {} }

        func speak(_ words: String, voice: String, sampleRate: SampleRate, events: @escaping @Sendable (SynthesisEvent) -> Void) -> any SynthesisJob {
            if silent.contains(voice) {
                events(.failed(SpeechEngineError(.unavailable, engine: name, "broken")))
            } else {
                events(.audio([Int16](repeating: 1_000, count: 800)))
                events(.finished)
            }
            return Job()
        }
    }
}
