public import struct Foundation.Date

/// One phone call: a row of `calls`.
public struct CallRecord: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable { case active, ended }
    /// Ours, the subject of its events.
    public var id: String
    /// e.g. `twilio`.
    public var carrier: String
    /// The carrier's, e.g. a CallSid.
    public var carrierCallID: String?
    public var from: String?
    public var to: String?
    public var state: State
    public var endReason: String?
    /// The conversation that it carries.
    public var sessionID: String
    /// The ticket of the workflow in progress or last finished.
    public var workflowContextID: String?
    public var currentAgent: String?
    public var agentTransitionCount: Int
    /// The tier that it speaks with.
    public var tier: String?
    /// What made it move up: the agent, at which qualification.
    public var tierEscalationTrigger: String?
    /// All its turns together; `waste` is the part of it that nobody heard.
    public var costMicroDollars: Int, wasteMicroDollars: Int
    /// Whether the agent is in charge; false for a call that is only echoed or handed on.
    public var integrationEnabled: Bool
    public var startedAt: Date
    public var endedAt: Date?

    public init(
        id: String, carrier: String, carrierCallID: String? = nil, from: String? = nil, to: String? = nil, sessionID: String,
        currentAgent: String? = nil, tier: String? = nil, integrationEnabled: Bool = true, startedAt: Date
    ) {
        (self.id, self.carrier, self.carrierCallID, self.from, self.to) = (id, carrier, carrierCallID, from, to)
        (self.state, self.sessionID, self.currentAgent, self.tier) = (.active, sessionID, currentAgent, tier)
        (self.integrationEnabled, self.startedAt) = (integrationEnabled, startedAt)
        (self.agentTransitionCount, self.costMicroDollars, self.wasteMicroDollars) = (0, 0, 0)
    }
}
