public import Foundation
import GRDB

extension StoreFile {
    /// What a look into the file found.
    public struct Report: Sendable, Equatable {
        /// Whether a gateway has the file open.
        public var hasGateway = false
        /// A sentence each; none for a sound file.
        public var problems: [String] = []
        /// The newest migration, e.g. `009 hand-over summaries`.
        public var version = ""
        /// Rows by table.
        public var counts: [(table: String, rows: Int)] = []
        public var fileBytes = 0, logBytes = 0, usedBytes = 0, freePages = 0
        /// Whether the file gets smaller when rows go.
        public var canShrink = false
        /// The oldest call, session or turn.
        public var oldest: Date?
        /// Promises of money that wait to be kept or given back.
        public var openReservations = 0
        /// Writes that an earlier run left for the next start.
        public var backlogWrites = 0
        /// Files beside it that were once this database.
        public var otherFiles: [String] = []
        public var isSound: Bool { problems.isEmpty }

        public static func == (one: Report, other: Report) -> Bool {
            one.problems == other.problems && one.version == other.version && one.counts.elementsEqual(other.counts, by: ==)
        }
    }

    /// Looks; changes nothing, unless it is told to repair.
    /// - Parameter repair: rewrites the file, so that it can give pages back and holds nothing that was deleted; without a gateway only.
    /// - Throws: ``StorageError`` when the file cannot be looked into at all, or a gateway stands in the way of a repair.
    public func check(repair: Bool = false) throws(StorageError) -> Report {
        let (lock, hasGateway) = try self.lock(isMade: repair)
        defer { lock?.release() }
        var report = Report()
        report.hasGateway = hasGateway
        guard !repair || !hasGateway else { throw StorageError(.inUse, path: path, "stop the gateway before a repair") }
        do {
            let queue = try Self.open(path, isReadOnly: report.hasGateway)
            if repair {
                try queue.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; REINDEX; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
                }
            }
            try queue.unsafeRead { db in try Self.look(into: db, &report) }
            try queue.close()
        } catch {
            guard StoreFault(error) == .damaged else { throw StorageError(error, path: path, as: .cannotOpen) }
            report.problems.append("the file is damaged: \(StorageError(error, path: path).detail)")
        }
        (report.fileBytes, report.logBytes) = (Self.bytes(of: path), Self.bytes(of: path + "-wal"))
        report.otherFiles = GatewayDatabase.copies(of: path)
        let backlog = BacklogFile(database: path)
        if backlog.exists {
            do {
                let (_, entries, unreadable) = try backlog.read()
                report.backlogWrites = entries.count
                if unreadable > 0 { report.problems.append("\(unreadable) lines of \(backlog.path) cannot be read") }
            } catch {
                report.problems.append("\(backlog.path): \(StorageError(error, path: backlog.path).detail)")
            }
        }
        return report
    }

    private static func look(into db: Database, _ report: inout Report) throws {
        report.problems += try damage(in: db).map { "the file is damaged: \($0)" }
        guard let had = try migrations(in: db), let newest = had.last else {
            report.problems.append("it is no gateway's database")
            return
        }
        report.version = newest
        let known = Schema.migrator.migrations
        if let foreign = had.first(where: { !known.contains($0) }) {
            report.problems.append("a newer version of the gateway wrote it (\(foreign))")
        } else if had.count < known.count {
            report.problems.append("an older version wrote it; the next start brings it up to date")
        }
        func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
        let page = try number("PRAGMA page_size"), pages = try number("PRAGMA page_count")
        report.freePages = try number("PRAGMA freelist_count")
        report.usedBytes = (pages - report.freePages) * page
        report.canShrink = try number("PRAGMA auto_vacuum") == 2
        for table in try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%' ORDER BY name")
        {
            report.counts.append((table, try number("SELECT count(*) FROM \"\(table)\"")))
        }
        report.oldest = try Int64.fetchOne(
            db,
            sql: """
                SELECT min(t) FROM (SELECT min(started_at_us) AS t FROM calls UNION ALL SELECT min(started_at_us) FROM sessions
                                    UNION ALL SELECT min(at_us) FROM turns)
                """
        ).map(Date.init(microseconds:))
        try balance(in: db, &report)
    }

    /// Of each reservation and scope, what was reserved is what was spent and given back; totals are what their entries say.
    private static func balance(in db: Database, _ report: inout Report) throws {
        func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
        report.openReservations = try number(
            "SELECT count(DISTINCT reservation_key) FROM budget_ledger WHERE entry = 'reserve' AND balanced = 0")
        if report.openReservations > 0, !report.hasGateway {
            report.problems.append("\(report.openReservations) reservations of a dead run are open; the next start gives them back")
        }
        let unbalanced = try number(
            """
            SELECT count(*) FROM budget_ledger AS r WHERE entry = 'reserve' AND amount_micro * balanced !=
                (SELECT coalesce(sum(amount_micro), 0) FROM budget_ledger
                 WHERE reservation_key = r.reservation_key AND scope = r.scope AND entry != 'reserve')
            """)
        if unbalanced > 0 { report.problems.append("\(unbalanced) reservations do not balance") }
        // Balanced entries go with age, totals stay: what is spent may be more than the entries that are left.
        let wrong = try String.fetchAll(
            db,
            sql: """
                SELECT scope FROM budgets WHERE
                    reserved_micro != (SELECT coalesce(sum(amount_micro), 0) FROM budget_ledger
                                       WHERE scope = budgets.scope AND entry = 'reserve' AND balanced = 0)
                    OR spent_micro < (SELECT coalesce(sum(amount_micro), 0) FROM budget_ledger
                                      WHERE scope = budgets.scope AND entry = 'commit') ORDER BY scope
                """)
        for scope in wrong { report.problems.append("the total of budget \(scope) is not what its entries say") }
    }
}
