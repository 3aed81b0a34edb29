import Foundation
import Orchestrator
import Telemetry
import Testing
import TierManager

@testable import MediaGateway

@Suite("A step on the ladder of tiers, as the store has it, is told whole: event, then notice")
struct EscalationEventTests {
    static let at = Date(timeIntervalSince1970: 1_773_144_000)

    @Test(
        "each outcome",
        arguments: [
            (.performed, .qualification, true, .escalated), (.refused, .callBudget, false, .blocked), (.lowered, .ledgerUnavailable, false, .lowered),
        ] as [(EscalationRecord.Outcome, EscalationRecord.Cause, Bool, TierEscalationNotice.Outcome)])
    func told(outcome: EscalationRecord.Outcome, cause: EscalationRecord.Cause, passed: Bool, notice: TierEscalationNotice.Outcome) {
        let record = EscalationRecord(
            callID: "call-1", at: Self.at, fromTier: "basic", toTier: "standard", triggerAgent: "sales", qualificationScore: 0.75,
            costImpactMicroDollars: -900, budgetCheckPassed: passed, outcome: outcome, cause: cause, reason: "why")
        let event = record.event(session: "chat-1")
        #expect(event.attributes["cause"] == cause.rawValue)
        #expect(
            CallbackNotice(event, at: Self.at)
                == .tierEscalation(
                    TierEscalationNotice(
                        call: "call-1", session: "chat-1", fromTier: "basic", toTier: "standard", triggerAgent: "sales", qualificationScore: 0.75,
                        costImpactMicroDollars: -900, budgetCheckPassed: passed, outcome: notice, reason: "why", at: Self.at)))
    }
}
