public import struct Foundation.Date

/// One agent handed a call to another: a row of `agent_transitions`.
public struct AgentTransition: Sendable, Equatable, Codable {
    public var callID: String
    public var at: Date
    public var fromAgent: String
    public var toAgent: String
    public var reason: String
    /// Whether facts and slots came along.
    public var contextPreserved: Bool
    public var duration: Duration
    /// What came along, as ``AgentHandover/context`` has it; empty in rows of versions that did not keep it.
    public var context: String
    public init(
        callID: String, at: Date, fromAgent: String, toAgent: String, reason: String, contextPreserved: Bool = true, duration: Duration,
        context: String = ""
    ) {
        (self.callID, self.at, self.fromAgent, self.toAgent) = (callID, at, fromAgent, toAgent)
        (self.reason, self.contextPreserved, self.duration, self.context) = (reason, contextPreserved, duration, context)
    }
}
