import GRDB
import Synchronization

/// How a database's writer is doing, counted since it was opened.
public struct WriterStatistics: Sendable, Equatable {
    /// Transactions, and what was asked for in them.
    public var commits = 0, requests = 0
    /// The most requests that one transaction held.
    public var largestGroup = 0
    /// Requests turned away because the queue was full.
    public var refused = 0
    /// Requests that wait for the next transaction.
    public var waiting = 0
}

/// Writes requests in groups: what arrives while one transaction is being written joins the next. A request's answer comes
/// after its transaction is durable. Each has its own savepoint: one that fails takes nobody with it.
final class GroupedWriter: Sendable {
    /// Requests that wait at once; further ones are refused.
    static let capacity = 4_096
    /// Requests in one transaction, so that the first of them does not wait for ever.
    static let largestGroup = 256

    /// Something to write. Exactly one of the two closures answers whoever asked.
    private struct Request: Sendable {
        /// Does the work inside a savepoint; what it returns gives the answer once the transaction's fate is known.
        let perform: @Sendable (Database) -> @Sendable (StorageError?) -> Void
        let refuse: @Sendable (StorageError) -> Void
    }
    private struct State {
        var waiting: [Request] = []
        var isWriting = false
        var isClosed = false
        var statistics = WriterStatistics()
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }
    private let pool: DatabasePool
    private let path: String
    private let state = Mutex(State())

    init(pool: DatabasePool, path: String) { (self.pool, self.path) = (pool, path) }

    var statistics: WriterStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.waiting = state.waiting.count
            return statistics
        }
    }

    /// - Throws: what `body` throws, or a ``StorageError``. Cancellation does not stop a write.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit(
                Request(
                    perform: { db in
                        let result = Result { try db.inOwnSavepoint(body) }
                        return { failure in continuation.resume(with: failure.map(Result.failure) ?? result) }
                    },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    /// Refuses new requests and waits for those that were accepted.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isWriting { state.whenIdle.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
    }

    private func submit(_ request: Request) {
        enum Next { case refuse(StorageError), start, joined }
        let next: Next = state.withLock { state in
            guard !state.isClosed else { return .refuse(StorageError(.closed, path: path, "nothing is written any more")) }
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
        case .start: pool.asyncWriteWithoutTransaction { [self] db in writeAll(in: db) }
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
        var answers: [@Sendable (StorageError?) -> Void] = []
        var failure: StorageError?
        do {
            try db.inTransaction(.immediate) {
                for request in group {
                    answers.append(request.perform(db))
                    // A full disk makes SQLite roll back the whole transaction; nothing may be written outside of one.
                    guard db.isInsideTransaction else { throw StorageError(.failed, path: path, "the transaction was rolled back") }
                }
                return .commit
            }
        } catch {
            failure = StorageError(error, path: path)
        }
        state.withLock { state in
            state.statistics.commits += failure == nil ? 1 : 0
            state.statistics.requests += group.count
            state.statistics.largestGroup = max(state.statistics.largestGroup, group.count)
        }
        for answer in answers { answer(failure) }
        if let failure { for request in group.dropFirst(answers.count) { request.refuse(failure) } }
    }
}

extension Database {
    fileprivate func inOwnSavepoint<T>(_ body: (Database) throws -> T) throws -> T {
        var value: T?
        try inSavepoint {
            value = try body(self)
            return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        return value
    }
}
