/// What an operator's own code hears of: agents that hand over, voices that go up or down, workflows that end.
///
/// Called one after the other, in the order in which things happened, and never by what made them happen: a call does not wait for its
/// callbacks. What is slow loses notices (``CallbackSink``). The same notices go out as webhooks (``WebhookSender``).
public protocol GatewayCallbacks: Sendable {
    func onAgentTransition(_ notice: AgentTransitionNotice) async
    func onTierEscalation(_ notice: TierEscalationNotice) async
    func onWorkflowComplete(_ notice: WorkflowCompleteNotice) async
}

/// Whoever wants one of them leaves the others out.
extension GatewayCallbacks {
    public func onAgentTransition(_ notice: AgentTransitionNotice) async {}
    public func onTierEscalation(_ notice: TierEscalationNotice) async {}
    public func onWorkflowComplete(_ notice: WorkflowCompleteNotice) async {}
}
