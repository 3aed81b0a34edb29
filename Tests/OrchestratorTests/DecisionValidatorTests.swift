import Foundation
import Orchestrator
import Testing

@Suite("Advice is held against the pack; what does not fit is rejected as a whole")
struct DecisionValidatorTests {
    static let open = UnderstandingContext(now: TestCall.today)
    static let askingForPlan = UnderstandingContext(
        expecting: ExpectedSlot(name: "plan", type: .plan, options: ["Basic", "Traveler"]), workflow: "change_plan",
        now: TestCall.today)
    let validator = DecisionValidator(pack: .telecom)

    static func decision(
        _ intent: String = "check_usage", _ confidence: Double = 0.9, entities: [Entity] = [], workflow: String? = nil,
        action: Decision.NextAction = .runWorkflow, question: String? = nil
    ) -> Decision {
        Decision(
            intent: intent, confidence: confidence, entities: entities, workflow: workflow, nextAction: action,
            clarificationQuestion: question)
    }

    @Test(
        "What fits passes",
        arguments: [
            decision(), decision(Decision.outOfScope, 0, action: .answer), decision("yes", 1, action: .answer),
            decision("check_usage", 1),
            decision("change_plan", entities: [Entity(type: "plan", value: "Traveler", text: "travel")], workflow: "change_plan"),
            decision("change_plan", workflow: "change_plan", action: .askSlot, question: "Which plan?"),
            decision("invoices", action: .clarify, question: "Your bill?"),
        ])
    func passes(_ decision: Decision) { #expect(validator.rejection(of: decision, in: Self.open) == nil) }

    @Test(
        "What does not is named",
        arguments: [
            (decision("buy_house"), DecisionValidator.Rejection.unknownIntent),
            (decision("check_usage", 1.01), .confidenceOutOfRange), (decision("check_usage", -0.1), .confidenceOutOfRange),
            (decision("check_usage", .nan), .confidenceOutOfRange), (decision("check_usage", .infinity), .confidenceOutOfRange),
            (decision(workflow: "delete_everything"), .unknownWorkflow),
            // A fragment is no workflow that anybody may ask for.
            (decision(workflow: "identify_customer"), .unknownWorkflow),
            (decision(entities: [Entity(type: "password", value: "x", text: "x")]), .unknownEntityType),
            (decision(entities: [Entity(type: "plan", value: "Free", text: "free")]), .malformedEntity),
            (decision(entities: [Entity(type: "phone", value: "1' OR 1=1", text: "")]), .malformedEntity),
            (decision(entities: Array(repeating: Entity(type: "number", value: "1", text: "1"), count: 33)), .tooManyEntities),
            (decision(action: .clarify, question: nil), .clarificationFillsNoSlot),
            (decision(action: .clarify, question: "  "), .clarificationFillsNoSlot),
            (decision("activate_roaming", action: .clarify, question: "Where?"), .clarificationFillsNoSlot),
            (decision(Decision.outOfScope, action: .askSlot, question: "Your mother's name?"), .clarificationFillsNoSlot),
            (decision(action: .answer, question: "And now?"), .strayQuestion),
        ])
    func rejects(_ decision: Decision, _ reason: DecisionValidator.Rejection) {
        #expect(validator.rejection(of: decision, in: Self.open) == reason)
    }

    @Test(
        "A model's value stands in what was said: whole words, in order, whatever their case",
        arguments: [
            ("I want the Travel one", "travel", true), ("I want the travel-one!", "Travel one", true), ("I travelled a lot", "travel", false),
            ("one travel", "travel one", false), ("what do you have", "travel", false), ("what do you have", "", false), ("", "", false),
        ])
    func heldToWhatWasSaid(said: String, text: String, holds: Bool) {
        let decision = Self.decision("change_plan", entities: [Entity(type: "plan", value: "Traveler", text: text)], workflow: "change_plan")
        #expect(validator.rejection(of: decision, in: Self.open, said: said) == (holds ? nil : .unspokenValue))
    }

    @Test("An open question narrows what may be answered, and gives a clarification its slot")
    func openQuestion() {
        let family = Self.decision(
            Decision.outOfScope, entities: [Entity(type: "plan", value: "Family Share", text: "")], action: .answer)
        #expect(validator.rejection(of: family, in: Self.askingForPlan) == .malformedEntity)
        let ask = Self.decision(Decision.outOfScope, action: .askSlot, question: "Which one?")
        #expect(validator.rejection(of: ask, in: Self.askingForPlan) == nil)
    }
}
