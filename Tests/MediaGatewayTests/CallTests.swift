import StreamingPipeline
import Synchronization
import Testing

@testable import MediaGateway

@Suite("A call: who has the floor, what is answered, what is paid", .timeLimit(.minutes(1)))
struct CallTests {
    @Test("a caller who goes on before the transcript is there is answered once, to the whole")
    func goesOn() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.beginsToSpeak(2)
        await bench.understood(1, "change my plan")
        await bench.fallsSilent(2)
        await bench.understood(2, "please")
        #expect(await bench.nextAnswer() != nil)
        #expect(bench.advice.asked.withLock { $0 } == ["change my plan please"])
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a cough, or a murmur, after what was said takes nothing away", arguments: [Transcript.Rejection.notSpeech, .unintelligible])
    func coughs(rejection: Transcript.Rejection) async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.beginsToSpeak(2)
        await bench.understood(1, "change my plan")
        await bench.fallsSilent(2)
        await bench.understood(2, "", rejection: rejection)
        #expect(await bench.nextAnswer() != nil)
        #expect(bench.advice.asked.withLock { $0 } == ["change my plan"])
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a cough that is judged before what was said: the answer is to what was said")
    func coughFirst() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.speaks(2)
        await bench.understood(2, "", rejection: .notSpeech)
        await bench.understood(1, "change my plan")
        #expect(await bench.nextAnswer() != nil)
        #expect(bench.advice.asked.withLock { $0 } == ["change my plan"])
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a transcript that never comes is waited for three seconds, and reaches no later turn")
    func neverComes() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.speaks(2)
        await bench.understood(2, "", rejection: .notSpeech)
        await bench.advance(by: .seconds(4))
        #expect(await bench.nextAnswer() == "It is not_understood.")
        await bench.hearsAll()
        await bench.understood(1, "change my plan")
        await bench.speaks(3)
        await bench.understood(3, "when are you open")
        #expect(await bench.nextAnswer() != nil)
        #expect(bench.advice.asked.withLock { $0 } == ["when are you open"])
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a lone # is no input: silence is broken as if it had not come")
    func loneHash() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.on { $0.pressed("#") }
        await bench.advance(by: .seconds(9))
        #expect(await bench.nextAnswer() == "It is silence_first.")
        #expect(try await bench.hangUp() == 0)
    }

    @Test("keys pressed while the agent thinks: the first answer is cut off and paid, the keys are answered, no promise stays open")
    func keysCross() async throws {
        let advice = CallBench.Advice(isHeld: true)
        let bench = try await CallBench.afterGreeting(start: "standard", advice: advice)
        await bench.speaks(1)
        await bench.understood(1, "when are you open")
        await bench.on { $0.pressed("4") }
        advice.open()
        #expect(await bench.nextAnswer() != nil)
        await bench.advance(by: .seconds(2))
        #expect(await bench.nextAnswer() != nil)
        #expect(bench.leg.stopped.withLock { $0.count } == 1)
        #expect(try await bench.hangUp() == 0)
    }

    @Test("a voice that fails is not paid: the turn is the voice's that spoke")
    func voiceFails() async throws {
        let bench = try await CallBench.afterGreeting(start: "standard", silentVoices: ["fine"])
        #expect(await bench.nextCompleted() == .completed(interrupted: false, tier: "basic", cost: 0))
        #expect(try await bench.hangUp() == 0)
    }

    private static func message(_ leg: CallBench.Leg) -> CallLine.Message? {
        leg.shown.withLock { $0.compactMap { if case .message(let message) = $0 { message } else { nil } }.last }
    }
    private func asks(_ bench: CallBench) async {
        await bench.speaks(1)
        await bench.understood(1, "do you like music")
        #expect(await bench.nextAnswer() == "Yes, we do.")
    }

    @Test("an answer is spoken while it is written; the whole of it is paid, shown and kept")
    func writes() async throws {
        let writer = CallBench.Writer()
        let bench = try await CallBench.afterGreeting(start: "standard", engine: writer)
        _ = await bench.nextCompleted()
        await asks(bench)
        // Spoken and heard, and not over: more may come.
        await bench.on { $0.clauseHeard(0, generation: $0.generation, isPlausible: true) }
        await bench.advance(by: .seconds(10))
        writer.write(" Come by!")
        writer.finish()
        await bench.hearsAll()
        #expect(await bench.nextCompleted() == .completed(interrupted: false, tier: "standard", cost: 285))
        #expect(Self.message(bench.leg)?.text == "Yes, we do. Come by!")
        #expect(try await bench.hangUp() == 0)
    }

    @Test("the caller speaks into it: nothing more is said, and what was not is not paid")
    func writesInto() async throws {
        let writer = CallBench.Writer()
        let bench = try await CallBench.afterGreeting(start: "standard", engine: writer)
        _ = await bench.nextCompleted()
        await asks(bench)
        await bench.beginsToSpeak(2)
        await bench.advance(by: .milliseconds(600))
        writer.write(" Come by!")
        #expect(await bench.nextCompleted() == .completed(interrupted: true, tier: "standard", cost: 165))
        #expect(bench.leg.stopped.withLock { $0.count } == 1)
        #expect(try await bench.hangUp() == 0)
    }

    @Test("the closing line is the last word: neither speech nor keys take the floor from it")
    func closing() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.on { $0.drain() }
        #expect(await bench.nextAnswer()?.contains("end this call") == true)
        await bench.on { $0.heard(.speechStarted(utterance: 1, at: .zero)) }
        await bench.advance(by: .milliseconds(500))
        await bench.on { $0.pressed("5") }
        #expect(bench.leg.stopped.withLock { $0.isEmpty })
        await bench.hearsAll()
        #expect(await bench.next { if case .ended = $0 { true } else { false } } == .ended("shutdown"))
        #expect(try await bench.hangUp() == 0)
    }
}
