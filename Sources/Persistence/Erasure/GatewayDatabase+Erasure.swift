import Foundation
import GRDB

extension GatewayDatabase {
    /// Erases what is known of a person: texts, values, numbers, names and snapshots. Times, costs, tiers and states stay.
    ///
    /// Deletes are real: SQLite overwrites what it frees, and the write-ahead log is emptied. A conversation that is still in some
    /// memory writes nothing more. The demo operator's own customers are another system's data and stay.
    /// - Throws: ``ErasureError``: while the person is on the phone, or when the store does not answer.
    public func erase(_ person: Person) async throws(ErasureError) -> ErasureReport {
        if let problem = person.problem { throw .notAPerson(problem) }
        do {
            let at = Date()
            let rows = try await write { db in
                var rows = ErasedRows(of: person, at: at)
                try rows.erase(in: db)
                return rows
            }
            forget(person, sessions: rows.sessions, calls: rows.calls)
            var report = rows.report
            report.isLogEmptied = await emptyLog()
            report.otherFiles = Self.copies(of: path)
            return report
        } catch let error as ErasureError {
            throw error
        } catch {
            throw .store(StorageError(error, path: path))
        }
    }

    /// Readers hold the log for as long as they read, which is milliseconds.
    private func emptyLog() async -> Bool {
        for _ in 0..<20 {
            guard let pool else { return false }
            let result = try? await pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA shrink_memory")
                return try db.checkpoint(.truncate)
            }
            if result != nil { return true }
            await Task.yield()
        }
        return false
    }

    /// Files beside the database that were once it.
    static func copies(of path: String) -> [String] {
        let url = URL(fileURLWithPath: path), folder = url.deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in
            ["corrupt", "before-restore"].contains { name.hasPrefix("\(url.lastPathComponent).\($0)-") } && !name.hasSuffix("-shm")
        }.sorted().map { "\(folder)/\($0)" }
    }
}

extension BacklogFile {
    /// Takes a person's writes out of the file.
    /// - Returns: how many.
    func erase(_ person: Person, sessions: Set<String>, calls: Set<String>) throws -> Int {
        guard exists else { return 0 }
        let (id, entries, _) = try read()
        var (sessions, calls) = (sessions, calls)
        // A call that only the file knows leads to its session, and back.
        for _ in 0..<2 {
            for entry in entries where entry.write.concerns(person, sessions: sessions, calls: calls) {
                let owners = entry.write.owners
                if let session = owners.session { sessions.insert(session) }
                if let call = owners.call { calls.insert(call) }
            }
        }
        let kept = entries.filter { !$0.write.concerns(person, sessions: sessions, calls: calls) }
        if kept.count < entries.count { _ = try write(kept, id: id) }
        return entries.count - kept.count
    }
}
