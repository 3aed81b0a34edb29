/// A workflow with its fragments put in place and every target resolved to a position.
///
/// Targets lead forward only, so that a walk through the program ends whatever the tools answer.
struct WorkflowProgram: Sendable {
    enum Jump: Sendable, Equatable {
        case to(Int)
        case done, abandon, handoff
    }
    enum Operation: Sendable {
        /// Leads past a fragment whose condition does not hold.
        case skip(unless: [Condition], to: Int)
        case call(CallStep, on: [String: Jump], failed: Jump)
        case ask(AskStep, exhausted: Jump)
        case confirm(ConfirmStep, yes: Jump, no: Jump, exhausted: Jump)
        case say([String], then: Jump)
    }
    struct Instruction: Sendable {
        /// The path of the step, e.g. `identify/phone`.
        var id: String
        var when: [Condition]
        var operation: Operation
    }
    /// Fragments in fragments, at most; a pack with a cycle is refused by its validation.
    static let maximumDepth = 8

    let workflow: WorkflowDefinition
    private(set) var instructions: [Instruction] = []

    init(_ workflow: WorkflowDefinition, in pack: DomainPack) {
        self.workflow = workflow
        append(workflow, in: pack, path: "", depth: 0, exits: .workflow)
    }

    /// What `done` means where a list of steps stands.
    private enum Exit { case workflow, fragment }

    private mutating func append(_ workflow: WorkflowDefinition, in pack: DomainPack, path: String, depth: Int, exits: Exit) {
        // Two passes: where each step begins, then the instructions with their jumps.
        let lengths = workflow.steps.map { Self.length($0, in: pack, depth: depth) }
        let base = instructions.count
        var starts: [Int] = []
        var position = base
        for length in lengths {
            starts.append(position)
            position += length
        }
        let end = position

        for (index, step) in workflow.steps.enumerated() {
            let following = index + 1 < starts.count ? starts[index + 1] : end
            func resolve(_ target: StepTarget) -> Jump {
                switch target {
                case .next: return .to(following)
                case .done: return exits == .workflow ? .done : .to(end)
                case .abandon: return .abandon
                case .handoff: return .handoff
                case .step(let id):
                    guard let goal = workflow.steps.firstIndex(where: { $0.id == id }), goal > index else { return .handoff }
                    return .to(starts[goal])
                }
            }
            let id = path + step.id
            switch step.action {
            case .call(let call):
                let operation = Operation.call(call, on: call.outcomes.mapValues(resolve), failed: resolve(call.failed))
                instructions.append(Instruction(id: id, when: step.when, operation: operation))
            case .ask(let ask):
                instructions.append(Instruction(id: id, when: step.when, operation: .ask(ask, exhausted: resolve(ask.exhausted))))
            case .confirm(let confirm):
                let operation = Operation.confirm(
                    confirm, yes: resolve(confirm.yes), no: resolve(confirm.no), exhausted: resolve(confirm.exhausted))
                instructions.append(Instruction(id: id, when: step.when, operation: operation))
            case .say(let say):
                instructions.append(Instruction(id: id, when: step.when, operation: .say(say.text, then: resolve(say.then))))
            case .include(let name):
                guard depth < Self.maximumDepth, let fragment = pack.workflow(name) else { continue }
                instructions.append(Instruction(id: id, when: [], operation: .skip(unless: step.when, to: following)))
                append(fragment, in: pack, path: id + "/", depth: depth + 1, exits: .fragment)
            }
        }
    }

    private static func length(_ step: WorkflowStep, in pack: DomainPack, depth: Int) -> Int {
        guard case .include(let name) = step.action else { return 1 }
        guard depth < maximumDepth, let fragment = pack.workflow(name) else { return 0 }
        return fragment.steps.reduce(1) { $0 + length($1, in: pack, depth: depth + 1) }
    }

    /// Where a slot is filled, if it is asked for here.
    func position(asking slot: String) -> Int? {
        instructions.firstIndex { if case .ask(let ask, _) = $0.operation { ask.slot == slot } else { false } }
    }

    /// The slots in the order in which they are asked for.
    var asks: [AskStep] {
        instructions.compactMap { if case .ask(let ask, _) = $0.operation { ask } else { nil } }
    }
}
