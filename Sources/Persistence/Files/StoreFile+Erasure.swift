import Foundation
import GRDB

extension StoreFile {
    /// An open chat in which nothing happened for this long is in no gateway's memory: the longest that `chat.forget_s` can be.
    static let longestIdleChat = 86_400.0

    /// Erases what is known of a person, beside a running gateway or without one. See ``GatewayDatabase/erase(_:)``.
    ///
    /// Without a gateway the file is first brought up to date, and what an earlier run left is written, so that it can be erased
    /// too; a backlog that cannot be written is erased in its own file.
    /// - Throws: ``ErasureError``.
    public func erase(_ person: Person) async throws(ErasureError) -> ErasureReport {
        if let problem = person.problem { throw .notAPerson(problem) }
        do {
            let (lock, hasGateway) = try self.lock()
            guard !hasGateway else { return try eraseBeside(person) }
            lock?.release()
            let backlog = BacklogFile(database: path)
            let waiting = backlog.exists ? try backlog.erase(person, sessions: [], calls: []) : 0
            let database = try GatewayDatabase(path: path)
            var report = try await database.erase(person)
            report.backlogWrites = waiting
            try await database.close()
            return report
        } catch let error as ErasureError {
            throw error
        } catch {
            throw .store(StorageError(error, path: path))
        }
    }

    /// The gateway waits no longer for us than for any other: what it writes meanwhile waits in its memory.
    private func eraseBeside(_ person: Person) throws -> ErasureReport {
        let queue = try Self.open(path, isReadOnly: false)
        guard try queue.read({ db in try Self.migrations(in: db) == Schema.migrator.migrations.sorted() }) else {
            throw StorageError(.cannotOpen, path: path, "the gateway that has it open is of another version: stop it first")
        }
        let rows = try queue.write { db in
            let now = Date()
            var rows = ErasedRows(of: person, at: now, chatsOpenSince: now - Self.longestIdleChat)
            try rows.erase(in: db)
            return rows
        }
        var report = rows.report
        report.isLogEmptied = (try? queue.writeWithoutTransaction { db in try db.checkpoint(.truncate) }) != nil
        report.backlogWrites = try BacklogFile(database: path).erase(person, sessions: rows.sessions, calls: rows.calls)
        report.otherFiles = GatewayDatabase.copies(of: path)
        try queue.close()
        return report
    }
}
