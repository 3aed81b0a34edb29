import Foundation
import Glibc

extension StorageError {
    /// The system's own words for an error number.
    static func reason(errno code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// The system's own words when it is the cause of an error of Foundation's, which spells out paths and codes.
    static func systemReason(of error: any Error) -> String? {
        let error = error as NSError
        let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? error
        return cause.domain == NSPOSIXErrorDomain ? reason(errno: Int32(truncatingIfNeeded: cause.code)) : nil
    }
}

/// A new file that only its owner can read: it will hold what callers say.
enum PrivateFile {
    /// - Throws: ``StorageError`` with the system's reason.
    static func make(_ path: String) throws(StorageError) -> FileHandle {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(.failed, path: path, StorageError.reason(errno: errno)) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
