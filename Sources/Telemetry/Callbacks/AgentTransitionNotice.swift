public import struct Foundation.Date

/// One agent handed the caller to another.
public struct AgentTransitionNotice: Sendable, Equatable {
    public var session: String
    public var from: String
    public var to: String
    /// What made it, e.g. `workflow:change_plan`.
    public var trigger: String
    public var at: Date
    public var duration: Duration
    /// What went along: `workflow=billing_summary;slots=month;facts=4`. Names and counts, no values.
    public var context: String
    public init(session: String, from: String, to: String, trigger: String, at: Date, duration: Duration, context: String) {
        (self.session, self.from, self.to, self.trigger) = (session, from, to, trigger)
        (self.at, self.duration, self.context) = (at, duration, context)
    }
}
