import Foundation
import Orchestrator
import Persistence
import TierManager

/// Calls as the API shows them: the columns of DESIGN §7, times in ISO 8601, durations in milliseconds.
struct CallView: Encodable {
    var id: String, carrier: String, carrierCallId: String?, from: String?, to: String?
    var state: String, endReason: String?
    var sessionId: String, workflowContextId: String?, currentAgent: String?, agentTransitionCount: Int
    var tier: String?, tierEscalationTrigger: String?
    var costMicro: Int, wasteMicro: Int, integrationEnabled: Bool
    var startedAt: Date, endedAt: Date?

    init(_ call: CallRecord) {
        (id, carrier, carrierCallId, from, to) = (call.id, call.carrier, call.carrierCallID, call.from, call.to)
        (state, endReason, sessionId, workflowContextId) = (call.state.rawValue, call.endReason, call.sessionID, call.workflowContextID)
        (currentAgent, agentTransitionCount, tier) = (call.currentAgent, call.agentTransitionCount, call.tier)
        (tierEscalationTrigger, costMicro, wasteMicro) = (call.tierEscalationTrigger, call.costMicroDollars, call.wasteMicroDollars)
        (integrationEnabled, startedAt, endedAt) = (call.integrationEnabled, call.startedAt, call.endedAt)
    }
}

struct CallListView: Encodable {
    var calls: [CallView]
    /// For `before`, to go on with older ones; nil at the end.
    var next: String?
}

/// One call with its whole turn record.
struct FullCallView: Encodable {
    struct Turn: Encodable {
        struct Stages: Encodable {
            var endpointMs: Double?, sttFinalMs: Double?, decisionMs: Double?, firstTextMs: Double?, firstAudioMs: Double?
            var replyEndMs: Double?, unexplainedMs: Double?
            init(_ stages: StageTimes) {
                (endpointMs, sttFinalMs, decisionMs) = (stages.endpoint?.tenths, stages.sttFinal?.tenths, stages.decision?.tenths)
                (firstTextMs, firstAudioMs, replyEndMs) = (stages.firstText?.tenths, stages.firstAudio?.tenths, stages.replyEnd?.tenths)
                unexplainedMs = stages.unexplained?.tenths
            }
        }
        var generation: Int, channel: String, at: Date
        var userText: String, userConfidence: Double?, replyText: String, heardText: String?, heardBytes: Int?, interrupted: Bool
        var decision: Decision?, agent: String?, tier: String?, source: String?
        var stages: Stages
        var costMicro: Int, wasteMicro: Int, traceId: String?
        init(_ turn: TurnRecord) {
            (generation, channel, at) = (turn.generation, turn.channel.rawValue, turn.at)
            (userText, userConfidence, replyText) = (turn.userText, turn.userConfidence, turn.replyText)
            (heardText, heardBytes, interrupted) = (turn.heardText, turn.heardBytes, turn.interrupted)
            (decision, agent, tier, source, stages) = (turn.decision, turn.agent, turn.tier, turn.source, Stages(turn.stages))
            (costMicro, wasteMicro, traceId) = (turn.costMicroDollars, turn.wasteMicroDollars, turn.traceID)
        }
    }
    struct Transition: Encodable {
        var at: Date, fromAgent: String, toAgent: String, triggerReason: String, contextPreserved: Bool, transitionDurationMs: Double
        var context: String
    }
    struct Escalation: Encodable {
        var at: Date, fromTier: String, toTier: String, triggerAgent: String, qualificationScore: Double, costImpact: Int
        var budgetCheckPassed: Bool, outcome: String, reason: String
    }
    struct ToolCall: Encodable { var generation: Int, at: Date, tool: String, idempotencyKey: String, outcome: String, durationMs: Double }
    struct Ticket: Encodable { var id: String, workflow: String, state: String, owner: String, openedAt: Date, updatedAt: Date }
    struct Event: Encodable { var at: Date, name: String, subject: String, attributes: [String: String] }

    var call: CallView
    var turns: [Turn], agentTransitions: [Transition], tierEscalationEvents: [Escalation], toolCalls: [ToolCall], tickets: [Ticket]
    var events: [Event]

    init(_ record: CallStore.FullRecord) {
        call = CallView(record.call)
        turns = record.turns.map(Turn.init)
        agentTransitions = record.transitions.map {
            Transition(
                at: $0.at, fromAgent: $0.fromAgent, toAgent: $0.toAgent, triggerReason: $0.reason, contextPreserved: $0.contextPreserved,
                transitionDurationMs: $0.duration.tenths, context: $0.context)
        }
        tierEscalationEvents = record.escalations.map {
            Escalation(
                at: $0.at, fromTier: $0.fromTier, toTier: $0.toTier, triggerAgent: $0.triggerAgent, qualificationScore: $0.qualificationScore,
                costImpact: $0.costImpactMicroDollars, budgetCheckPassed: $0.budgetCheckPassed, outcome: $0.outcome.rawValue, reason: $0.reason)
        }
        toolCalls = record.toolCalls.map {
            ToolCall(
                generation: $0.generation, at: $0.at, tool: $0.call.tool, idempotencyKey: $0.call.idempotencyKey, outcome: $0.call.outcome.rawValue,
                durationMs: $0.call.duration.tenths)
        }
        tickets = record.tickets.map(Ticket.init)
        events = record.events.map { Event(at: $0.at, name: $0.event.name, subject: $0.event.subject, attributes: $0.event.attributes) }
    }
}

extension FullCallView.Ticket {
    init(_ stored: StoredTicket) {
        self.init(
            id: stored.ticket.id, workflow: stored.ticket.workflow, state: stored.ticket.state.rawValue, owner: stored.owner,
            openedAt: stored.openedAt, updatedAt: stored.updatedAt)
    }
}

extension Duration {
    /// Milliseconds, to a tenth.
    var tenths: Double { (self / .milliseconds(1) * 10).rounded() / 10 }
}
