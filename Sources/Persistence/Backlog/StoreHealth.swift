public import struct Foundation.Date

/// Whether what is written reaches the disk.
public enum StoreHealth: Sendable, Equatable {
    case up
    /// Writes wait in memory, in order; promises of money are refused.
    /// - `reason`: SQLite's words, for people.
    /// - `waiting`: writes that wait.
    /// - `lost`: records since the start that were refused because too many waited, or dropped because they could not be written.
    case degraded(since: Date, reason: String, waiting: Int, lost: Int)

    public var isUp: Bool { self == .up }
}
