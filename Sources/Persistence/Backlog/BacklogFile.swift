import Foundation
import GRDB
import Logging

/// What a run could not write before it ended: JSON lines beside the database, which the next start writes.
///
/// ```
/// {"id":"…","version":1}            names the file, so that it is written once whatever happens in between
/// {"run":"…","write":{"turn":…}}    oldest first
/// ```
struct BacklogFile {
    private struct Header: Codable { var id: String, version: Int }
    struct Line: Codable { var run: String, write: StoredWrite }
    /// A file that is larger was not written by us.
    static let largest = 256 << 20

    let path: String
    init(database path: String) { self.path = path + ".backlog" }
    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Writes the file as a whole or not at all, readable by its owner only.
    /// - Returns: entries that cannot be written as JSON.
    func write(_ entries: some Collection<Backlog.Entry>, id: String = UUID().uuidString) throws -> Int {
        var data = Data(try JSONText.encode(Header(id: id, version: 1)).utf8)
        data.append(0x0A)
        var unwritable = 0
        for entry in entries {
            guard let line = try? JSONText.encode(Line(run: entry.runID, write: entry.write)) else {
                unwritable += entry.write.count
                continue
            }
            data.append(contentsOf: line.utf8)
            data.append(0x0A)
        }
        try replace(with: data)
        return unwritable
    }

    /// - Returns: its name, its entries, and the lines that could not be read.
    func read() throws -> (id: String, entries: [Backlog.Entry], unreadable: Int) {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size <= Self.largest else { throw StorageError(.cannotOpen, path: path, "more than \(Self.largest) bytes") }
        let lines = try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A)
        guard let first = lines.first, let header = try? JSONDecoder().decode(Header.self, from: first), header.version == 1 else {
            throw StorageError(.cannotOpen, path: path, "not a backlog of this gateway; move it away to start without it")
        }
        let entries = lines.dropFirst().map { try? JSONDecoder().decode(Line.self, from: $0) }
        return (
            header.id, entries.compactMap { $0.map { Backlog.Entry(write: $0.write, runID: $0.run) } }, entries.count { $0 == nil }
        )
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }

    /// Writes what an earlier run left, in one transaction, and removes the file.
    func replay(into pool: DatabasePool, at now: Date, logger: Logger) throws {
        guard exists else { return }
        let (id, entries, unreadable) = try read()
        var dropped = 0
        try pool.write { db in
            dropped = 0
            try db.execute(sql: "INSERT OR IGNORE INTO replayed_backlogs (id, at_us) VALUES (?, ?)", arguments: [id, now.microseconds])
            guard db.changesCount == 1 else { return }
            for entry in entries {
                do {
                    try db.inSavepoint {
                        try entry.write.apply(in: db, runID: entry.runID, isLate: true)
                        return .commit
                    }
                } catch  where StoreFault(error) == nil {
                    dropped += entry.write.count
                }
            }
        }
        try remove()
        logger.notice(
            "wrote what an earlier run could not", metadata: ["writes": "\(entries.count)", "lost": "\(dropped + unreadable)"])
    }

    private func replace(with data: Data) throws {
        let temporary = path + ".new"
        try? FileManager.default.removeItem(atPath: temporary)
        do {
            let handle = try PrivateFile.make(temporary)
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try handle.close()
            guard unsafe rename(temporary, path) == 0 else { throw StorageError(.failed, path: path, StorageError.reason(errno: errno)) }
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw StorageError(.failed, path: path, StorageError.reason(of: error))
        }
    }
}
