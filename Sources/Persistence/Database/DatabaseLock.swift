import Glibc
import Synchronization

/// Holds a database for one gateway: an advisory lock on `PATH.lock`, which the kernel drops when the process ends, however it
/// ends. So whoever holds it knows that every other run in the database is dead.
final class DatabaseLock: Sendable {
    /// Negative once it is released.
    private let descriptor: Mutex<Int32>

    /// - Throws: ``StorageError``, `inUse` or `cannotOpen`.
    init(database path: String) throws(StorageError) {
        let descriptor = unsafe open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(.cannotOpen, path: path, "its lock file: \(StorageError.reason(errno: errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK
                ? StorageError(.inUse, path: path, "another gateway has it open")
                : StorageError(.cannotOpen, path: path, "its lock file: \(StorageError.reason(errno: code))")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets another gateway have the database.
    func release() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}
