import Foundation
import GRDB
import Logging
import Synchronization

/// How a database comes back.
extension GroupedWriter {
    /// Between attempts; the pause doubles up to the longest.
    static let firstPause = Duration.seconds(1), longestPause = Duration.seconds(10)
    /// Attempts in a row that the file's damage must stop before it is exchanged, should a look at it not be enough.
    static let damagedAttempts = 2

    /// Tries until the database takes the backlog, or the writer is closed.
    func recover() async {
        var pause = Self.firstPause
        while true {
            do { try await clock.sleep(pause) } catch { return }
            if await attempt() { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// A read met damage: the writer will meet it too, and should not build on it.
    func suspect(_ error: any Error) async {
        guard StoreFault(error) == .damaged else { return }
        _ = try? await write { _ in throw error }
    }

    /// - Returns: whether the database is up again.
    private func attempt() async -> Bool {
        let outage = state.withLock { $0.outage }
        guard let outage else { return true }
        var pool = slot.pool
        if pool == nil {
            pool = exchange(after: outage)
        } else if outage.fault == .damaged {
            var isCertain = outage.damagedAttempts >= Self.damagedAttempts
            if !isCertain { isCertain = await repair.isDamaged() }
            if isCertain { pool = exchange(after: outage) }
        }
        guard let pool else { return false }
        return await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [self] db in continuation.resume(returning: replay(in: db)) }
        }
    }

    /// Moves the damaged file away and goes on with a new one.
    private func exchange(after outage: Outage) -> DatabasePool? {
        do {
            let pool = try repair.exchange(slot)
            state.withLock { state in
                state.isReplacement = true
                state.outage?.damagedAttempts = 0
            }
            return pool
        } catch {
            note(error)
            return nil
        }
    }

    /// Writes the backlog, oldest first, group by group; on the writer's connection.
    private func replay(in db: Database) -> Bool {
        var hasWritten = false
        var most = Self.largestGroup
        while true {
            let group = state.withLock { $0.backlog.first(most) }
            if group.isEmpty, hasWritten {
                if comeUp(in: db) { return true }
                continue
            }
            var dropped = 0, reason = ""
            do {
                // Whoever holds the database now will hold it for a while: the next attempt is soon enough.
                try db.execute(sql: "PRAGMA busy_timeout = 0")
                try db.inTransaction(.immediate) {
                    // Changes nothing, and yet must be written: an empty transaction would succeed on a full disk.
                    if group.isEmpty { try db.execute(sql: "PRAGMA user_version = 0") }
                    for entry in group {
                        do {
                            try db.inOwnSavepoint { try entry.write.apply(in: $0, runID: entry.runID, isLate: true) }
                        } catch  where StoreFault(error) == nil {
                            dropped += entry.write.count
                            reason = StorageError(error, path: path).detail
                        }
                        guard db.isInsideTransaction else { throw StorageError(.failed, path: path, "the transaction was rolled back") }
                    }
                    return .commit
                }
                hasWritten = true
                finish(group.count, dropped: dropped, reason)
            } catch  where StoreFault(error) == nil {
                // One of them spoils the transaction as a whole: find it by writing each alone.
                if most > 1 { most = 1 } else { finish(1, dropped: group.first?.write.count ?? 0, StorageError(error, path: path).detail) }
            } catch {
                note(error)
                return false
            }
        }
    }

    private func finish(_ count: Int, dropped: Int, _ reason: String) {
        state.withLock { state in
            state.backlog.removeFirst(count)
            state.backlog.drop(dropped)
            state.statistics.replayed += count
            state.statistics.commits += 1
        }
        if dropped > 0 { logLoss(reason) }
    }

    private func note(_ error: any Error) {
        let reason = StorageError(error, path: path).detail
        state.withLock { state in
            let fault = StoreFault(error) ?? .inputOutput
            state.outage?.fault = fault
            state.outage?.reason = reason
            if fault == .damaged { state.outage?.damagedAttempts += 1 } else { state.outage?.damagedAttempts = 0 }
        }
    }

    /// - Returns: false when more has come in the meantime.
    private func comeUp(in db: Database) -> Bool {
        try? db.execute(sql: "PRAGMA busy_timeout = \(GatewayDatabase.busyMilliseconds)")
        let outage: Outage? = state.withLock { state in
            guard state.backlog.isEmpty else { return nil }
            defer { (state.outage, state.recovery) = (nil, nil) }
            return state.outage
        }
        guard let outage else { return false }
        logger.notice(
            "the store is in order again",
            metadata: ["after_s": "\(Int(now().timeIntervalSince(outage.since)))", "lost": "\(lost)", "path": "\(path)"])
        return true
    }

    /// Refuses new requests, waits for those that were accepted, and tries to write the backlog for a bounded time.
    /// - Returns: what could not be written, oldest first.
    func close(within limit: Duration) async -> [Backlog.Entry] {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isWriting { state.whenIdle.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
        let recovery = state.withLock { $0.recovery }
        recovery?.cancel()
        await recovery?.value
        let deadline = clock.elapsed() + limit
        while await !attempt(), clock.elapsed() < deadline { try? await clock.sleep(.milliseconds(100)) }
        return state.withLock { state in
            defer { state.backlog.removeFirst(state.backlog.count) }
            return Array(state.backlog.all)
        }
    }
}
