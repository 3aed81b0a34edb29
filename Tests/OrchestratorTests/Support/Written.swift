import Orchestrator
import Synchronization

/// An engine whose own words come when the test writes them.
final class WritingUnderstander: Understander {
    let name = "llm.test"
    private let first: String
    /// Until it is asked: then nobody but its reader has it.
    private let stream: Mutex<AsyncStream<String>?>
    private let continuation: AsyncStream<String>.Continuation
    private let letGo = Gate()

    init(_ first: String) {
        self.first = first
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        self.stream = Mutex(stream)
        self.continuation = continuation
        continuation.onTermination = { [letGo] end in if case .cancelled = end { Task { await letGo.pass() } } }
        letGo.open()
    }

    func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
        Decision(intent: Decision.outOfScope, confidence: 0.9, nextAction: .answer)
    }
    func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
        Advice(try await decide(text, in: context), answer: first, rest: stream.withLock { $0.take() }.map { Remainder($0) })
    }

    func write(_ words: String) { continuation.yield(words) }
    func finish() { continuation.finish() }
    /// Returns once nobody reads any more.
    func isLetGo() async { await letGo.reached() }
}

/// An operator's agent that answers turn by turn what the test wrote down, or hangs.
final class ScriptedRemote: RemoteAgent {
    let name = "agent.remote"
    enum Step: Sendable {
        case event(RemoteEvent)
        case hang
        case fail(ModelError.Code)
    }
    private struct State {
        var scripts: [[Step]]
        var turns: [RemoteTurn] = []
    }
    private let state: Mutex<State>
    /// Reached whenever a request is let go.
    let cancelled = Gate()
    /// Reached by one that hangs.
    let hanging = Gate()

    init(_ scripts: [Step]...) {
        state = Mutex(State(scripts: scripts))
        cancelled.open()
    }
    var turns: [RemoteTurn] { state.withLock { $0.turns } }

    func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error> {
        let script = state.withLock { state in
            state.turns.append(turn)
            return state.scripts.isEmpty ? [] : state.scripts.removeFirst()
        }
        if case .fail(let code)? = script.first { throw ModelError(code, engine: name) }
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: RemoteEvent.self)
        let (cancelled, hanging) = (cancelled, hanging)
        continuation.onTermination = { end in if case .cancelled = end { Task { await cancelled.pass() } } }
        for step in script {
            switch step {
            case .event(let event): continuation.yield(event)
            case .fail(let code): continuation.finish(throwing: ModelError(code, engine: name))
            case .hang:
                Task { await hanging.pass() }
                return stream
            }
        }
        continuation.finish()
        return stream
    }
}
