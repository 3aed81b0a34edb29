import Logging
import Synchronization

/// How a database goes out of order.
extension GroupedWriter {
    /// The database is out of order: what can wait goes to the backlog, the group that met the fault first.
    func takeOut(_ group: ArraySlice<Request>, _ fault: StoreFault, _ error: StorageError) {
        var accepted: [Request] = [], refused: [Request] = [], overflown: [Request] = []
        state.withLock { state in
            state.outage = Outage(since: now(), fault: fault, reason: error.detail)
            state.statistics.outages += 1
            for request in group + state.waiting {
                guard let stored = request.stored else {
                    refused.append(request)
                    continue
                }
                if state.backlog.append(stored, runID: runID) { accepted.append(request) } else { overflown.append(request) }
            }
            state.statistics.deferred += accepted.count
            state.waiting = []
            if !state.isClosed { state.recovery = Task { await recover() } }
        }
        logger.error(
            "the store is out of order; conversations go on in memory",
            metadata: ["fault": "\(fault.rawValue)", "reason": "\(error.detail)", "path": "\(path)"])
        for request in accepted { request.accept() }
        for request in refused { request.refuse(error) }
        for request in overflown { request.refuse(backlogIsFull) }
        if !overflown.isEmpty { logLoss(backlogIsFull.detail) }
    }

    var backlogIsFull: StorageError { StorageError(.overloaded, path: path, "out of order, and too much waits already") }

    /// At most once a second.
    func logLoss(_ reason: String) {
        let elapsed = clock.elapsed()
        let lost: Int? = state.withLock { state in
            if let last = state.lastLossLogged, elapsed - last < .seconds(1) { return nil }
            state.lastLossLogged = elapsed
            return state.backlog.lost
        }
        guard let lost else { return }
        logger.error("records are lost", metadata: ["lost": "\(lost)", "reason": "\(reason)", "path": "\(path)"])
    }
}
