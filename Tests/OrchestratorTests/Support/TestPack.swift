import Orchestrator

/// The shape of the shipped telecom pack, written as values.
extension DomainPack {
    static let telecom = DomainPack(
        name: "telecom", organisation: "Northwind Mobile",
        agents: [
            AgentDefinition(
                name: "reception", role: "Answers.", greeting: "Hello, this is {organisation}. How can I help you?",
                handsOverTo: ["billing", "sales"]),
            AgentDefinition(name: "billing", role: "Bills.", handsOverTo: ["reception"]),
            AgentDefinition(name: "sales", role: "Plans.", handsOverTo: ["reception"]),
        ],
        intents: [
            IntentDefinition(name: "check_usage", workflow: "data_balance", examples: ["how much data is left"]),
            IntentDefinition(name: "invoices", workflow: "billing_summary", examples: ["my bill"]),
            IntentDefinition(name: "change_plan", workflow: "change_plan", examples: ["change my plan"]),
            IntentDefinition(name: "activate_roaming", examples: ["turn on roaming"]),
            IntentDefinition(name: "human_agent", handoff: true, examples: ["a person"]),
        ],
        entities: [
            EntityDefinition(
                type: .plan, values: ["Basic", "Family Share", "Unlimited Plus", "Traveler"].map { EntityValue(name: $0) })
        ],
        tools: [
            ToolDefinition(
                name: "find_customer", required: ["phone"], outcomes: ["ok": ["customer_id", "first_name"], "not_found": []]),
            ToolDefinition(
                name: "get_usage", required: ["customer_id"],
                outcomes: ["ok": ["plan", "data_left_mb", "data_allowance_mb", "unlimited", "resets_on"]]),
            ToolDefinition(
                name: "get_bill", required: ["customer_id"], optional: ["month"],
                outcomes: ["ok": ["amount_micro", "month", "due_on", "paid"], "not_found": []]),
            ToolDefinition(
                name: "quote_plan", required: ["customer_id", "plan"],
                outcomes: ["ok": ["plan", "price_micro", "difference_micro"], "unknown_plan": [], "same_plan": []]),
            ToolDefinition(
                name: "change_plan", required: ["customer_id", "plan"],
                outcomes: ["ok": ["plan", "price_micro", "effective_on"], "same_plan": []], hasSideEffects: true),
        ],
        workflows: [identify, dataBalance, billingSummary, changePlan],
        phrases: Phrases([
            .greeting: ["Hello, this is {organisation}."], .greetingAgain: ["Hello! What can I do for you?"],
            .help: ["I can {capabilities}, or put you through to a person."], .goodbye: ["Goodbye!"], .thanks: ["You're welcome."],
            .anythingElse: ["Anything else?", "What else?"], .goOn: ["Go ahead."], .cancelled: ["All right, we'll leave that."],
            .nothingToCancel: ["There's nothing to stop."], .notUnderstood: ["I didn't catch that."],
            .notUnderstoodOptions: ["I can {capabilities}."], .clarify: ["Sorry?"], .confirmAgain: ["Please say yes or no."],
            .confirmIntent: ["Would you like me to {title}?"], .outOfScope: ["I can't help with that. I can {capabilities}."],
            .notOffered: ["I can't do that. I can {capabilities}."], .handoff: ["I'll put you through."],
            .handoffAfterTrouble: ["Sorry, a colleague takes over."], .handoffFailed: ["Nobody is free."], .fallback: ["Sorry, that took too long."],
            .toolFailed: ["Our systems are down."], .working: ["One moment."], .stillWorking: ["Still working."],
            .resume: ["Now, you wanted me to {title}."], .silenceFirst: ["Are you there?"],
            .silenceSecond: ["I can {capabilities}."],
            .silenceGoodbye: ["I'll hang up now."],
        ]),
        qualification: QualificationRules(
            intents: ["change_plan": 0.5, "check_usage": 0.1, "invoices": 0.15],
            values: [.init(slot: "plan", weights: ["Unlimited Plus": 0.3, "Family Share": 0.2, "Traveler": 0.1])],
            conditions: [.init(name: "dearer_plan", when: Condition("quote.difference_micro", .above(0)), weight: 0.2)],
            words: [.init(name: "keen", words: ["upgrade", "more data"], weight: 0.1)], perTurn: 0.01, turnsMaximum: 0.05))

    private static let identify = WorkflowDefinition(
        name: "identify_customer", isFragment: true,
        steps: [
            WorkflowStep(
                id: "phone", when: [Condition("customer.customer_id", .unknown)],
                action: .ask(
                    AskStep(
                        slot: "phone", type: .phone, question: ["What's your phone number?"],
                        again: ["Your number, digit by digit, please."],
                        fact: "caller_phone",
                        check: AnswerCheck(
                            tool: "find_customer", arguments: ["phone": "{phone}"], save: "customer", keep: true,
                            refuse: ["not_found": "I can't find {phone|digits}."]))))
        ])

    private static let dataBalance = WorkflowDefinition(
        name: "data_balance", title: "check your data balance", agent: "billing",
        steps: [
            WorkflowStep(id: "identify", action: .include("identify_customer")),
            WorkflowStep(
                id: "usage",
                action: .call(CallStep(tool: "get_usage", arguments: ["customer_id": "{customer.customer_id}"], save: "usage"))),
            WorkflowStep(
                id: "unlimited", when: [Condition("usage.unlimited", .equals("true"))],
                action: .say(SayStep(text: ["Your data is unlimited."], then: .done))),
            WorkflowStep(
                id: "left",
                action: .say(
                    SayStep(text: ["You have {usage.data_left_mb|data} left. It resets on {usage.resets_on|date}."], then: .done))),
        ])

    private static let billingSummary = WorkflowDefinition(
        name: "billing_summary", title: "go over your bill", agent: "billing",
        steps: [
            WorkflowStep(id: "identify", action: .include("identify_customer")),
            WorkflowStep(id: "month", action: .ask(AskStep(slot: "month", type: .month, isOptional: true))),
            WorkflowStep(
                id: "bill",
                action: .call(
                    CallStep(
                        tool: "get_bill", arguments: ["customer_id": "{customer.customer_id}", "month": "{month?}"], save: "bill",
                        outcomes: ["not_found": .step("none")]))),
            WorkflowStep(
                id: "paid", action: .say(SayStep(text: ["Your {bill.month|month} bill is {bill.amount_micro|money}."], then: .done))
            ),
            WorkflowStep(id: "none", action: .say(SayStep(text: ["There's no such bill."], then: .done))),
        ])

    private static let changePlan = WorkflowDefinition(
        name: "change_plan", title: "change your plan", agent: "sales", maximumQuestions: 8,
        steps: [
            WorkflowStep(id: "identify", action: .include("identify_customer")),
            WorkflowStep(
                id: "plan",
                action: .ask(
                    AskStep(
                        slot: "plan", type: .plan, question: ["Which plan would you like?"], again: ["Which plan?"],
                        check: AnswerCheck(
                            tool: "quote_plan", arguments: ["customer_id": "{customer.customer_id}", "plan": "{plan}"],
                            save: "quote",
                            refuse: ["unknown_plan": "We don't have that.", "same_plan": "You're already on {plan}."])))),
            WorkflowStep(
                id: "confirm",
                action: .confirm(
                    ConfirmStep(question: ["{quote.plan} is {quote.price_micro|money} a month. Shall I?"], no: .step("declined")))),
            WorkflowStep(
                id: "change",
                action: .call(
                    CallStep(
                        tool: "change_plan", arguments: ["customer_id": "{customer.customer_id}", "plan": "{plan}"], save: "change",
                        working: "I'm changing it now."))),
            WorkflowStep(
                id: "changed",
                action: .say(SayStep(text: ["Done. {change.plan} starts on {change.effective_on|date}."], then: .done))),
            WorkflowStep(id: "declined", action: .say(SayStep(text: ["I've left your plan as it is."], then: .abandon))),
        ])
}
