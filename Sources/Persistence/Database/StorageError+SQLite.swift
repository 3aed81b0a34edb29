import GRDB

extension StorageError {
    init(_ error: any Error, path: String, as code: Code = .failed) {
        if let error = error as? StorageError { self = error } else { self.init(code, path: path, Self.reason(of: error)) }
    }

    /// SQLite's own words, without the statement and its values, or the system's.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as StorageError: return error.detail
        case let error as DatabaseError:
            // A copy reports the code of one file and the words of the other.
            let words = error.message == "not an error" ? DatabaseError(resultCode: error.extendedResultCode).message : error.message
            return "\(words ?? error.resultCode.description) (SQLite \(error.extendedResultCode.rawValue))"
        default: return systemReason(of: error) ?? "\(type(of: error))"
        }
    }
}
