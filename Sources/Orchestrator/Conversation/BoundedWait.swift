import Synchronization

/// Waits for work, but never longer than a deadline, and not for work that ignores its cancellation.
///
/// FIELD: every wait has a deadline; cancellation is a state change, never an awaited join.
package enum BoundedWait<Value: Sendable>: Sendable {
    case value(Value)
    case failed(any Error)
    case timedOut
    /// The waiting task was cancelled.
    case cancelled

    /// - Parameters:
    ///   - deadline: on `clock`.
    ///   - cancelsWork: whether the work is cancelled when nobody waits for it any more.
    ///   - late: called at the deadline, before the work is cancelled for it.
    ///   - work: runs in a task of its own; what it answers after the deadline is dropped.
    package static func run(
        until deadline: Duration, on clock: TurnClock, cancelsWork: Bool = true, late: (@Sendable () -> Void)? = nil,
        _ work: @escaping @Sendable () async throws -> Value
    ) async -> BoundedWait<Value> {
        let slot = Slot(cancelsWork: cancelsWork, late: late)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard slot.open(continuation) else { return }
                let worker = Task {
                    do { slot.settle(.value(try await work())) } catch { slot.settle(.failed(error)) }
                }
                let timer = Task {
                    // A clock that fails to sleep ends the wait: better early than never.
                    try? await clock.sleep(deadline)
                    slot.settle(.timedOut)
                }
                slot.hold(worker: worker, timer: timer)
            }
        } onCancel: {
            slot.settle(.cancelled)
        }
        slot.release()
        return outcome
    }

    /// Where worker, timer and cancellation meet: the first one settles.
    private final class Slot: Sendable {
        private struct State {
            var continuation: CheckedContinuation<BoundedWait<Value>, Never>?
            var outcome: BoundedWait<Value>?
            var worker: Task<Void, Never>?
            var timer: Task<Void, Never>?
        }
        private let state = Mutex(State())
        private let cancelsWork: Bool
        private let late: (@Sendable () -> Void)?
        init(cancelsWork: Bool, late: (@Sendable () -> Void)?) { (self.cancelsWork, self.late) = (cancelsWork, late) }

        /// - Returns: false when it was settled before anybody waited.
        func open(_ continuation: CheckedContinuation<BoundedWait<Value>, Never>) -> Bool {
            let early: BoundedWait<Value>? = state.withLock { state in
                if state.outcome == nil { state.continuation = continuation }
                return state.outcome
            }
            guard let early else { return true }
            continuation.resume(returning: early)
            return false
        }

        func settle(_ outcome: BoundedWait<Value>) {
            let (isFirst, waiting) = state.withLock { state -> (Bool, CheckedContinuation<BoundedWait<Value>, Never>?) in
                guard state.outcome == nil else { return (false, nil) }
                state.outcome = outcome
                defer { state.continuation = nil }
                return (true, state.continuation)
            }
            if isFirst, case .timedOut = outcome { late?() }
            waiting?.resume(returning: outcome)
        }

        func hold(worker: Task<Void, Never>, timer: Task<Void, Never>) {
            let isSettled = state.withLock { state in
                (state.worker, state.timer) = (worker, timer)
                return state.outcome != nil
            }
            if isSettled { release() }  // it was over before there was anything to cancel
        }

        func release() {
            let (worker, timer) = state.withLock { ($0.worker, $0.timer) }
            timer?.cancel()
            if cancelsWork { worker?.cancel() }
        }
    }
}

/// Counts work that outlived its wait, so that what hangs is not asked again and again.
final class OutstandingWork: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ name: String) -> Int { counts.withLock { $0[name, default: 0] } }

    /// Runs `work`, counted under `name` for as long as it really takes.
    func counting<Value: Sendable>(_ name: String, _ work: @Sendable () async throws -> Value) async rethrows -> Value {
        counts.withLock { $0[name, default: 0] += 1 }
        defer { counts.withLock { $0[name, default: 1] -= 1 } }
        return try await work()
    }
}
