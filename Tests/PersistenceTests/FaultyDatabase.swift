import Foundation
import GRDB
import Logging
import Synchronization
import Testing

@testable import Persistence

/// A database on a file with a clock in hand, and the faults that can be done to it.
final class FaultyDatabase: Sendable {
    let folder: Folder
    let clock = ManualClock()
    let database: GatewayDatabase
    var path: String { database.path }

    init(
        folder: Folder? = nil, runID: String = "run", backlog: Backlog.Limits = Backlog.Limits(),
        log: (any LogHandler)? = nil
    ) throws {
        self.folder = try folder ?? Folder()
        database = try GatewayDatabase(
            path: self.folder.file(), runID: runID, logger: Logger(label: "storage") { _ in log ?? SwiftLogNoOpLogHandler() }, clock: clock,
            now: { .ides }, backlog: backlog, isTemporary: false)
    }

    /// Another process's hold on the file, until it is let go.
    final class Holder: Sendable {
        private let queue: DatabaseQueue
        init(_ path: String, _ how: String) throws {
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            configuration.busyMode = .timeout(10)
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { db in try db.execute(sql: "BEGIN \(how)") }
        }
        func letGo() throws {
            try queue.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
            try queue.close()
        }
    }

    func hold(_ how: String = "IMMEDIATE") throws -> Holder { try Holder(path, how) }

    /// No page more than there are: as a full disk.
    func fill() async throws {
        try await #require(database.pool).writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
    }

    /// Makes room again.
    func makeRoom() async throws {
        try await #require(database.pool).writeWithoutTransaction { db in try db.execute(sql: "PRAGMA max_page_count = 1000000") }
    }

    /// Lets the pauses between attempts pass until the database is up, or has had so many.
    /// - Returns: attempts that were waited for.
    @discardableResult
    func waitUntilUp(most attempts: Int = 20) async -> Int {
        for attempt in 0..<attempts {
            while clock.sleeping == 0, !database.health.isUp { await Task.yield() }
            if database.health.isUp { return attempt }
            clock.advance(by: .seconds(10))
            // Either it is up, or it sleeps again.
            while clock.sleeping == 0, !database.health.isUp { await Task.yield() }
        }
        return attempts
    }

    var waiting: Int { if case .degraded(_, _, let waiting, _) = database.health { waiting } else { 0 } }
    var reason: String { if case .degraded(_, let reason, _, _) = database.health { reason } else { "" } }
}

/// Something that happened.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}

/// Keeps what is logged.
struct RecordingLog: LogHandler {
    final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    init(_ lines: Lines) { self.lines = lines }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.add("\(event.level) \(event.message)") }
}
