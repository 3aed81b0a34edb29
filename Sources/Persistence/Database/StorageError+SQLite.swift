import GRDB

extension StorageError {
    /// SQLite's own words, without the statement and its values.
    init(_ error: any Error, path: String, as code: Code = .failed) {
        switch error {
        case let error as StorageError: self = error
        case let error as DatabaseError:
            let words = error.message ?? error.resultCode.description
            self.init(code, path: path, "\(words) (SQLite \(error.extendedResultCode.rawValue))")
        default: self.init(code, path: path, "\(type(of: error))")
        }
    }
}
