import Synchronization

/// Tasks that serve one client, and end when it goes; one that starts afterwards ends at once.
final class CancelledOnce: Sendable {
    private let state = Mutex<(tasks: [Task<Void, Never>], isCancelled: Bool)>(([], false))

    func hold(_ task: Task<Void, Never>) {
        let isLate = state.withLock { state in
            if !state.isCancelled { state.tasks.append(task) }
            return state.isCancelled
        }
        if isLate { task.cancel() }
    }

    func cancel() {
        let tasks = state.withLock { state in
            defer { state = ([], true) }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }
}
