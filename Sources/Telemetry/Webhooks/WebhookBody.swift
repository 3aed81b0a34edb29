import Foundation

/// What a webhook says. The members of `data` are called as the same things are in `GET /v1/calls/{id}`.
struct WebhookBody: Encodable {
    struct Transition: Encodable {
        var fromAgent: String, toAgent: String, triggerReason: String, transitionDurationMs: Double, context: String
    }
    struct Escalation: Encodable {
        var callId: String, fromTier: String, toTier: String, triggerAgent: String, qualificationScore: Double
        /// Micro-dollars.
        var costImpact: Int
        var budgetCheckPassed: Bool, outcome: String, reason: String
    }
    struct Workflow: Encodable { var workflow: String, ticket: String, outcome: String, slots: [String] }
    enum Content {
        case transition(Transition), escalation(Escalation), workflow(Workflow)
    }
    /// Of one delivery, however often it is tried.
    var id: String
    var type: String
    /// ISO 8601 with milliseconds, UTC.
    var at: String
    /// The session.
    var subject: String
    var data: Content

    init(_ notice: CallbackNotice, id: String) {
        (self.id, type, subject) = (id, notice.type, notice.session)
        let date: Date
        switch notice {
        case .agentTransition(let notice):
            date = notice.at
            data = .transition(
                Transition(
                    fromAgent: notice.from, toAgent: notice.to, triggerReason: notice.trigger,
                    transitionDurationMs: (notice.duration / .milliseconds(1) * 1_000).rounded() / 1_000, context: notice.context))
        case .tierEscalation(let notice):
            date = notice.at
            data = .escalation(
                Escalation(
                    callId: notice.call, fromTier: notice.fromTier, toTier: notice.toTier, triggerAgent: notice.triggerAgent,
                    qualificationScore: notice.qualificationScore, costImpact: notice.costImpactMicroDollars,
                    budgetCheckPassed: notice.budgetCheckPassed, outcome: notice.outcome.rawValue, reason: notice.reason))
        case .workflowComplete(let notice):
            date = notice.at
            data = .workflow(
                Workflow(workflow: notice.workflow, ticket: notice.ticket, outcome: notice.outcome.rawValue, slots: notice.slots))
        }
        at = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(date)
    }

    /// One line; the same for every try.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text, lists of it, and numbers that were checked to be finite: nothing that cannot be written.
        return (try? Array(encoder.encode(self))) ?? []
    }
}

extension WebhookBody.Content: Encodable {
    func encode(to encoder: any Encoder) throws {
        switch self {
        case .transition(let data): try data.encode(to: encoder)
        case .escalation(let data): try data.encode(to: encoder)
        case .workflow(let data): try data.encode(to: encoder)
        }
    }
}

extension CallbackNotice {
    /// As `type` and `X-Gateway-Event` have it.
    var type: String {
        switch self {
        case .agentTransition: "agent.transition"
        case .tierEscalation: "tier.escalation"
        case .workflowComplete: "workflow.complete"
        }
    }
}
