/// A remote agent behind its circuit breaker: refuses at once while that is open, and tells it how each request ended.
///
/// A request counts once, as ``Verdict`` says; an answer has begun with its first event.
public struct GuardedAgent: RemoteAgent {
    private let agent: any RemoteAgent
    private let board: BreakerBoard
    /// A caller who gives up after so long without an event was kept waiting.
    public var patience: Duration

    public init(_ agent: any RemoteAgent, board: BreakerBoard, patience: Duration = .seconds(1)) {
        (self.agent, self.board, self.patience) = (agent, board, patience)
    }

    public var name: String { agent.name }

    public func respond(to turn: RemoteTurn, within: Duration) async throws(ModelError) -> AsyncThrowingStream<RemoteEvent, any Error> {
        try board.admit(name)
        let verdict = Verdict(name, board, patience, within: within)
        let events: AsyncThrowingStream<RemoteEvent, any Error>
        do throws(ModelError) { events = try await agent.respond(to: turn, within: within) } catch {
            verdict.failed(error)
            throw error
        }
        return AsyncThrowingStream { [name] in
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
}
