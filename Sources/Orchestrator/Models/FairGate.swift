import Synchronization

/// Lets a bounded number of requests run at once. Those who wait are served by conversation in turn, so that none starves the others;
/// each waits at most its time, and one who is cancelled leaves at once.
public final class FairGate: Sendable {
    public enum Refusal: String, Error, Sendable, CaseIterable {
        /// Too many wait already.
        case full
        case timedOut = "timed_out"
        case cancelled
    }
    private struct Waiter {
        var conversation: String
        var continuation: CheckedContinuation<Result<Void, Refusal>, Never>
        var timer: Task<Void, Never>?
    }
    private struct State {
        var queue: FairQueue
        var waiters: [Int: Waiter] = [:]
        var nextID = 0
    }
    private let state: Mutex<State>
    let clock: TurnClock

    public init<C: Clock>(places: Int = 50, maximumWaiting: Int = 256, clock: C) where C.Duration == Duration {
        state = Mutex(State(queue: FairQueue(places: max(1, places), maximumWaiting: max(0, maximumWaiting))))
        self.clock = .counting(clock)
    }

    /// Requests that run, and that wait.
    public var running: Int { state.withLock { $0.queue.taken } }
    public var waiting: Int { state.withLock { $0.queue.waiting } }

    /// Runs `work` when there is a place.
    /// - Parameter wait: for the place.
    /// - Throws: ``Refusal``, or what `work` throws.
    public func run<Value>(
        for conversation: String, waiting wait: Duration, _ work: () async throws -> Value, isolation: isolated (any Actor)? = #isolation
    ) async throws -> Value {
        try await enter(conversation, waiting: wait)
        defer { leave() }
        return try await work()
    }

    /// Takes a place, which ``leave()`` gives back.
    /// - Throws: ``Refusal``; there is nothing to give back then.
    public func enter(_ conversation: String, waiting wait: Duration) async throws(Refusal) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let immediate: Result<Void, Refusal>? = state.withLock { state in
                    // Checked in here: who is cancelled later finds the waiter in the table.
                    if Task.isCancelled { return .failure(.cancelled) }
                    switch state.queue.enter(id, conversation) {
                    case .admitted: return .success(())
                    case .full: return .failure(.full)
                    case .waiting:
                        state.waiters[id] = Waiter(conversation: conversation, continuation: continuation)
                        return nil
                    }
                }
                if let immediate { continuation.resume(returning: immediate) } else { startTimer(id, wait) }
            }
        } onCancel: {
            giveUp(id, .cancelled)
        }
        try result.get()
    }

    /// Gives a place back, to whoever is next.
    public func leave() {
        let next = state.withLock { state in state.queue.leave().flatMap { state.waiters.removeValue(forKey: $0) } }
        next?.timer?.cancel()
        next?.continuation.resume(returning: .success(()))
    }

    private func startTimer(_ id: Int, _ wait: Duration) {
        let deadline = clock.elapsed() + wait
        let timer = Task { [weak self, clock] in
            do { try await clock.sleep(deadline) } catch { return }
            self?.giveUp(id, .timedOut)
        }
        let isWaiting = state.withLock { state in
            state.waiters[id]?.timer = timer
            return state.waiters[id] != nil
        }
        if !isWaiting { timer.cancel() }
    }

    private func giveUp(_ id: Int, _ refusal: Refusal) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.waiters.removeValue(forKey: id) else { return nil }
            state.queue.giveUp(id, waiter.conversation)
            return waiter
        }
        waiter?.timer?.cancel()
        waiter?.continuation.resume(returning: .failure(refusal))
    }
}
