public import Foundation
import GRDB

extension StoreFile {
    /// Copies the database, also beside a running gateway, and checks the copy before it takes its name.
    /// - Parameters:
    ///   - target: the copy; one that is there is replaced in one step. Readable by its owner only.
    ///   - progress: called with the share that is done, 0…1.
    /// - Returns: bytes of the copy.
    /// - Throws: ``StorageError``, `backup` when it is for the copy: names the file and the cause; no half copy is left.
    public func backup(to target: String, progress: @escaping (Double) -> Void = { _ in }) throws(StorageError) -> Int {
        let (lock, hasGateway) = try self.lock(isMade: false)
        defer { lock?.release() }
        guard URL(fileURLWithPath: target).resolvingSymlinksInPath() != URL(fileURLWithPath: path).resolvingSymlinksInPath() else {
            throw StorageError(.backup, path: target, "it needs another name than the database")
        }
        let part = target + ".part"
        do throws(CopyFailure) { try copy(to: part, isReadOnly: hasGateway, progress: progress) } catch {
            switch error {
            case .source(let cause): throw StorageError(cause, path: path)
            case .target(let cause): throw StorageError(.backup, path: target, "it cannot be written: \(StorageError.reason(of: cause))")
            }
        }
        guard unsafe rename(part, target) == 0 else {
            let reason = StorageError.reason(errno: errno)
            try? FileManager.default.removeItem(atPath: part)
            throw StorageError(.backup, path: target, "it cannot be given its name: \(reason)")
        }
        return Self.bytes(of: target)
    }

    /// Puts a backup in the place of a database that no gateway has open. The old files stay beside it.
    /// - Parameters:
    ///   - database: where it goes; nothing needs to be there.
    ///   - progress: called with the share that is done, 0…1.
    /// - Returns: where the old database is now; `nil` when there was none.
    /// - Throws: ``StorageError``, `backup` when it is for the backup; the database is then as it was.
    public static func restore(
        _ backup: String, to database: String, at now: Date = Date(), progress: @escaping (Double) -> Void = { _ in }
    ) throws(StorageError) -> String? {
        let source: StoreFile
        do { source = try StoreFile(backup) } catch { throw StorageError(.backup, path: backup, error.detail) }
        guard URL(fileURLWithPath: backup).resolvingSymlinksInPath() != URL(fileURLWithPath: database).resolvingSymlinksInPath() else {
            throw StorageError(.backup, path: backup, "this is the database itself")
        }
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: database).deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch { throw StorageError(.cannotOpen, path: database, "its folder cannot be made") }
        let lock = try DatabaseLock(database: database)
        defer { lock.release() }
        let part = database + ".restoring"
        do {
            try source.verify()
            do throws(CopyFailure) { try source.copy(to: part, isReadOnly: false, progress: progress) } catch {
                switch error {
                case .source(let cause): throw StorageError(.backup, path: backup, StorageError.reason(of: cause))
                case .target(let cause): throw StorageError(.failed, path: database, "it cannot be written: \(StorageError.reason(of: cause))")
                }
            }
            let old = try moveAside(database, to: "\(database).before-restore-\(stamp(now))")
            guard unsafe rename(part, database) == 0 else {
                throw StorageError(.failed, path: database, "the restored file cannot be given its name; the old one is \(old ?? "not there")")
            }
            return old
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw StorageError(error, path: database)
        }
    }

    /// - Throws: ``StorageError`` unless it is the sound database of a gateway that is not newer than this one.
    private func verify() throws {
        let problem: String?
        do {
            let queue = try Self.open(path, isReadOnly: false)
            problem = try queue.unsafeRead { db in
                if let damage = try Self.damage(in: db).first { return "it is damaged: \(damage)" }
                guard let had = try Self.migrations(in: db) else { return "it is no gateway's database" }
                return had.allSatisfy(Schema.migrator.migrations.contains) ? nil : "a newer version of the gateway wrote it"
            }
            try queue.close()
        } catch {
            guard StoreFault(error) == .damaged else { throw StorageError(error, path: path, as: .backup) }
            throw StorageError(.backup, path: path, "it is damaged: \(StorageError.reason(of: error))")
        }
        if let problem { throw StorageError(.backup, path: path, problem) }
    }

    /// The write-ahead log and what waited for the next start belong to the old database and go with it.
    private static func moveAside(_ database: String, to wanted: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: database) else { return nil }
        var aside = wanted, number = 1
        while FileManager.default.fileExists(atPath: aside) {
            number += 1
            aside = "\(wanted)-\(number)"
        }
        for ending in ["", "-wal", "-shm", ".backlog"] where FileManager.default.fileExists(atPath: database + ending) {
            guard unsafe rename(database + ending, aside + ending) == 0 else {
                throw StorageError(.failed, path: database + ending, "it cannot be moved to \(aside + ending)")
            }
        }
        return aside
    }
}
