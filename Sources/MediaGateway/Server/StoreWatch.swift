import Synchronization

/// Whether the store answers, looked at in a task of its own: a disk that hangs holds up nobody who only wants to know.
final class StoreWatch: Sendable {
    enum Finding: String, Sendable {
        case up
        /// It said so.
        case failed
        /// A look has not come back for ``patience``.
        case silent
    }
    private struct State {
        /// When the look began that has not come back.
        var lookingSince: Duration?
        var finding = Finding.up
    }
    /// How long a look may take before the store counts as out.
    static let patience = Duration.seconds(2)

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration
    private let isUp: @Sendable () async -> Bool
    private let changed: @Sendable (Finding) -> Void

    /// - Parameters:
    ///   - isUp: asks the store; may take for ever.
    ///   - changed: the store went out, or came back; in order, and quick.
    init<C: Clock>(
        clock: C = ContinuousClock(), isUp: @escaping @Sendable () async -> Bool, changed: @escaping @Sendable (Finding) -> Void
    ) where C.Duration == Duration {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        (self.isUp, self.changed) = (isUp, changed)
    }

    /// Once a second. Never waits, and starts no second look while one is under way.
    /// - Returns: the look, if it was started.
    @discardableResult func look() -> Task<Void, Never>? {
        let time = now()
        let starts = state.withLock { state in
            guard let since = state.lookingSince else {
                state.lookingSince = time
                return true
            }
            if time - since >= Self.patience { settle(.silent, &state) }
            return false
        }
        guard starts else { return nil }
        return Task {
            let finding: Finding = await isUp() ? .up : .failed
            state.withLock { state in
                state.lookingSince = nil
                settle(finding, &state)
            }
        }
    }

    /// Tells under the lock, so that what is told last is how it stands.
    private func settle(_ finding: Finding, _ state: inout State) {
        let isChange = (finding == .up) != (state.finding == .up)
        state.finding = finding
        if isChange { changed(finding) }
    }
}
