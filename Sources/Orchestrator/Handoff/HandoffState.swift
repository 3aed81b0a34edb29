import struct Foundation.UUID

extension HandoffRecord {
    static func newID() -> String { "handoff-" + UUID().uuidString.lowercased() }
}

extension HandoffRecord.State {
    /// Where a hand-over may go from here; everything else is refused (FIELD 23).
    ///
    /// ```
    /// requested → queued → connected → ended
    ///         ↘        ↘ declined · timed_out · ended (the caller left)
    /// ```
    public var successors: Set<HandoffRecord.State> {
        switch self {
        case .requested: [.queued, .connected, .declined, .timedOut, .ended]
        case .queued: [.connected, .declined, .timedOut, .ended]
        case .connected: [.ended]
        case .declined, .timedOut, .ended: []
        }
    }

    /// Nothing follows any more.
    public var isOver: Bool { successors.isEmpty }
    /// Nobody came: the agent takes over again.
    public var isFailure: Bool { self == .declined || self == .timedOut }
}

/// Why a hand-over did not change.
public struct HandoffError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The session has no hand-over under way.
        case none
        /// From this state the other cannot be reached.
        case impossible
        /// As many wait as may wait.
        case full
    }
    public var code: Code
    public var description: String
    public init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }
}
