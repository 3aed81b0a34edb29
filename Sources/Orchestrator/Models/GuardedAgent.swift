import Synchronization

/// A remote agent behind its circuit breaker: refuses at once while that is open, and tells it how each request ended.
///
/// A request counts once, as ``Verdict`` says; an answer has begun with its first event. With a gate, each request waits in turn for one of
/// its places, and keeps it until its answer ends or is let go.
public struct GuardedAgent: RemoteAgent {
    private let agent: any RemoteAgent
    private let board: BreakerBoard
    /// A caller who gives up after so long without an event was kept waiting.
    public var patience: Duration
    private let gate: FairGate?

    public init(_ agent: any RemoteAgent, board: BreakerBoard, gate: FairGate? = nil, patience: Duration = .seconds(1)) {
        (self.agent, self.board, self.gate, self.patience) = (agent, board, gate, patience)
    }

    public var name: String { agent.name }

    public func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error> {
        try board.admit(name)
        let arrived = board.clock.elapsed()
        let place = try await place(for: turn.session, waiting: within)
        let within = max(.milliseconds(1), within - (board.clock.elapsed() - arrived))
        let verdict = Verdict(name, board, patience, within: within)
        let events: AsyncThrowingStream<RemoteEvent, any Error>
        do throws(ModelError) { events = try await agent.respond(to: turn, within: within) } catch {
            verdict.failed(error)
            throw error
        }
        return AsyncThrowingStream { [name] in
            defer { if verdict.isGiven { place?.leave() } }
            do {
                // A stream has one place at which it is read, whichever iterator reads on.
                var next = events.makeAsyncIterator()
                if let event = try await next.next() {
                    verdict.sawAnswer()
                    return event
                }
                // A stream ends without a word when its reader is cancelled.
                if Task.isCancelled { verdict.failed(ModelError(.cancelled, engine: name)) } else { verdict.succeeded() }
                return nil
            } catch {
                verdict.failed(error as? ModelError ?? ModelError(error is CancellationError ? .cancelled : .malformed, engine: name))
                throw error
            }
        }
    }

    /// - Throws: ``ModelError``, which says nothing about the service: it was not asked.
    private func place(for session: String, waiting wait: Duration) async throws(ModelError) -> Place? {
        guard let gate else { return nil }
        do { try await gate.enter(session, waiting: wait) } catch {
            throw ModelError(error == .cancelled ? .cancelled : .unavailable, engine: name, "no place among the turns at once: \(error.rawValue)")
        }
        return Place(gate)
    }
}

/// A place at a gate, given back once, at the latest when nobody holds it any more.
private final class Place: Sendable {
    private let gate: FairGate
    private let isLeft = Atomic(false)

    init(_ gate: FairGate) { self.gate = gate }
    deinit { leave() }

    func leave() {
        if !isLeft.exchange(true, ordering: .relaxed) { gate.leave() }
    }
}
