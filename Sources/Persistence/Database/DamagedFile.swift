import Foundation
import GRDB
import Logging
import TierManager

/// What is done with a database file whose bytes are no sound database any more: it is moved aside and kept, and a new one takes
/// its place.
///
/// The new file knows nothing of the past but what live conversations need: the calls and sessions that are live, what was spent
/// in each budget as far as the old file still tells, and the demo operator's customers. Everything else stays in
/// `PATH.corrupt-TIME` for `sqlite3 .recover`.
struct DamagedFile: Sendable {
    let path: String, runID: String
    let live: LiveRecords
    let open: @Sendable () throws -> DatabasePool
    /// Fills in what others keep in the file.
    let seeds: Seeds
    let now: @Sendable () -> Date
    let logger: Logger

    /// Looks at the file with a connection of its own, as nothing else holds it in memory.
    func isDamaged() async -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try await queue.read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") != "ok" }
        } catch {
            return StoreFault(error) == .damaged
        }
    }

    /// - Returns: the connections to a new file, which the slot holds from now on.
    /// - Throws: when the new file cannot be made; the slot is empty then, and this can be tried again.
    func exchange(_ slot: PoolSlot) throws -> DatabasePool {
        if let old = slot.exchange(nil) {
            // Open statements keep the old connections, and with them the old file under its new name.
            do { try old.close() } catch { logger.debug("damaged database still read", metadata: ["path": "\(path)"]) }
            let aside = moveAside()
            logger.error(
                "the database is damaged: it was moved aside, and a new one is made", metadata: ["path": "\(path)", "aside": "\(aside)"])
        }
        let budgets = spending(in: newestAside())
        let pool = try open()
        try pool.write { db in
            for row in budgets {
                try db.execute(
                    sql: """
                        INSERT INTO budgets (scope, period, cap_micro, spent_micro, updated_at_us) VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT (scope) DO NOTHING
                        """, arguments: StatementArguments(row))
            }
            for write in live.all { try write.apply(in: db, runID: runID, isLate: true) }
            for seed in seeds.all { try seed(db) }
        }
        _ = slot.exchange(pool)
        return pool
    }

    private func moveAside() -> String {
        let time = now().formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        var aside = "\(path).corrupt-\(time)", number = 1
        while FileManager.default.fileExists(atPath: aside) {
            number += 1
            aside = "\(path).corrupt-\(time)-\(number)"
        }
        for ending in ["", "-wal", "-shm"] { _ = unsafe rename(path + ending, aside + ending) }
        return aside
    }

    private func newestAside() -> String? {
        let url = URL(fileURLWithPath: path), folder = url.deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix("\(url.lastPathComponent).corrupt-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
            .max().map { "\(folder)/\($0)" }
    }

    /// What was spent, so that a day's cap holds on; nothing when the old file does not tell.
    private func spending(in file: String?) -> [[DatabaseValue]] {
        guard let file else { return [] }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            return try DatabaseQueue(path: file, configuration: configuration).read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT scope, period, cap_micro, spent_micro, updated_at_us FROM budgets WHERE spent_micro >= 0
                        ORDER BY updated_at_us DESC LIMIT 10000
                        """
                ).map { Array($0.databaseValues) }
            }
        } catch {
            logger.error(
                "the damaged database does not tell what was spent: budgets begin anew",
                metadata: ["reason": "\(StorageError(error, path: file).detail)"])
            return []
        }
    }
}
