import GRDB
import Synchronization

/// The connections in use: a damaged file is exchanged for a new one while the gateway runs.
final class PoolSlot: Sendable {
    private let held: Mutex<DatabasePool?>
    init(_ pool: DatabasePool) { held = Mutex(pool) }

    /// `nil` while the old file is gone and no new one could be made.
    var pool: DatabasePool? { held.withLock { $0 } }

    /// - Returns: what was held before.
    func exchange(_ pool: DatabasePool?) -> DatabasePool? {
        held.withLock { held in
            defer { held = pool }
            return held
        }
    }
}
