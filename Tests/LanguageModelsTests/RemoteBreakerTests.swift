import GatewayTesting
import LanguageModels
import Orchestrator
import Testing
import WebSocketTransport

@Suite("agent.remote behind its breaker: left alone when it fails, asked with GET whether it is back", .timeLimit(.minutes(1)))
struct RemoteBreakerTests {
    /// A guarded agent, its board, and what the board said.
    private struct Guarded {
        let clock = ManualClock()
        let board: BreakerBoard
        let bare: RemoteAgentClient, agent: GuardedAgent
        var transitions: AsyncStream<BreakerTransition>.Iterator

        init(_ bench: ModelBench, failures: Int) {
            let (stream, continuation) = AsyncStream.makeStream(of: BreakerTransition.self)
            transitions = stream.makeAsyncIterator()
            board = BreakerBoard(.init(failures: failures), clock: clock) { continuation.yield($0) }
            bare = bench.remote()
            agent = GuardedAgent(bare, board: board)
        }
        var failures: Int? { board.snapshot().first?.failures }
        var state: BreakerStatus.State? { board.snapshot().first?.state }
    }

    @Test("any status below 500 says that it is there", arguments: [(200, true), (404, true), (405, true), (503, false)])
    func probe(status: Int, isThere: Bool) async throws {
        try await ModelBench.runRemote { bench in
            var guarded = Guarded(bench, failures: 1)
            let prober = Prober([guarded.bare], board: guarded.board)
            prober.start()
            defer { prober.stop() }
            bench.server.play(ModelScript(.refuse(500)), ModelScript(.refuse(status)), RemoteAgentServer.script())
            _ = await RemoteHeard(guarded.agent)
            #expect(await guarded.transitions.next()?.provider == "agent.remote")
            #expect(await RemoteHeard(guarded.agent).error?.detail == "the circuit is open")
            #expect(bench.server.counts.requests == 1)

            guarded.clock.advance(by: .seconds(60))
            #expect(await guarded.transitions.next()?.kind == .halfOpen)
            #expect(await guarded.transitions.next()?.kind == (isThere ? .closed : .opened))
            let asked = try #require(bench.server.received.last).request
            #expect(asked.method == "GET" && asked.body.isEmpty && asked.headers["authorization"] == "Bearer sk-test-1234")
            #expect(await RemoteHeard(guarded.agent).text == (isThere ? "Hello, caller." : ""))
        }
    }

    @Test("a body without an end keeps no probe waiting")
    func endlessProbe() async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(RemoteAgentServer.script(.stallAfter(1)))
            let agent = bench.remote(), server = bench.server
            try await within(.seconds(5)) { try await agent.probe(within: .seconds(60)) }
            try await within(.seconds(1)) { await server.reached { $0.openStreams == 0 } }
        }
    }

    @Test("a caller who leaves says nothing, unless it was kept waiting for a second")
    func leaving() async throws {
        try await ModelBench.runRemote { bench in
            let guarded = Guarded(bench, failures: 1)
            bench.server.play(RemoteAgentServer.script(.stallBeforeHead))
            for (waited, state) in [(Duration.milliseconds(900), BreakerStatus.State.closed), (.milliseconds(1_000), .open)] {
                let agent = guarded.agent, before = bench.server.counts.requests
                let reading = Task { await RemoteHeard(agent).error }
                await bench.server.reached { $0.requests == before + 1 }
                guarded.clock.advance(by: waited)
                reading.cancel()
                #expect(await reading.value?.code == .cancelled)
                #expect(guarded.state == state)
            }
        }
    }

    @Test("an answer that is let go, or whose reader is cancelled, after its first event is a good one", arguments: [true, false])
    func interrupted(cancels: Bool) async throws {
        try await ModelBench.runRemote { bench in
            let guarded = Guarded(bench, failures: 2)
            let working = RemoteAgentServer.event("progress", #"{"tool":"crm","text":""}"#)
            bench.server.play(ModelScript(.refuse(500)), RemoteAgentServer.script(.stallAfter(1), [working]))
            _ = await RemoteHeard(guarded.agent)
            #expect(guarded.failures == 1)
            let agent = guarded.agent
            let (heard, signal) = AsyncStream.makeStream(of: Void.self)
            let reading = Task {
                for try await _ in try await agent.respond(to: .hello, within: .seconds(10)) {
                    signal.yield()
                    if !cancels { break }
                }
            }
            for await _ in heard { break }
            if cancels { reading.cancel() }
            _ = await reading.result
            #expect(guarded.failures == 0)
        }
    }
}
