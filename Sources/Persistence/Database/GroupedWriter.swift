import struct Foundation.Date
import GRDB
import Logging
import Synchronization

/// Writes requests in groups: what arrives while one transaction is being written joins the next. A request's answer comes
/// after its transaction is durable. Each has its own savepoint: one that fails takes nobody with it.
///
/// When the database itself fails (``StoreFault``), it is out of order: nobody waits for it any more. What is a ``StoredWrite``
/// is accepted into the ``Backlog``, everything else is refused at once. ``recover()`` tries again and again, and writes the
/// backlog in order before anything new goes straight to the file: the order of writes never changes.
final class GroupedWriter: Sendable {
    /// Requests that wait at once; further ones are refused.
    static let capacity = 4_096
    /// Requests in one transaction, so that the first of them does not wait for ever.
    static let largestGroup = 256

    /// Something to write. Exactly one of `answer`, `refuse` and `accept` is called.
    struct Request: Sendable {
        /// Set for what may wait in the backlog.
        let stored: StoredWrite?
        /// Does the work inside a savepoint.
        let perform: @Sendable (Database) -> Outcome
        let refuse: @Sendable (StorageError) -> Void
        /// It waits in the backlog.
        let accept: @Sendable () -> Void
    }
    struct Outcome: Sendable {
        var error: (any Error)?
        /// Answers once the transaction's fate is known.
        var answer: @Sendable (StorageError?) -> Void
    }
    struct Outage: Sendable {
        var since: Date, fault: StoreFault, reason: String
        /// Attempts in a row that found the file damaged.
        var damagedAttempts = 0
    }
    struct State {
        var waiting: [Request] = []
        var isWriting = false
        var isClosed = false
        var statistics = WriterStatistics()
        var whenIdle: [CheckedContinuation<Void, Never>] = []
        var outage: Outage?
        var backlog: Backlog
        /// The file was exchanged for a new one.
        var isReplacement = false
        var recovery: Task<Void, Never>?
        /// When the log last said that something was lost.
        var lastLossLogged: Duration?
    }
    let slot: PoolSlot
    let path: String, runID: String
    let clock: StoreClock
    let now: @Sendable () -> Date
    let logger: Logger
    let repair: DamagedFile
    let state: Mutex<State>

    init(
        slot: PoolSlot, path: String, runID: String, limits: Backlog.Limits, clock: StoreClock, now: @escaping @Sendable () -> Date,
        logger: Logger, repair: DamagedFile
    ) {
        (self.slot, self.path, self.runID, self.clock, self.now, self.logger) = (slot, path, runID, clock, now, logger)
        self.repair = repair
        state = Mutex(State(backlog: Backlog(limits: limits)))
    }

    var statistics: WriterStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.waiting = state.waiting.count
            return statistics
        }
    }

    var health: StoreHealth {
        state.withLock { state in
            guard let outage = state.outage else { return .up }
            return .degraded(
                since: outage.since, reason: outage.reason, waiting: state.backlog.count, lost: state.backlog.lost)
        }
    }

    /// Records that never reached the file.
    var lost: Int { state.withLock { $0.backlog.lost } }

    /// Work of any kind. While the database is out of order it is refused.
    /// - Throws: what `body` throws, or a ``StorageError``. Cancellation does not stop a write.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Request(
                    stored: nil,
                    perform: { db in
                        let result = Result { try db.inOwnSavepoint(body) }
                        return Outcome(error: result.failure) { failure in
                            continuation.resume(with: failure.map(Result.failure) ?? result)
                        }
                    },
                    refuse: { continuation.resume(throwing: $0) }, accept: { preconditionFailure("work cannot wait in the backlog") }))
        }
    }

    /// A write that may wait.
    /// - Returns: whether it is durable; otherwise it waits in the backlog.
    /// - Throws: the write's own error, or a ``StorageError``.
    func write(_ stored: StoredWrite) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Request(
                    stored: stored,
                    perform: { [self] db in
                        let isReplacement = state.withLock { $0.isReplacement }
                        let result = Result {
                            try db.inOwnSavepoint { try stored.apply(in: $0, runID: runID, isLate: isReplacement) }
                        }
                        return Outcome(error: result.failure) { failure in
                            continuation.resume(with: (failure.map(Result.failure) ?? result).map { true })
                        }
                    },
                    refuse: { continuation.resume(throwing: $0) }, accept: { continuation.resume(returning: false) }))
        }
    }

    private func submit(_ request: Request) {
        enum Next { case refuse(StorageError), lose(StorageError), accept, start, joined }
        let next: Next = state.withLock { state in
            guard !state.isClosed else { return .refuse(StorageError(.closed, path: path, "nothing is written any more")) }
            if let outage = state.outage {
                guard let stored = request.stored else { return .refuse(StorageError(.unavailable, path: path, outage.reason)) }
                guard state.backlog.append(stored, runID: runID) else { return .lose(backlogIsFull) }
                state.statistics.deferred += 1
                return .accept
            }
            guard state.waiting.count < Self.capacity else {
                state.statistics.refused += 1
                return .refuse(StorageError(.overloaded, path: path, "\(Self.capacity) requests wait already"))
            }
            state.waiting.append(request)
            guard !state.isWriting else { return .joined }
            state.isWriting = true
            return .start
        }
        switch next {
        case .refuse(let error): request.refuse(error)
        case .lose(let error):
            request.refuse(error)
            logLoss(error.detail)
        case .accept: request.accept()
        case .start: slot.pool?.asyncWriteWithoutTransaction { [self] db in writeAll(in: db) }
        case .joined: break
        }
    }

    private func writeAll(in db: Database) {
        while true {
            let (group, idle) = state.withLock { state -> (ArraySlice<Request>, [CheckedContinuation<Void, Never>]) in
                let group = state.waiting.prefix(Self.largestGroup)
                state.waiting.removeFirst(group.count)
                guard group.isEmpty else { return (group, []) }
                state.isWriting = false
                defer { state.whenIdle = [] }
                return (group, state.whenIdle)
            }
            for continuation in idle { continuation.resume() }
            if group.isEmpty { return }
            write(group, in: db)
        }
    }

    private func write(_ group: ArraySlice<Request>, in db: Database) {
        var outcomes: [Outcome] = []
        var failure: (any Error)?
        do {
            try db.inTransaction(.immediate) {
                for request in group {
                    let outcome = request.perform(db)
                    outcomes.append(outcome)
                    if let error = outcome.error, StoreFault(error) != nil { throw error }
                    // A statement may roll back the whole transaction; nothing may be written outside of one.
                    guard db.isInsideTransaction else { throw StorageError(.failed, path: path, "the transaction was rolled back") }
                }
                return .commit
            }
        } catch {
            failure = error
        }
        if let failure, let fault = StoreFault(failure) { return takeOut(group, fault, StorageError(failure, path: path, as: .unavailable)) }
        state.withLock { state in
            state.statistics.commits += failure == nil ? 1 : 0
            state.statistics.requests += group.count
            state.statistics.largestGroup = max(state.statistics.largestGroup, group.count)
        }
        let error = failure.map { StorageError($0, path: path) }
        for outcome in outcomes { outcome.answer(error) }
        if let error { for request in group.dropFirst(outcomes.count) { request.refuse(error) } }
    }
}

extension Database {
    func inOwnSavepoint<T>(_ body: (Database) throws -> T) throws -> T {
        var value: T?
        try inSavepoint {
            value = try body(self)
            return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        return value
    }
}

extension Result {
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
