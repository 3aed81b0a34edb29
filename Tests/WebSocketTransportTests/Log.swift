import EventLoop

/// What happened, in order, and a wait for more of it: an event or a deadline, never a sleep.
final class Log<Entry: Sendable>: Sendable {
    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Bool, Never>
        let id: Int
    }
    private struct State {
        var entries: [Entry] = []
        var waiters: [Waiter] = []
        var nextID = 0
    }
    private let state = PosixMutex(State())  // ThreadSanitizer does not see Synchronization.Mutex

    var entries: [Entry] { state.withLock { $0.entries } }

    func append(_ entry: Entry) {
        let ready = state.withLock { state in
            state.entries.append(entry)
            let ready = state.waiters.filter { $0.count <= state.entries.count }
            state.waiters.removeAll { $0.count <= state.entries.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// The entries once there are `count`; fewer after `patience`.
    func wait(for count: Int = 1, patience: Duration = .seconds(10)) async -> [Entry] {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let watchdog = Task {
            try await Task.sleep(for: patience)
            let late = state.withLock { state in
                defer { state.waiters.removeAll { $0.id == id } }
                return state.waiters.first { $0.id == id }
            }
            late?.continuation.resume(returning: false)
        }
        _ = await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.entries.count >= count { return true }
                state.waiters.append(Waiter(count: count, continuation: continuation, id: id))
                return false
            }
            if isReady { continuation.resume(returning: true) }
        }
        watchdog.cancel()
        return entries
    }
}

/// Whether `condition` comes true before the deadline: for what only a counter shows.
func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        await Task.yield()
    }
    return true
}
