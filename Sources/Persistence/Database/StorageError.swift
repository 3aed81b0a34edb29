/// Why something was not stored or read. Holds nothing a caller said.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file cannot be used: missing rights, no database, written by a newer version.
        case cannotOpen
        /// Another gateway has it.
        case inUse
        /// The writer's queue is full.
        case overloaded
        /// The database is out of order for now: locked, full, damaged.
        case unavailable
        /// The database was closed.
        case closed
        /// SQLite refused: disk full, constraint, input/output error.
        case failed
        /// A backup's file, not the database, cannot be read or written.
        case backup
    }
    public var code: Code
    /// The file.
    public var path: String
    public var detail: String
    public init(_ code: Code, path: String, _ detail: String) { (self.code, self.path, self.detail) = (code, path, detail) }
    /// What did not fit now may fit later.
    public var isRetryable: Bool { code == .overloaded || code == .unavailable }
    public var description: String {
        switch code {
        case .cannotOpen: "storage.path \(path) cannot be opened: \(detail)"
        case .inUse: "storage.path \(path) is in use: \(detail)"
        case .overloaded: "storage \(path) is overloaded: \(detail)"
        case .unavailable: "storage \(path) is out of order: \(detail)"
        case .closed: "storage \(path) is closed: \(detail)"
        case .failed: "storage \(path): \(detail)"
        case .backup: "backup \(path): \(detail)"
        }
    }
}
