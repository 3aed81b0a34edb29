public import Foundation
import GRDB

/// How long and how much is kept: what is older, or does not fit, goes in small batches, oldest first.
///
/// Calls that are live, open tickets, and promises of money that are open stay, whatever their age; so do what was spent each
/// day and the demo operator's customers. A file that an earlier version made cannot give pages back to the disk: its free pages are
/// used again, until `store check --repair` rewrites it.
public struct Retention: Sendable {
    /// What one sweep did.
    public struct Report: Sendable, Equatable {
        /// Rows that went, by table.
        public var deleted: [String: Int] = [:]
        /// Bytes in use, and those of the file, afterwards.
        public var usedBytes = 0, fileBytes = 0
        /// What the limit of size made the age; `nil` when age alone decided.
        public var shortenedTo: Date?
        /// The longest that one batch held the writer.
        public var longestHold = Duration.zero
        /// Why the sweep stopped before its end; the next one goes on.
        public var failure: StorageError?
        public var rows: Int { deleted.values.reduce(0, +) }
    }
    /// What one batch may take of the writer's time; the batches' size follows from it.
    static let hold = Duration.milliseconds(20)
    /// Rows and pages in one batch.
    static let firstBatch = 64, largestBatch = 2_000
    /// However small the limit of size, this much is kept.
    static let always: TimeInterval = 3_600

    let database: GatewayDatabase
    /// Days; 0 keeps for ever.
    let days: Int
    /// Bytes; 0 is no limit.
    let maximumBytes: Int
    private let now: @Sendable () -> Date
    private let clock = ContinuousClock()

    public init(
        _ database: GatewayDatabase, days: Int, maximumBytes: Int, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.database, self.days, self.maximumBytes, self.now) = (database, days, maximumBytes, now)
    }

    /// Deletes what is too old, then what does not fit, then gives free pages back. Never throws; one at a time.
    public func sweep() async -> Report {
        var report = Report(), batch = Self.firstBatch
        do {
            let today = now()
            if days > 0 { try await delete(before: today.addingTimeInterval(-86_400 * Double(days)), &batch, &report) }
            if maximumBytes > 0 { try await fit(today, &batch, &report) }
            try await shrink(&report)
            let size = try await self.size()
            (report.usedBytes, report.fileBytes) = (size.used, size.file)
        } catch {
            report.failure = StorageError(error, path: database.path)
        }
        return report
    }

    // MARK: Size

    private struct Size: Sendable { var used: Int, file: Int, free: Int, page: Int, canShrink: Bool }

    private func size() async throws -> Size {
        try await database.read { db in
            func number(_ pragma: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0 }
            let page = try number("page_size"), pages = try number("page_count"), free = try number("freelist_count")
            return Size(used: (pages - free) * page, file: pages * page, free: free, page: page, canShrink: try number("auto_vacuum") == 2)
        }
    }

    /// Takes the oldest away, a little more each time, until the rest fits.
    private func fit(_ today: Date, _ batch: inout Int, _ report: inout Report) async throws {
        guard try await size().used > maximumBytes, let oldest = try await oldest() else { return }
        let step = max(today.timeIntervalSince(oldest) / 64, 60), latest = today.addingTimeInterval(-Self.always)
        var cutoff = oldest
        while try await size().used > maximumBytes, cutoff < latest {
            cutoff = min(cutoff.addingTimeInterval(step), latest)
            try await delete(before: cutoff, &batch, &report)
            report.shortenedTo = cutoff
        }
    }

    private func oldest() async throws -> Date? {
        try await database.read { db in
            let times = try AgedTable.all.compactMap { table in
                try Int64.fetchOne(db, sql: "SELECT \(table.time) FROM \(table.name) WHERE \(table.only) ORDER BY rowid LIMIT 1")
            }
            return times.min().map(Date.init(microseconds:))
        }
    }

    /// Gives pages back while the file is larger than it may be, or a quarter of it is empty.
    private func shrink(_ report: inout Report) async throws {
        while true {
            let size = try await size()
            let isTooLarge = maximumBytes > 0 && size.file > maximumBytes && size.free > 0
            guard size.canShrink, isTooLarge || (size.free > 256 && size.free * size.page > size.file / 4) else { return }
            let held = try await database.write { [clock] db in
                try clock.measure { _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(Self.firstBatch))") }
            }
            report.longestHold = max(report.longestHold, held)
        }
    }

    // MARK: Age

    private func delete(before cutoff: Date, _ batch: inout Int, _ report: inout Report) async throws {
        for table in AgedTable.all {
            var cursor: Int64? = .min
            while let after = cursor {
                let (most, started) = (batch, cutoff.microseconds)
                let (next, deleted, held) = try await database.write { [clock] db in
                    let start = clock.now
                    let (next, deleted) = try table.delete(before: started, after: after, most: most, in: db)
                    return (next, deleted, clock.now - start)
                }
                cursor = next
                if deleted > 0 { report.deleted[table.name, default: 0] += deleted }
                report.longestHold = max(report.longestHold, held)
                // Half of what is allowed is aimed at: the disk is not always as quick.
                if held > Self.hold / 2 { batch = max(batch / 2, 1) } else if held < Self.hold / 8 { batch = min(batch * 2, Self.largestBatch) }
            }
        }
    }
}
