import Orchestrator

/// The calls of `media-gateway demo`: what recorded callers say, and how each call must go.
struct DemoScript {
    /// One thing a caller says, and what must come of it.
    struct Line: Sendable {
        var text: String
        /// The intent that the decision must name; `nil` where the answer to a question is all that counts.
        var intent: String?
        /// Slots that must be filled after this turn.
        var slots: [String: String] = [:]
    }
    struct Call: Sendable {
        var name: String
        var title: String
        /// Flite's voice of the caller; the gateway speaks with others.
        var voice: String
        var from: String
        var lines: [Line]
        /// The tier of the call's last reply.
        var endsOnTier: String
        /// A step on the ladder of tiers that must be on record.
        var escalation: Escalation?
        /// The plan that the operator's database must show afterwards.
        var planAfterwards: String?
        /// Today's budget is used up by other calls before this one.
        var budgetIsSpent = false
        var endsWith: String
    }
    enum Escalation: String, Sendable { case performed, refused }

    static let calls: [Call] = [
        Call(
            name: "data-balance", title: "How much data is left?", voice: "slt", from: "+15550101",
            lines: [
                Line(text: "I want to check my data balance.", intent: "check_usage"),
                Line(text: "No, that is all, thank you. Goodbye."),
            ], endsOnTier: "basic", endsWith: "goodbye"),
        Call(
            name: "billing-summary", title: "What is on the bill?", voice: "awb", from: "+15550102",
            lines: [
                Line(text: "Can you tell me how much my last bill was?", intent: "invoices"),
                Line(text: "No, that is all, thank you. Goodbye."),
            ], endsOnTier: "basic", endsWith: "goodbye"),
        Call(
            name: "change-package", title: "A dearer package, and a better voice", voice: "slt", from: "+15550107",
            lines: [
                Line(text: "I would like to change my plan, please.", intent: "change_plan"),
                Line(text: "I would like Unlimited Plus.", slots: ["plan": "Unlimited Plus"]),
                Line(text: "Yes, I would like that.", slots: ["plan": "Unlimited Plus", "confirm": "yes"]),
                Line(text: "No, that is all, thank you. Goodbye."),
            ], endsOnTier: "standard", escalation: .performed, planAfterwards: "Unlimited Plus", endsWith: "goodbye"),
        Call(
            name: "change-package-no-budget", title: "The same wish, when today's budget is spent", voice: "awb", from: "+15550104",
            lines: [
                Line(text: "Please change my plan to Unlimited Plus.", intent: "change_plan", slots: ["plan": "Unlimited Plus"]),
                Line(text: "Yes, please do that.", slots: ["plan": "Unlimited Plus", "confirm": "yes"]),
                Line(text: "No, that is all, thank you. Goodbye."),
            ], endsOnTier: "basic", escalation: .refused, planAfterwards: "Unlimited Plus", budgetIsSpent: true, endsWith: "goodbye"),
        Call(
            name: "a-person", title: "Something else, and then a person", voice: "slt", from: "+15550105",
            lines: [
                Line(text: "What is the weather like in Paris today?", intent: Decision.outOfScope),
                Line(text: "I want to talk to a real person.", intent: "human_agent"),
            ], endsOnTier: "basic", endsWith: "handoff"),
    ]
}
