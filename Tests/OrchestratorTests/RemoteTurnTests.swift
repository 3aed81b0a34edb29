import Orchestrator
import Testing

@Suite("The operator's own agent answers turns, under our deadlines, fallbacks and rules", .timeLimit(.minutes(1)))
struct RemoteTurnTests {
    private static func text(_ text: String) -> ScriptedRemote.Step { .event(.text(text)) }

    @Test("Its words are the reply, as they come, and its name is the source")
    func answers() async {
        let remote = ScriptedRemote([Self.text("Your bill "), Self.text("is due. "), Self.text("Anything"), Self.text(" else?")])
        let call = TestCall(remote: remote)
        let reply = await call.turn("when is my bill due")
        #expect(reply.source == "agent.remote" && reply.then == .listen(nil))
        #expect(await reply.whole().text == "Your bill is due. Anything else?")
        #expect(remote.turns.map(\.text) == ["when is my bill due"] && remote.turns[0].facts.map(\.key) == ["caller_phone"])
    }

    @Test("A tool at work is said at once, and shown; its words follow")
    func progress() async throws {
        let remote = ScriptedRemote([.event(.progress(tool: "crm", percent: 10, text: "I'm looking that up.")), Self.text("Found it.")])
        let reply = await TestCall(remote: remote).turn("where is my order")
        #expect(reply.text == "I'm looking that up.")
        var pieces: [ReplyPiece] = []
        for await piece in try #require(reply.rest) { pieces.append(piece) }
        #expect(pieces == [.progress(tool: "crm", percent: 10, text: "I'm looking that up."), .text(" Found it.")])
    }

    @Test("It hands on to another agent, and to a person when all is said")
    func handsOff() async {
        let remote = ScriptedRemote([
            .event(.transition(to: "specialist", reason: "technical")), Self.text("One moment. "), Self.text("I'll get somebody."),
            .event(.handoff(reason: "too_hard")),
        ])
        let call = TestCall(remote: remote)
        let reply = await call.turn("my line is dead").whole()
        #expect(reply.text == "One moment. I'll get somebody." && reply.agent == "specialist" && reply.then == .handoff(reason: "too_hard"))
        #expect(await call.conversation.closed == .handoff(reason: "too_hard") && reply.transitions.map(\.reason) == ["technical"])
        await call.conversation.end(reason: "handoff")
        #expect(call.store.turns.last?.ticket?.state == .handedOff && call.store.turns.flatMap(\.transitions).count == 1)
    }

    @Test("It may hand over or end without a word: then the pack has one", arguments: [RemoteEvent.handoff(reason: "asked"), .end(reason: "done")])
    func wordless(event: RemoteEvent) async {
        let reply = await TestCall(remote: ScriptedRemote([.event(event)])).turn("enough")
        #expect(!reply.text.isEmpty && reply.rest == nil)
        if case .listen = reply.then { Issue.record("\(reply.then)") }
    }

    @Test(
        "Whatever it fails with, the next one answers in the same turn",
        arguments: [[.fail(.unavailable)], [.fail(.malformed)], [], [.event(.text("Half a clause")), .fail(.unavailable)]] as [[ScriptedRemote.Step]])
    func fails(script: [ScriptedRemote.Step]) async {
        let call = TestCall(remote: ScriptedRemote(script))
        let reply = await call.turn("How much data do I have?")
        #expect(reply.source == "embedded" && reply.text.hasPrefix("You have 5.8 GB left."))
        #expect(call.events.reasons(.engineFailed).count == 1)
    }

    @Test("One that hangs is let go, and costs its share of the time")
    func hangs() async {
        let remote = ScriptedRemote([.hang])
        let call = TestCall(remote: remote)
        async let reply = call.turn("How much data do I have?", within: .seconds(1))
        await call.clock.sleeper(until: .milliseconds(600))
        call.clock.advance(by: .milliseconds(600))
        #expect(await reply.source == "embedded")
        await remote.cancelled.reached()
    }

    /// Says itself that it is late, as a client does.
    private struct Late: RemoteAgent {
        let name = "agent.remote"
        let clock: ManualClock
        func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error> {
            do { try await clock.sleep(until: clock.now.advanced(by: within), tolerance: nil) } catch { throw ModelError(.cancelled, engine: name) }
            throw ModelError(.timedOut, engine: name)
        }
    }

    @Test("One that hangs in every turn is blamed for it: after five it is left alone")
    func blamed() async {
        let clock = ManualClock(), board = BreakerBoard(.init(failures: 5), clock: clock)
        let call = TestCall(clock: clock, remote: GuardedAgent(Late(clock: clock), board: board))
        for turn in 0..<5 {
            #expect(board.snapshot().first?.state ?? .closed == .closed)
            async let reply = call.turn("hello", within: .seconds(1))
            await clock.sleeper(until: .milliseconds(560 * (turn + 1)))
            clock.advance(by: .milliseconds(560))
            #expect(await reply.source == "embedded")
        }
        #expect(board.snapshot().first?.state == .open)
    }

    @Test("Its requests have bounded places: one without a place is not made, is nobody's fault, and gives its place back when it ends")
    func places() async throws {
        let clock = ManualClock(), board = BreakerBoard(.init(failures: 1), clock: clock), gate = FairGate(places: 1, maximumWaiting: 0, clock: clock)
        let remote = ScriptedRemote([Self.text("First.")], [Self.text("Second.")])
        let call = TestCall(clock: clock, remote: GuardedAgent(remote, board: board, gate: gate))
        try await gate.enter("somebody else", waiting: .zero)
        #expect(await call.turn("hello").source == "embedded")
        #expect(board.snapshot().first?.state ?? .closed == .closed)
        gate.leave()
        for words in ["First.", "Second."] {
            #expect(await call.turn("hello").whole().text == words)
            #expect(gate.running == 0)
        }
    }

    @Test("A move behind more words than are said is made all the same")
    func longWinded() async {
        let remote = ScriptedRemote([Self.text(String(repeating: "A sentence. ", count: 200)), .event(.handoff(reason: "too_hard"))])
        let reply = await TestCall(remote: remote).turn("tell me all").whole()
        #expect(reply.text.count <= 1_000 && reply.then == .handoff(reason: "too_hard"))
    }

    @Test("A tool at work without words of its own is told in the pack's", arguments: ["", "…", "⏳"])
    func wordlessProgress(text: String) async {
        let remote = ScriptedRemote([.event(.progress(tool: "crm", percent: nil, text: text)), Self.text("Found it.")])
        let reply = await TestCall(remote: remote).turn("where is it").whole()
        #expect(reply.text.hasSuffix("Found it.") && reply.text.count > "Found it.".count)
    }

    @Test("Back with us, an agent that the pack does not know passes on as the first one does")
    func stranger() async {
        let remote = ScriptedRemote([.event(.transition(to: "specialist", reason: "technical")), Self.text("Hello.")], [.fail(.unavailable)])
        let call = TestCall(remote: remote)
        #expect(await call.turn("hello").agent == "specialist")
        let reply = await call.turn("Change my plan")
        #expect(reply.agent == "sales" && reply.transitions.first?.from == "specialist")
    }

    @Test("A workflow of ours that began while it was away is not torn from the caller")
    func ours() async {
        let remote = ScriptedRemote([.fail(.unavailable)], [Self.text("I am back.")])
        let call = TestCall(remote: remote)
        #expect(await call.says("Change my plan") == "Which plan would you like?")
        #expect(await call.says("Traveler") == "Traveler is $20.00 a month. Shall I?")
        #expect(remote.turns.count == 1)
    }

    @Test("It is told what was heard of its last answer")
    func heard() async {
        let remote = ScriptedRemote([Self.text("First part. "), Self.text("Second part."), .hang], [Self.text("Sorry.")])
        let call = TestCall(remote: remote)
        let reply = await call.turn("tell me all")
        await call.conversation.heard("First part.", complete: false)
        await remote.cancelled.reached()
        await call.turn("stop")
        #expect(remote.turns[1].history.map(\.heard) == ["First part."])
        #expect(reply.text == "First part.")
    }

    @Test("Our own agents pass on only to whom the pack allows")
    func forbidden() async {
        let moves = ["sales", "reception"].map { ScriptedRemote.Step.event(.transition(to: $0, reason: "mine")) }
        let remote = ScriptedRemote(moves + [Self.text("Done.")])
        let call = TestCall(pack: .lonely, remote: remote)
        #expect(await call.turn("hello").agent == "reception")
    }
}

extension DomainPack {
    /// Two agents, neither of which hands over to the other.
    fileprivate static var lonely: DomainPack {
        var pack = DomainPack.telecom
        pack.agents = [AgentDefinition(name: "reception", role: "answers"), AgentDefinition(name: "sales", role: "sells")]
        return pack
    }
}
