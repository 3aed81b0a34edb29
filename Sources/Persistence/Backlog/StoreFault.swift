import GRDB

/// Why a database takes nothing at all, as opposed to a write that fails for its own reason.
enum StoreFault: String, Sendable {
    /// Another process holds it.
    case locked
    case full
    /// The file or its folder may not be written, or is gone.
    case readOnly = "read_only"
    case inputOutput = "input_output"
    /// The bytes in the file are no sound database.
    case damaged

    /// `nil` for what concerns only the write that met it.
    init?(_ error: any Error) {
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .locked
        case .SQLITE_FULL: self = .full
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH: self = .readOnly
        case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_NOLFS: self = .inputOutput
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged
        default: return nil
        }
    }
}
