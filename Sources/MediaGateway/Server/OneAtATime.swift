import Synchronization

/// Work in a task of its own that is not started again before it has come back: whoever starts it every second never waits for it.
final class OneAtATime: Sendable {
    private let isRunning = Atomic<Bool>(false)

    /// - Returns: the work, if it was started.
    @discardableResult func start(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
        guard !isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return nil }
        return Task {
            await work()
            isRunning.store(false, ordering: .releasing)
        }
    }
}
