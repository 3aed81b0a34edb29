import Orchestrator

/// What the pack's workflows ask: the questions for their slots, and the types that they need.
struct QuestionBook: Sendable {
    private var questions: [String: [String: String]] = [:]
    private var types: [String: Set<SlotType>] = [:]
    private var offers: [String: String] = [:]
    private let fallback: String

    init(_ pack: DomainPack) {
        fallback = pack.phrases.variants[.clarify]?.first ?? "Could you say that again?"
        let offer = pack.phrases.variants[.confirmIntent]?.first ?? "Would you like me to {title}?"
        for workflow in pack.workflows where !workflow.isFragment {
            var asked: [String: String] = [:]
            var types: Set<SlotType> = []
            Self.collect(workflow.steps, pack, depth: 0, &asked, &types)
            (questions[workflow.name], self.types[workflow.name]) = (asked, types)
            if !workflow.title.isEmpty { offers[workflow.name] = offer.replacing("{title}", with: workflow.title) }
        }
    }

    /// The question for an open slot once more.
    func question(for slot: ExpectedSlot, in workflow: String?) -> String {
        workflow.flatMap { questions[$0]?[slot.name] } ?? fallback
    }
    /// Types of the slots that a workflow fills.
    func types(in workflow: String?) -> Set<SlotType> { workflow.flatMap { types[$0] } ?? [] }
    /// "Would you like me to …?"
    func offer(of workflow: String) -> String? { offers[workflow] }

    private static func collect(
        _ steps: [WorkflowStep], _ pack: DomainPack, depth: Int, _ questions: inout [String: String], _ types: inout Set<SlotType>
    ) {
        // A fragment that includes itself is the pack's problem, not ours.
        guard depth < 8 else { return }
        for step in steps {
            switch step.action {
            case .ask(let ask):
                types.insert(ask.type)
                // Templates with values cannot be filled in here.
                if let question = (ask.again + ask.question).first(where: { !$0.contains("{") }) { questions[ask.slot] = question }
            case .confirm: types.insert(.confirmation)
            case .include(let name): if let fragment = pack.workflow(name) { collect(fragment.steps, pack, depth: depth + 1, &questions, &types) }
            case .call, .say: break
            }
        }
    }
}
