import HTTPTransport
import Orchestrator
import Synchronization

/// Ends a request from which nothing comes any more: one task an answer, which sleeps until the deadline that stands when it wakes.
///
/// A deadline stands only while somebody waits, so that a slow consumer is not the provider's fault.
final class StallWatch: Sendable {
    private struct State {
        var deadline: Duration?
        var hasFired = false
        var task: Task<Void, Never>?
    }
    private let state = Mutex(State())
    private let clock: TurnClock
    private let step: Duration

    /// - Parameter step: a deadline that is nearer than this when it is set is met late.
    init(_ clock: TurnClock, step: Duration) { (self.clock, self.step) = (clock, step) }

    var hasFired: Bool { state.withLock { $0.hasFired } }

    /// - Parameter fire: called at most once.
    func start(_ fire: @escaping @Sendable () -> Void) {
        let task = Task { [weak self, clock, step] in
            while !Task.isCancelled {
                let now = clock.elapsed()
                guard let deadline = self?.deadline(at: now) else {
                    guard self != nil, !Task.isCancelled else { return }
                    do { try await clock.sleep(now + step) } catch { return }
                    continue
                }
                if deadline <= now { return fire() }
                do { try await clock.sleep(min(deadline, now + step)) } catch { return }
            }
        }
        state.withLock { $0.task = task }
    }

    private func deadline(at now: Duration) -> Duration? {
        state.withLock { state in
            if let deadline = state.deadline, deadline <= now { state.hasFired = true }
            return state.deadline
        }
    }

    /// Somebody waits, until then.
    func wait(until deadline: Duration) { state.withLock { $0.deadline = deadline } }
    /// Nobody waits.
    func rest() { state.withLock { $0.deadline = nil } }

    func stop() {
        let task = state.withLock { state in
            defer { state.task = nil }
            return state.task
        }
        task?.cancel()
    }
    deinit { state.withLock { $0.task }?.cancel() }
}
