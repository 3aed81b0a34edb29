import Foundation
import GRDB

/// A database file that somebody at a terminal works on, beside a running gateway or without one.
public struct StoreFile: Sendable {
    /// How long a statement waits for the gateway.
    static let busyTimeout: Double = 5
    public let path: String
    /// - Throws: ``StorageError``, `cannotOpen` when there is no file.
    public init(_ path: String) throws(StorageError) {
        self.path = path
        var isFolder = ObjCBool(false)
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, !isFolder.boolValue else {
            throw StorageError(.cannotOpen, path: path, exists ? "it is a folder" : "there is no such file")
        }
    }

    /// Keeps gateways away while the lock lives.
    /// - Parameter isMade: whether a lock file is made where there is none. Where there is none, no gateway has the file.
    func lock(isMade: Bool = true) throws(StorageError) -> (lock: DatabaseLock?, hasGateway: Bool) {
        guard isMade || FileManager.default.fileExists(atPath: path + ".lock") else { return (nil, false) }
        do { return (try DatabaseLock(database: path), false) } catch  where error.code == .inUse { return (nil, true) }
    }

    /// - Parameter isReadOnly: beside a gateway, which keeps the shared memory that a reader needs.
    static func open(_ path: String, isReadOnly: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            if !isReadOnly { try db.execute(sql: "PRAGMA secure_delete = ON") }
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// - Returns: what `PRAGMA integrity_check` finds; empty for a sound file.
    static func damage(in db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
    }

    /// The migrations that a file has had; `nil` when it is no gateway's.
    static func migrations(in db: Database) throws -> [String]? {
        guard try db.tableExists("grdb_migrations"), try db.tableExists("calls") else { return nil }
        return try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
    }

    /// For which of its two files a copy failed.
    enum CopyFailure: Error { case source(any Error), target(any Error) }

    /// A copy of one file into another, page by page, as it was when the copy began; the gateway writes on meanwhile.
    /// - Parameter progress: called with the share that is done, 0…1.
    func copy(to target: String, isReadOnly: Bool, progress: @escaping (Double) -> Void) throws(CopyFailure) {
        try? FileManager.default.removeItem(atPath: target)
        var isOfTarget = true
        do {
            try PrivateFile.make(target).close()
            isOfTarget = false
            let source = try Self.open(path, isReadOnly: isReadOnly)
            isOfTarget = true
            let copy = try Self.open(target, isReadOnly: false)
            try source.unsafeRead { db in
                isOfTarget = false
                // The snapshot that this begins holds to the end of the copy, so that writes do not make it begin anew.
                try db.execute(sql: "BEGIN")
                defer { try? db.execute(sql: "ROLLBACK") }
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master")
                isOfTarget = true
                try copy.writeWithoutTransaction { copy in
                    try db.backup(to: copy, pagesPerStep: 1_024) { step in
                        progress(Double(step.completedPageCount) / Double(max(step.totalPageCount, 1)))
                    }
                }
            }
            // One file, without a log beside it.
            let damage = try copy.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                return try Self.damage(in: db)
            }
            try copy.close()
            isOfTarget = false
            guard damage.isEmpty else { throw StorageError(.failed, path: path, "the copy is damaged: \(damage[0])") }
            try source.close()
        } catch {
            try? FileManager.default.removeItem(atPath: target)
            // A copy is as damaged as what it was made from.
            throw isOfTarget && StoreFault(error) != .damaged ? .target(error) : .source(error)
        }
    }

    static func bytes(of path: String) -> Int { (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }

    /// `20260315T120000Z`.
    static func stamp(_ date: Date) -> String { date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted)) }
}
