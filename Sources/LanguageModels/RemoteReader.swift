import HTTPTransport
import Orchestrator
import Synchronization

/// Reads a remote agent's answer off its socket as its consumer asks for it. Let go, it ends the request.
final class RemoteReader: Sendable {
    private struct State {
        var answer: RemoteAnswer
        var pending: [RemoteEvent] = []
        /// For the next event; `nil` until somebody waits for it.
        var nextBy: Duration?
        var isOver = false
        var failure: WireFault?
    }
    private let state: Mutex<State>
    private let body: WatchedBody
    private let clock: TurnClock
    private let betweenEvents: Duration
    private let fail: @Sendable (WireFault) -> ModelError

    /// From `done` to the body's end, with which the connection can serve the next turn. Who is late is cut off, and it is no error.
    private static let endTime = Duration.milliseconds(200)
    private static let watchStep = Duration.milliseconds(100)

    /// - Parameters:
    ///   - firstBy: on `clock`.
    ///   - betweenEvents: while somebody waits. What is no event of ours, heart-beats above all, does not lengthen it.
    ///   - fail: names engine, status and request.
    init(
        _ answer: RemoteAnswer, _ body: HTTPBody, _ clock: TurnClock, firstBy: Duration, betweenEvents: Duration,
        fail: @escaping @Sendable (WireFault) -> ModelError
    ) {
        state = Mutex(State(answer: answer, nextBy: firstBy))
        (self.clock, self.betweenEvents, self.fail) = (clock, betweenEvents, fail)
        self.body = WatchedBody(body, clock, step: min(Self.watchStep, betweenEvents))
    }

    /// The next event; `nil` at the end and ever after.
    func pull() async throws(ModelError) -> RemoteEvent? {
        while true {
            let (event, isOver, failure) = state.withLock { state -> (RemoteEvent?, Bool, WireFault?) in
                if !state.pending.isEmpty { return (state.pending.removeFirst(), false, nil) }
                defer { if state.isOver { state.failure = nil } }
                return (nil, state.isOver, state.failure)
            }
            if let event { return event }
            if let failure { throw fail(failure) }
            if isOver { return nil }
            await readOn()
        }
    }

    private func readOn() async {
        let result: Result<[UInt8]?, WireFault>
        do throws(WireFault) { result = .success(try await body.next(by: deadline())) } catch { result = .failure(error) }
        let isOver = state.withLock { state in
            do throws(WireFault) {
                switch result {
                case .success(let piece?): try Self.take(piece, &state, endBy: clock.elapsed() + Self.endTime)
                case .success(nil):
                    state.isOver = true
                    try state.answer.end(appendTo: &state.pending)
                case .failure where state.answer.isDone: state.isOver = true
                // What a broken connection leaves is no answer.
                case .failure(let fault): throw fault == .cutOff ? WireFault(.unavailable, "the connection broke within the answer") : fault
                }
            } catch {
                state.failure = error
                state.isOver = true
            }
            return state.isOver
        }
        if isOver { body.cancel() }
    }

    private static func take(_ piece: [UInt8], _ state: inout State, endBy: Duration) throws(WireFault) {
        let (wasDone, known) = (state.answer.isDone, state.pending.count)
        try state.answer.read(piece, appendTo: &state.pending)
        if state.answer.isDone {
            if !wasDone { state.nextBy = endBy }
        } else if state.pending.count > known {
            state.nextBy = nil
        }
    }

    private func deadline() -> Duration {
        let now = clock.elapsed()
        return state.withLock { state in
            let nextBy = state.nextBy ?? now + betweenEvents
            state.nextBy = nextBy
            return nextBy
        }
    }
}
