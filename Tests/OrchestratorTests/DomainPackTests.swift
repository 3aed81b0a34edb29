import Orchestrator
import Testing

@Suite("A pack reports all its inconsistencies, each with path, value and what is allowed")
struct DomainPackTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String, path: String, value: String, allowed: String
        var damage: @Sendable (inout DomainPack) -> Void
        var testDescription: String { name }
        init(
            _ name: String, _ path: String, _ value: String, _ allowed: String,
            _ damage: @escaping @Sendable (inout DomainPack) -> Void
        ) {
            (self.name, self.path, self.value, self.allowed, self.damage) = (name, path, value, allowed, damage)
        }
    }

    @Test("A sound pack has no problems")
    func sound() { #expect(DomainPack.telecom.validate() == []) }

    /// Replaces the action of a step of the plan change.
    static func step(_ id: String, _ pack: inout DomainPack, _ change: (inout WorkflowStep) -> Void) {
        let workflow = pack.workflows.firstIndex { $0.name == "change_plan" }!
        let step = pack.workflows[workflow].steps.firstIndex { $0.id == id }!
        change(&pack.workflows[workflow].steps[step])
    }

    @Test(arguments: [
        Case("unknown workflow", "intents.invoices.workflow", "bills", "one of: data_balance, billing_summary, change_plan") {
            $0.intents[1].workflow = "bills"
        },
        Case("fragment asked for", "intents.invoices.workflow", "identify_customer", "one of: data_balance") {
            $0.intents[1].workflow = "identify_customer"
        },
        Case("unknown agent", "workflows.change_plan.agent", "legal", "one of: reception, billing, sales") {
            $0.workflows[3].agent = "legal"
        },
        Case("agent out of reach", "workflows.change_plan.agent", "sales", "hands over to") {
            $0.agents[0].handsOverTo = ["billing"]
        },
        Case("unknown hand-over", "agents.sales.hands_over_to", "legal", "one of: reception, billing") {
            $0.agents[2].handsOverTo = ["legal"]
        },
        Case("unknown tool", "workflows.change_plan.steps.change.call", "swap_plan", "one of: find_customer") {
            step("change", &$0) { $0.action = .call(CallStep(tool: "swap_plan")) }
        },
        Case("missing argument", "workflows.change_plan.steps.change.with", "", "the argument plan of change_plan") {
            step("change", &$0) {
                $0.action = .call(
                    CallStep(tool: "change_plan", arguments: ["customer_id": "{customer.customer_id}"], save: "change"))
            }
        },
        Case("unknown argument", "workflows.change_plan.steps.change.with.when", "when", "one of: customer_id, plan") {
            step("change", &$0) {
                $0.action = .call(
                    CallStep(
                        tool: "change_plan", arguments: ["customer_id": "{customer.customer_id}", "plan": "{plan}", "when": "now"],
                        save: "change"))
            }
        },
        Case("unknown outcome", "workflows.change_plan.steps.change.on", "refused", "one of: ok, same_plan") {
            step("change", &$0) {
                $0.action = .call(
                    CallStep(
                        tool: "change_plan", arguments: ["customer_id": "{customer.customer_id}", "plan": "{plan}"], save: "change",
                        outcomes: ["refused": .handoff]))
            }
        },
        Case("unknown placeholder", "workflows.change_plan.steps.changed.say", "{change.colour}", "change.effective_on") {
            step("changed", &$0) { $0.action = .say(SayStep(text: ["It is {change.colour}."])) }
        },
        Case("unknown format", "workflows.change_plan.steps.changed.say", "roman", "one of: money, data, date") {
            step("changed", &$0) { $0.action = .say(SayStep(text: ["{plan|roman}"])) }
        },
        Case("open brace", "workflows.change_plan.steps.changed.say", "{plan", "each brace closed") {
            step("changed", &$0) { $0.action = .say(SayStep(text: ["{plan"])) }
        },
        Case("unknown slot in a condition", "workflows.change_plan.steps.changed.when", "colour", "one of: change.") {
            step("changed", &$0) { $0.when = [Condition("colour", .known)] }
        },
        Case("a way back", "workflows.change_plan.steps.changed.then", "plan", "it would be a cycle") {
            step("changed", &$0) { $0.action = .say(SayStep(text: ["Again."], then: .step("plan"))) }
        },
        Case(
            "unknown step", "workflows.change_plan.steps.confirm.no", "nowhere",
            "next, done, abandon, handoff, change, changed, declined"
        ) {
            step("confirm", &$0) { $0.action = .confirm(ConfirmStep(question: ["{plan}?"], no: .step("nowhere"))) }
        },
        Case(
            "fragments in a circle", "workflows.identify_customer.steps.loop.include", "identify_customer → identify_customer",
            "circle"
        ) {
            $0.workflows[0].steps.append(WorkflowStep(id: "loop", action: .include("identify_customer")))
        },
        Case("unknown fragment", "workflows.data_balance.steps.identify.include", "identify", "one of: identify_customer") {
            $0.workflows[1].steps[0].action = .include("identify")
        },
        Case("unknown option", "workflows.change_plan.steps.plan.options", "Gold", "one of: Basic") {
            step("plan", &$0) { $0.action = .ask(AskStep(slot: "plan", type: .plan, question: ["Which?"], options: ["Gold"])) }
        },
        Case("too many attempts", "workflows.change_plan.steps.plan.attempts", "50", "1...5") {
            step("plan", &$0) { $0.action = .ask(AskStep(slot: "plan", type: .plan, question: ["Which?"], attempts: 50)) }
        },
        Case("step twice", "workflows.data_balance.steps.usage.id", "usage", "each id once") {
            $0.workflows[1].steps.append($0.workflows[1].steps[1])
        },
        Case("missing phrase", "phrases.fallback", "", "at least one text") { $0.phrases.variants[.fallback] = nil },
        Case("placeholder that a phrase cannot know", "phrases.goodbye", "{title}", "organisation") {
            $0.phrases.variants[.goodbye] = ["{title}"]
        },
        Case("unknown intent in qualification", "qualification.intents.upsell", "upsell", "one of: check_usage") {
            $0.qualification.intents["upsell"] = 0.1
        },
        Case("unknown value in qualification", "qualification.values.plan.weights", "Gold", "one of: Basic") {
            $0.qualification.values[0].weights["Gold"] = 0.1
        },
        Case("weight out of range", "qualification.intents.invoices", "7.0", "-1...1") { $0.qualification.intents["invoices"] = 7 },
        Case("limit out of range", "limits.patience", "0", "1...50") { $0.limits.patience = 0 },
        Case("currency", "currency", "dollars", "ISO 4217") { $0.currency = "dollars" },
    ])
    func reports(_ damaged: Case) throws {
        var pack = DomainPack.telecom
        damaged.damage(&pack)
        let problem = try #require(pack.validate().first { $0.path == damaged.path }, "\(pack.validate())")
        #expect(problem.value == damaged.value)
        #expect(problem.allowed.contains(damaged.allowed))
    }

    @Test("All at once")
    func all() {
        var pack = DomainPack.telecom
        pack.currency = "x"
        pack.intents[0].workflow = "x"
        pack.limits.maximumTurns = 0
        #expect(pack.validate().map(\.path) == ["currency", "intents.check_usage.workflow", "limits.maximum_turns"])
    }

    @Test(
        "Conditions as packs write them",
        arguments: [
            ("usage.unlimited is true", Condition("usage.unlimited", .equals("true"))),
            ("month is known", Condition("month", .known)),
            ("a.b is unknown", Condition("a.b", .unknown)),
            ("plan is not Family Share", Condition("plan", .differs("Family Share"))),
            ("x above 0.5", Condition("x", .above(0.5))), ("x below 1", Condition("x", .below(1))), ("x above lots", nil),
            ("x", nil),
            ("x is", nil), ("x is not", nil), ("x equals 3", nil),
        ] as [(String, Condition?)])
    func conditions(_ text: String, _ condition: Condition?) { #expect(Condition(parsing: text) == condition) }
}
