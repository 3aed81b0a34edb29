/// Where lifecycle events go. Never blocks: what does not fit is dropped and counted.
public protocol EventSink: Sendable {
    func emit(_ event: LifecycleEvent)
}

/// One thing that happened, with no words of a caller in it.
public struct LifecycleEvent: Sendable, Equatable, Codable {
    /// e.g. `call.started`, `turn.completed`, `tier.escalated`, `workflow.completed`, `agent.transition`.
    public var name: String
    /// The call or session it belongs to.
    public var subject: String
    public var attributes: [String: String]
    public init(_ name: String, subject: String, _ attributes: [String: String] = [:]) {
        (self.name, self.subject, self.attributes) = (name, subject, attributes)
    }
}

/// For those who do not listen.
public struct NoEvents: EventSink {
    public init() {}
    public func emit(_ event: LifecycleEvent) {}
}
