public import Foundation
package import GRDB
public import Logging

/// The gateway's SQLite file: WAL, one writer that groups commits, several readers.
///
/// A write that returned survives the death of the process (the operating system has it); with `synchronous` at NORMAL a power
/// failure may take the last moments, never the consistency.
public final class GatewayDatabase: Sendable {
    /// What a start found left over from a run that died.
    public struct Recovery: Sendable, Equatable {
        /// Promises that were neither kept nor given back; they are released.
        public var reservationsReleased: Int, microDollarsReleased: Int
        /// Calls that never ended; they end with the reason `gateway_restarted`.
        public var callsClosed: Int
        public init(reservationsReleased: Int = 0, microDollarsReleased: Int = 0, callsClosed: Int = 0) {
            (self.reservationsReleased, self.microDollarsReleased) = (reservationsReleased, microDollarsReleased)
            self.callsClosed = callsClosed
        }
    }
    /// Readers at once.
    static let readers = 4
    /// How long a statement waits for another process, a backup or a shell, to let go.
    static let busyTimeout: Double = 5

    public let path: String
    /// Names this run of the gateway in what it writes.
    public let runID: String
    public let recovery: Recovery
    private let pool: DatabasePool
    private let writer: GroupedWriter
    private let lock: DatabaseLock
    private let isTemporary: Bool

    /// Opens the file, makes it and its folder if they are not there, brings its tables up to date, and settles what a run
    /// that died left open.
    /// - Throws: ``StorageError``: one sentence that names the path.
    public convenience init(
        path: String, runID: String = UUID().uuidString, logger: Logger = Logger(label: "storage"),
        now: @Sendable () -> Date = { Date() }
    ) throws(StorageError) {
        try self.init(path: path, runID: runID, logger: logger, now: now(), isTemporary: false)
    }

    /// A database in the temporary folder that goes with its last owner.
    public static func temporary(runID: String = UUID().uuidString) throws(StorageError) -> GatewayDatabase {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)")
        return try GatewayDatabase(
            path: folder.appendingPathComponent("gateway.db").path, runID: runID, logger: Logger(label: "storage"), now: Date(),
            isTemporary: true)
    }

    private init(path: String, runID: String, logger: Logger, now: Date, isTemporary: Bool) throws(StorageError) {
        guard !path.isEmpty else { throw StorageError(.cannotOpen, path: "\"\"", "give a file name") }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw StorageError(.cannotOpen, path: path, "its folder cannot be made")
        }
        lock = try DatabaseLock(database: path)
        if !FileManager.default.fileExists(atPath: path) {  // it will hold what callers say
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            let migrator = Schema.migrator
            guard try !pool.read(migrator.hasBeenSuperseded) else {
                throw StorageError(.cannotOpen, path: path, "a newer version of the gateway wrote it")
            }
            try migrator.migrate(pool)
            recovery = try pool.write { db in try Recovery.settle(in: db, runID: runID, at: now) }
        } catch {
            throw StorageError(error, path: path, as: .cannotOpen)
        }
        (self.path, self.runID, self.isTemporary) = (path, runID, isTemporary)
        writer = GroupedWriter(pool: pool, path: path)
        if recovery.reservationsReleased > 0 || recovery.callsClosed > 0 {
            logger.warning(
                "settled what an earlier run left open",
                metadata: [
                    "reservations_released": "\(recovery.reservationsReleased)", "micro_dollars": "\(recovery.microDollarsReleased)",
                    "calls_closed": "\(recovery.callsClosed)",
                ])
        }
    }

    deinit {
        guard isTemporary else { return }
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
    }

    public var statistics: WriterStatistics { writer.statistics }

    /// Waits for what was accepted, then closes the file. Later requests are refused.
    public func close() async throws(StorageError) {
        await writer.close()
        do { try pool.close() } catch { throw StorageError(error, path: path) }
    }

    /// Answers one trivial question, for readiness.
    public func check() async throws(StorageError) {
        _ = try await read { db in try Int.fetchOne(db, sql: "SELECT 1") }
    }

    /// Writes in the next group.
    /// - Throws: what `body` throws, or a ``StorageError``.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await writer.write(body)
        } catch let error as DatabaseError {
            throw StorageError(error, path: path)
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StorageError) -> T {
        do { return try await pool.read(body) } catch { throw StorageError(error, path: path) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "storage"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }
}
