public import Foundation
package import GRDB
public import Logging
import Synchronization

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
    /// How long opening waits for another process, a backup or a shell, to let go.
    static let openingTimeout: Double = 5
    /// How long a statement waits after that. A turn waits 250 ms for the store: a database that is locked for longer is out of
    /// order, and the turn's writes wait in memory.
    static let busyMilliseconds = 100

    public let path: String
    /// Names this run of the gateway in what it writes.
    public let runID: String
    public let recovery: Recovery
    private let slot: PoolSlot
    private let writer: GroupedWriter
    private let lock: DatabaseLock
    private let live = LiveRecords()
    private let seeds = Seeds()
    private let logger: Logger
    private let isTemporary: Bool
    private let lostOnClose = Mutex(0)

    /// Opens the file, makes it and its folder if they are not there, brings its tables up to date, writes what an earlier run
    /// could not (`PATH.backlog`), and settles what a run that died left open.
    /// - Parameters:
    ///   - clock: measures the pauses between attempts to bring a database back that is out of order.
    ///   - now: wall time, for records.
    /// - Throws: ``StorageError``: one sentence that names the path.
    public convenience init(
        path: String, runID: String = UUID().uuidString, logger: Logger = Logger(label: "storage"),
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() }
    ) throws(StorageError) {
        try self.init(
            path: path, runID: runID, logger: logger, clock: clock, now: now, backlog: Backlog.Limits(), isTemporary: false)
    }

    /// A database in the temporary folder that goes with its last owner.
    public static func temporary(runID: String = UUID().uuidString) throws(StorageError) -> GatewayDatabase {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)")
        return try GatewayDatabase(
            path: folder.appendingPathComponent("gateway.db").path, runID: runID, logger: Logger(label: "storage"),
            clock: ContinuousClock(), now: { Date() }, backlog: Backlog.Limits(), isTemporary: true)
    }

    /// - Parameter backlog: what may wait in memory.
    init(
        path: String, runID: String, logger: Logger, clock: any Clock<Duration>, now: @escaping @Sendable () -> Date,
        backlog: Backlog.Limits, isTemporary: Bool
    ) throws(StorageError) {
        guard !path.isEmpty else { throw StorageError(.cannotOpen, path: "\"\"", "give a file name") }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw StorageError(.cannotOpen, path: path, "its folder cannot be made")
        }
        lock = try DatabaseLock(database: path)
        do {
            let pool = try Self.open(path)
            try BacklogFile(database: path).replay(into: pool, at: now(), logger: logger)
            recovery = try pool.write { db in try Recovery.settle(in: db, runID: runID, at: now()) }
            try Self.setBusyTimeout(of: pool)
            slot = PoolSlot(pool)
        } catch {
            guard StoreFault(error) == .damaged else { throw StorageError(error, path: path, as: .cannotOpen) }
            throw StorageError(.cannotOpen, path: path, "\(StorageError.reason(of: error)): \(Self.remedy)")
        }
        (self.path, self.runID, self.logger, self.isTemporary) = (path, runID, logger, isTemporary)
        writer = GroupedWriter(
            slot: slot, path: path, runID: runID, limits: backlog, clock: StoreClock.counting(clock), now: now, logger: logger,
            repair: DamagedFile(
                path: path, runID: runID, live: live,
                open: {
                    let pool = try Self.open(path)
                    try Self.setBusyTimeout(of: pool)
                    return pool
                }, seeds: seeds, now: now, logger: logger))
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

    /// The connections in use; `nil` when it is closed.
    var pool: DatabasePool? { slot.pool }

    public var statistics: WriterStatistics { writer.statistics }

    /// Whether what is written reaches the file. Costs a lock; any thread.
    public var health: StoreHealth { writer.health }

    /// Records that were lost since the start: too much waited, or the file did not take them for a reason of their own.
    public var lost: Int { writer.lost }

    /// Records that waited to the end and that ``close(within:)`` could keep nowhere.
    public var lostAtEnd: Int { lostOnClose.withLock { $0 } }

    /// Waits for what was accepted, then closes the file and lets another gateway have it. Later requests are refused.
    ///
    /// Out of order, the database gets a last chance for as long as `limit`; what it does not take goes to `PATH.backlog`, which
    /// the next start writes, and what that does not take is lost, and the log says how much.
    public func close(within limit: Duration = .seconds(2)) async throws(StorageError) {
        let rest = await writer.close(within: limit)
        if !rest.isEmpty { keep(rest) }
        defer { lock.release() }
        guard let pool = slot.exchange(nil) else { return }
        // A closed database is one file: whoever copies it away has all of it.
        if rest.isEmpty { _ = try? await pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) } }
        do { try pool.close() } catch { throw StorageError(error, path: path) }
    }

    private func keep(_ rest: [Backlog.Entry]) {
        let file = BacklogFile(database: path)
        let records = rest.reduce(0) { $0 + $1.write.count }
        do {
            let unwritable = try file.write(rest)
            lostOnClose.withLock { $0 += unwritable }
            logger.error(
                "the store was out of order to the end: what waited is kept for the next start",
                metadata: ["records": "\(records - unwritable)", "lost": "\(unwritable)", "file": "\(file.path)"])
        } catch {
            lostOnClose.withLock { $0 += records }
            logger.critical(
                "records are lost: neither the store nor a file beside it took them",
                metadata: ["lost": "\(records)", "file": "\(file.path)", "reason": "\(StorageError.reason(of: error))"])
        }
    }

    /// Answers one trivial question, for readiness.
    public func check() async throws(StorageError) {
        _ = try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") }
    }

    /// Writes in the next group. While the database is out of order it is refused.
    /// - Throws: what `body` throws, or a ``StorageError``.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await writer.write(body)
        } catch let error as DatabaseError {
            throw StorageError(error, path: path)
        }
    }

    /// Writes in the next group. While the database is out of order it waits in memory.
    /// - Returns: whether it is durable.
    /// - Throws: the write's own error, or a ``StorageError``.
    @discardableResult
    func write(_ write: StoredWrite) async throws -> Bool {
        do {
            let isDurable = try await writer.write(write)
            live.note(write, isDurable: isDurable)
            return isDurable
        } catch let error as DatabaseError {
            throw StorageError(error, path: path)
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(StorageError) -> T {
        guard let pool = slot.pool else { throw StorageError(.closed, path: path, "nothing is read any more") }
        do { return try await pool.read(body) } catch {
            await writer.suspect(error)
            throw StorageError(error, path: path)
        }
    }

    /// Writes now, and again into a file that has to take the place of a damaged one.
    package func seed(_ seed: @escaping @Sendable (Database) throws -> Void) async throws {
        try await write(seed)
        seeds.add(seed)
    }

    func forget(_ person: Person, sessions: Set<String>, calls: Set<String>) {
        live.forget(person, sessions: sessions, calls: calls)
    }

    /// At a start nobody's memory knows what the file held: whether to go on without it is for a person to say.
    private static let remedy =
        "look at it with `media-gateway store check`, put a backup in its place with `media-gateway store restore BACKUP`, "
        + "or move it away to begin a new one"

    /// - Throws: for a database that somebody else made, before anything of it is changed.
    private static func refuseForeign(_ path: String) throws {
        guard StoreFile.bytes(of: path) > 0 else { return }
        let queue = try StoreFile.open(path, isReadOnly: false)
        let isForeign = try queue.unsafeRead { db in
            guard try StoreFile.migrations(in: db) == nil else { return false }
            // A first start that was killed leaves no more than the list of migrations.
            let others = "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'"
            return try Int.fetchOne(db, sql: others) != 0 || Int.fetchOne(db, sql: "PRAGMA application_id") != 0
        }
        try queue.close()
        if isForeign { throw StorageError(.cannotOpen, path: path, "it is no gateway's database") }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        try refuseForeign(path)
        if !FileManager.default.fileExists(atPath: path) {  // it will hold what callers say
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let migrator = Schema.migrator
        guard try !pool.read(migrator.hasBeenSuperseded) else {
            throw StorageError(.cannotOpen, path: path, "a newer version of the gateway wrote it")
        }
        try migrator.migrate(pool)
        return pool
    }

    private static func setBusyTimeout(of pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA busy_timeout = \(busyMilliseconds)") }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "storage"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(openingTimeout)
        configuration.prepareDatabase { db in
            // A file that is made now can give pages back; one that is there keeps what it was made with. What is deleted is
            // overwritten: callers' words must not linger in free pages.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON") }
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }
}
