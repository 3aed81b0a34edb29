import Synchronization

/// One call of a tool, for as long as it takes; it may outlive the turn that made it.
final class ToolJob: Sendable {
    struct Ending: Sendable, Equatable {
        var outcome: ToolOutcome
        /// How long the call took.
        var duration: Duration
    }
    let request: ToolRequest
    let hasSideEffects: Bool
    /// On the conversation's clock: past it nobody waits any more.
    let expires: Duration
    private let startedAt: Duration
    private let state = Mutex<(ending: Ending?, task: Task<Void, Never>?)>((nil, nil))

    init(_ tool: any Tool, _ request: ToolRequest, hasSideEffects: Bool, timeout: Duration, clock: TurnClock) {
        (self.request, self.hasSideEffects, startedAt) = (request, hasSideEffects, clock.elapsed())
        expires = startedAt + timeout
        let call = ToolCall(arguments: request.arguments, idempotencyKey: request.idempotencyKey)
        let task = Task {
            let outcome: ToolOutcome
            do throws(ToolError) {
                outcome = .result(try await tool.run(call))
            } catch {
                outcome = .failed(error.code == .timedOut ? .timedOut : .failed)
            }
            self.end(outcome, at: clock.elapsed())
        }
        state.withLock { $0.task = task }
    }

    /// Set once it is over; the first ending counts.
    var ending: Ending? { state.withLock { $0.ending } }

    func end(_ outcome: ToolOutcome, at time: Duration) {
        state.withLock { state in
            if state.ending == nil { state.ending = Ending(outcome: outcome, duration: time - startedAt) }
        }
    }

    /// Returns when the tool did.
    func wait() async { await state.withLock { $0.task }?.value }

    /// Gives up on a call that changes nothing. One with side effects runs on: speech and time never cancel it (FIELD 15).
    func cancel() {
        if !hasSideEffects { state.withLock { $0.task }?.cancel() }
    }

    var record: ToolCallRecord? {
        guard let ending else { return nil }
        let outcome: ToolCallRecord.Outcome =
            switch ending.outcome {
            case .result: .succeeded
            case .failed(let outcome): outcome
            }
        return ToolCallRecord(
            tool: request.tool, idempotencyKey: request.idempotencyKey, outcome: outcome, duration: ending.duration)
    }
}
