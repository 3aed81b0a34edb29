import GatewayTesting
import LanguageModels
import Orchestrator
import Synchronization
import Testing
import WebSocketTransport

@Suite("Breakers of the process: a provider that fails is left alone, and a probe that is no caller's brings it back", .timeLimit(.minutes(1)))
struct BreakerTests {
    /// A guarded model, its board, and what the board said.
    private struct Guarded {
        let clock = ManualClock()
        let board: BreakerBoard
        let bare: any LanguageModel, model: GuardedModel
        var transitions: AsyncStream<BreakerTransition>.Iterator

        init(_ bench: ModelBench, failures: Int = 2) {
            let (stream, continuation) = AsyncStream.makeStream(of: BreakerTransition.self)
            transitions = stream.makeAsyncIterator()
            board = BreakerBoard(.init(failures: failures), clock: clock) { continuation.yield($0) }
            bare = bench.model(.chatCompletions)
            model = GuardedModel(bare, board: board)
        }
        var state: BreakerStatus.State? { board.snapshot().first?.state }
    }

    @Test("failures open it; callers are refused at once; a bad probe keeps it open, a good one closes it")
    func life() async throws {
        try await ModelBench.run { bench in
            var guarded = Guarded(bench)
            let prober = Prober([guarded.bare], board: guarded.board)
            prober.start()
            prober.start()
            defer { prober.stop() }
            bench.server.play(ModelScript(.refuse(500)), ModelScript(.breakAfter(1)), ModelScript(.stallBeforeHead), ModelScript())
            #expect(await Heard(guarded.model).error?.status == 500)
            #expect(guarded.state == .closed)
            #expect(await Heard(guarded.model).error?.code == .truncated)
            let opened = try #require(await guarded.transitions.next())
            #expect(opened == BreakerTransition(kind: .opened, provider: "llm.test", cause: .truncated, openFor: .seconds(60)))
            #expect(opened.event == LifecycleEvent("breaker.opened", subject: "llm.test", ["cause": "truncated", "open_ms": "60000"]))

            guarded.clock.advance(by: .seconds(59))
            let refused = try #require(await Heard(guarded.model).error)
            #expect(refused.code == .unavailable && refused.retryAfter == .seconds(1) && refused.status == 0)
            #expect(bench.server.counts.requests == 2)

            // The first probe gets no answer; callers stay out meanwhile.
            guarded.clock.advance(by: .seconds(1))
            #expect(await guarded.transitions.next()?.kind == .halfOpen)
            await bench.server.reached { $0.silentRequests == 1 }
            #expect(guarded.state == .halfOpen)
            #expect(await Heard(guarded.model).error?.detail == "the circuit is open")
            #expect(bench.server.counts.requests == 3)
            bench.server.endSilence()
            #expect(await guarded.transitions.next()?.kind == .opened)

            guarded.clock.advance(by: .seconds(60))
            #expect(await guarded.transitions.next()?.kind == .halfOpen)
            #expect(await guarded.transitions.next()?.kind == .closed)
            #expect(await Heard(guarded.model).text == "Hello, caller.")
            #expect(bench.server.counts.requests == 5)
            #expect(guarded.board.snapshot().first?.trips == 2)
            // The probe asks for a word.
            #expect(String(decoding: bench.server.received[3].request.body, as: UTF8.self).contains(#""max_tokens":16,"#))
        }
    }

    @Test("a model that had too little time has not failed")
    func hurried() async throws {
        try await ModelBench.run { bench in
            let guarded = Guarded(bench, failures: 1)
            bench.server.play(ModelScript(.stallBeforeHead))
            #expect(await Heard(guarded.model, within: .milliseconds(100)).error?.code == .timedOut)
            #expect(guarded.board.snapshot().allSatisfy { $0.state == .closed && $0.failures == 0 })
        }
    }

    @Test("a 429 takes the model out for its stated time")
    func limited() async throws {
        try await ModelBench.run { bench in
            var guarded = Guarded(bench, failures: 5)
            bench.server.play(ModelScript(.refuse(429, [("Retry-After", "7")])))
            _ = await Heard(guarded.model)
            #expect(await guarded.transitions.next()?.openFor == .seconds(7))
            #expect(await Heard(guarded.model).error?.retryAfter == .seconds(7))
            #expect(bench.server.counts.requests == 1)
        }
    }

    @Test("a lost key or an empty account opens it at once", arguments: [401, 402])
    func barred(status: Int) async throws {
        try await ModelBench.run { bench in
            var guarded = Guarded(bench, failures: 5)
            bench.server.play(ModelScript(.refuse(status)))
            _ = await Heard(guarded.model)
            #expect(await guarded.transitions.next()?.openFor == .seconds(60))
        }
    }

    @Test("what a caller causes does not count: a request that is refused, a filter, a token limit")
    func callers() async throws {
        try await ModelBench.run { bench in
            let guarded = Guarded(bench, failures: 2)
            for behaviour in [.refuse(400), .filtered, .limitReached, .refuse(413)] as [ModelScript.Behaviour] {
                bench.server.play(ModelScript(behaviour))
                for _ in 0..<3 { #expect(await Heard(guarded.model).error != nil) }
            }
            #expect(guarded.state == .closed)
            #expect(guarded.board.snapshot().first?.failures == 0)
        }
    }

    @Test("a caller who leaves says nothing, unless it was kept waiting for a second")
    func leaving() async throws {
        try await ModelBench.run { bench in
            let guarded = Guarded(bench, failures: 1)
            bench.server.play(ModelScript(.stallAfterHead))
            for (waited, state) in [(Duration.milliseconds(900), BreakerStatus.State.closed), (.milliseconds(1_000), .open)] {
                let model = guarded.model
                let before = bench.server.counts.requests
                let reading = Task { await Heard(model).error }
                await bench.server.reached { $0.requests == before + 1 }
                guarded.clock.advance(by: waited)
                reading.cancel()
                #expect(await reading.value?.code == .cancelled)
                #expect(guarded.state == state)
            }
        }
    }

    @Test("an answer let go after its first text is a good one")
    func heard() async throws {
        try await ModelBench.run { bench in
            let guarded = Guarded(bench, failures: 2)
            bench.server.play(ModelScript(.refuse(500)), ModelScript(.stallAfter(1)), ModelScript(.refuse(500)))
            _ = await Heard(guarded.model)
            #expect(guarded.board.snapshot().first?.failures == 1)
            do {
                let answer = try await guarded.model.answer(.hello, within: .seconds(10))
                var pieces = answer.makeAsyncIterator()
                _ = try await pieces.next()
            }
            #expect(guarded.board.snapshot().first?.failures == 0)
            _ = await Heard(guarded.model)
            #expect(guarded.state == .closed)
        }
    }

    @Test("a prober that stops in the middle of a probe leaves it open")
    func stopping() async throws {
        try await ModelBench.run { bench in
            var guarded = Guarded(bench, failures: 1)
            let prober = Prober([guarded.bare], board: guarded.board)
            prober.start()
            bench.server.play(ModelScript(.refuse(500)), ModelScript(.stallBeforeHead))
            _ = await Heard(guarded.model)
            guarded.clock.advance(by: .seconds(60))
            await bench.server.reached { $0.silentRequests == 1 }
            prober.stop()
            #expect(await guarded.transitions.next()?.kind == .opened)
            #expect(await guarded.transitions.next()?.kind == .halfOpen)
            #expect(await guarded.transitions.next()?.kind == .opened)
        }
    }

    @Test("the scripted model answers as written")
    func scripted() async throws {
        let clock = ManualClock()
        let model = ScriptedModel("script", clock: clock, [.text("a"), .wait(.seconds(1)), .text("b"), .fail(.unavailable)], [.text("c"), .hang])
        let reading = Task { await Heard(model) }
        while clock.sleeperCount == 0 { await Task.yield() }
        clock.advance(by: .seconds(1))
        let heard = await reading.value
        #expect(heard.pieces == ["a", "b"] && heard.error?.code == .unavailable)
        let hanging = Task { await Heard(model) }
        while clock.sleeperCount == 0 { await Task.yield() }
        hanging.cancel()
        #expect(await hanging.value.error?.code == .cancelled)
    }
}
