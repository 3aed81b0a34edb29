/// Judges one workflow against the pack: targets that lead forward, tools and their arguments, what texts and conditions refer to.
struct WorkflowCheck {
    private let workflow: WorkflowDefinition
    private let pack: DomainPack
    private let path: String

    init(_ workflow: WorkflowDefinition, _ pack: DomainPack) {
        (self.workflow, self.pack, path) = (workflow, pack, "workflows.\(workflow.name)")
    }

    /// All that some step of this workflow, or of what it includes, makes known: slots, `saved.value`.
    var references: [String] { Self.references(of: workflow, in: pack, depth: 0) }

    private static func references(of workflow: WorkflowDefinition, in pack: DomainPack, depth: Int) -> [String] {
        guard depth <= WorkflowProgram.maximumDepth else { return [] }
        return workflow.steps.flatMap { step -> [String] in
            switch step.action {
            case .call(let call): saved(call.save, call.tool, pack)
            case .ask(let ask): [ask.slot] + (ask.check.map { saved($0.save, $0.tool, pack) } ?? [])
            case .confirm(let confirm): [confirm.slot]
            case .say: []
            case .include(let name): pack.workflow(name).map { references(of: $0, in: pack, depth: depth + 1) } ?? []
            }
        }
    }

    private static func saved(_ save: String?, _ tool: String, _ pack: DomainPack) -> [String] {
        guard let save, let tool = pack.tool(tool) else { return [] }
        return Set(tool.outcomes.values.joined()).sorted().map { "\(save).\($0)" }
    }

    func run(into problems: inout [DomainProblem]) {
        func add(_ place: String, _ value: String, _ allowed: String) {
            problems.append(DomainProblem(path: path + place, value: value, allowed: allowed))
        }
        if !workflow.isFragment, workflow.title.isEmpty { add(".title", "", "what it does, as in \"I can …\"") }
        if !(1...30 ~= workflow.maximumQuestions) { add(".maximum_questions", "\(workflow.maximumQuestions)", "1...30") }
        if workflow.steps.isEmpty { add(".steps", "", "at least one step") }
        if let agent = workflow.agent { problems += reach(agent) }
        if !workflow.isFragment { problems += forbidden }

        var seen: Set<String> = []
        for (index, step) in workflow.steps.enumerated() {
            let place = ".steps.\(step.id)"
            if step.id.isEmpty || ["next", "done", "abandon", "handoff"].contains(step.id) || step.id.contains("/") {
                add(place + ".id", step.id, "a name of its own; next, done, abandon and handoff are targets")
            }
            if !seen.insert(step.id).inserted { add(place + ".id", step.id, "each id once in a workflow") }
            problems += judge(step, at: index, path + place)
        }
    }

    /// The agent must exist, and the first one must be able to get the caller there.
    private func reach(_ agent: String) -> [DomainProblem] {
        let names = pack.agents.map(\.name)
        guard names.contains(agent) else {
            return [DomainProblem(path: path + ".agent", value: agent, allowed: DomainCheck.oneOf(names))]
        }
        guard let first = pack.agents.first, agent != first.name, !first.handsOverTo.contains(agent) else { return [] }
        let allowed = "an agent that \(first.name) hands over to; " + DomainCheck.oneOf([first.name] + first.handsOverTo)
        return [DomainProblem(path: path + ".agent", value: agent, allowed: allowed)]
    }

    /// Tools that somebody who may run this workflow may not use. Its agent runs it, or whoever cannot pass the caller on to that one; without
    /// an agent, anybody may. Fragments count where they are included.
    private var forbidden: [DomainProblem] {
        if let agent = workflow.agent, pack.agent(agent) == nil { return [] }
        let runners = pack.agents.filter { agent in
            guard let wanted = workflow.agent, wanted != agent.name else { return true }
            return pack.path(from: agent.name, to: wanted).isEmpty
        }
        return runners.flatMap { agent in
            Self.calls(of: workflow, in: pack, depth: 0).filter { !agent.mayUse($0.tool) && pack.tool($0.tool) != nil }.map { call in
                DomainProblem(
                    path: path + call.place, value: call.tool,
                    allowed: "a tool that \(agent.name), who may run this, is allowed (agents.\(agent.name).tools); "
                        + DomainCheck.oneOf(agent.tools ?? []))
            }
        }
    }

    /// The tools that it calls, each with the step; a fragment's under the step that includes it.
    private static func calls(of workflow: WorkflowDefinition, in pack: DomainPack, depth: Int) -> [(place: String, tool: String)] {
        guard depth <= WorkflowProgram.maximumDepth else { return [] }
        return workflow.steps.flatMap { step -> [(place: String, tool: String)] in
            let place = ".steps.\(step.id)"
            switch step.action {
            case .call(let call): return [(place + ".call", call.tool)]
            case .ask(let ask): return ask.check.map { [(place + ".check.call", $0.tool)] } ?? []
            case .include(let name):
                let tools = pack.workflow(name).map { calls(of: $0, in: pack, depth: depth + 1).map(\.tool) } ?? []
                return Set(tools).sorted().map { (place + ".include", $0) }
            case .confirm, .say: return []
            }
        }
    }

    private func judge(_ step: WorkflowStep, at index: Int, _ place: String) -> [DomainProblem] {
        var problems: [DomainProblem] = []
        let known = references
        for condition in step.when where !known.contains(condition.reference) && !condition.reference.hasPrefix("fact.") {
            problems.append(
                .init(
                    path: place + ".when", value: condition.reference, allowed: DomainCheck.oneOf(known.sorted()) + ", or fact.NAME"
                ))
        }
        func text(_ variants: [String], _ key: String, isNeeded: Bool = true) {
            if variants.isEmpty, isNeeded { problems.append(.init(path: place + key, value: "", allowed: "at least one text")) }
            for variant in variants {
                problems += TemplateCheck.problems(variant, place + key, allowed: known + ["organisation", "capabilities"])
            }
        }
        func lead(_ target: StepTarget, _ key: String) { problems += forward(target, from: index, place + key) }
        func attempts(_ count: Int) {
            if !(1...5 ~= count) { problems.append(.init(path: place + ".attempts", value: "\(count)", allowed: "1...5")) }
        }
        switch step.action {
        case .say(let say):
            text(say.text, ".say")
            lead(say.then, ".then")
        case .confirm(let confirm):
            text(confirm.question, ".question")
            attempts(confirm.attempts)
            lead(confirm.yes, ".yes")
            lead(confirm.no, ".no")
            lead(confirm.exhausted, ".exhausted")
        case .ask(let ask):
            text(ask.question, ".question", isNeeded: !ask.isOptional)
            text(ask.again, ".again", isNeeded: false)
            attempts(ask.attempts)
            lead(ask.exhausted, ".exhausted")
            problems += options(of: ask, place)
            if let check = ask.check {
                problems += call(check.tool, check.arguments, place + ".check", known)
                for outcome in check.accept { problems += declared(outcome, of: check.tool, place + ".check.accept") }
                for (outcome, said) in check.refuse.sorted(by: { $0.key < $1.key }) {
                    problems += declared(outcome, of: check.tool, place + ".check.refuse")
                    text([said], ".check.refuse.\(outcome)")
                }
            }
        case .call(let call):
            problems += self.call(call.tool, call.arguments, place, known)
            for (outcome, target) in call.outcomes.sorted(by: { $0.key < $1.key }) {
                problems += declared(outcome, of: call.tool, place + ".on")
                lead(target, ".on.\(outcome)")
            }
            lead(call.failed, ".failed")
            if let working = call.working {
                problems += TemplateCheck.problems(working, place + ".working", allowed: Phrases.Key.working.placeholders)
            }
        case .include(let name): problems += include(name, place + ".include")
        }
        return problems
    }

    private func options(of ask: AskStep, _ place: String) -> [DomainProblem] {
        var problems: [DomainProblem] = []
        let values = pack.values(of: ask.type)
        for option in ask.options where !values.isEmpty && !values.contains(option) {
            problems.append(.init(path: place + ".options", value: option, allowed: DomainCheck.oneOf(values)))
        }
        if ask.type == .plan || ask.type == .choice, ask.options.isEmpty, values.isEmpty {
            problems.append(
                .init(
                    path: place + ".options", value: "",
                    allowed: "options here, or values of \(ask.type.rawValue) among the entities"))
        }
        if ask.type == .confirmation {
            problems.append(.init(path: place + ".type", value: "confirmation", allowed: "a confirm step"))
        }
        if ask.range != nil, ![.number, .money, .data].contains(ask.type) {
            problems.append(
                .init(path: place + ".range", value: ask.type.rawValue, allowed: "ranges are for number, money and data"))
        }
        return problems
    }

    private func forward(_ target: StepTarget, from index: Int, _ place: String) -> [DomainProblem] {
        guard case .step(let id) = target else { return [] }
        let later = workflow.steps[(index + 1)...].map(\.id)
        guard !later.contains(id) else { return [] }
        let isBack = workflow.steps[...index].contains { $0.id == id }
        let allowed =
            (isBack ? "no way back, it would be a cycle; " : "") + "next, done, abandon, handoff" + later.map { ", \($0)" }.joined()
        return [DomainProblem(path: place, value: id, allowed: allowed)]
    }

    private func declared(_ outcome: String, of tool: String, _ place: String) -> [DomainProblem] {
        guard let tool = pack.tool(tool), tool.outcomes[outcome] == nil else { return [] }
        return [DomainProblem(path: place, value: outcome, allowed: DomainCheck.oneOf(tool.outcomes.keys.sorted()))]
    }

    private func call(_ name: String, _ arguments: [String: String], _ place: String, _ known: [String]) -> [DomainProblem] {
        guard let tool = pack.tool(name) else {
            return [DomainProblem(path: place + ".call", value: name, allowed: DomainCheck.oneOf(pack.tools.map(\.name)))]
        }
        var problems: [DomainProblem] = []
        for argument in tool.required where arguments[argument] == nil {
            problems.append(.init(path: place + ".with", value: "", allowed: "the argument \(argument) of \(name)"))
        }
        for (argument, text) in arguments.sorted(by: { $0.key < $1.key }) {
            if !(tool.required + tool.optional).contains(argument) {
                problems.append(
                    .init(
                        path: place + ".with.\(argument)", value: argument,
                        allowed: DomainCheck.oneOf(tool.required + tool.optional)))
            }
            problems += TemplateCheck.problems(text, place + ".with.\(argument)", allowed: known)
            if tool.required.contains(argument), (try? Template(text))?.soleOptional != nil {
                problems.append(
                    .init(path: place + ".with.\(argument)", value: text, allowed: "\(argument) is required: without ?"))
            }
        }
        return problems
    }

    private func include(_ name: String, _ place: String) -> [DomainProblem] {
        let fragments = pack.workflows.filter(\.isFragment).map(\.name)
        guard fragments.contains(name) else {
            return [DomainProblem(path: place, value: name, allowed: DomainCheck.oneOf(fragments))]
        }
        guard let cycle = cycle(from: name, path: [workflow.name]) else { return [] }
        return [
            DomainProblem(
                path: place, value: cycle.joined(separator: " → "), allowed: "fragments that do not include each other in a circle")
        ]
    }

    private func cycle(from name: String, path: [String]) -> [String]? {
        guard !path.contains(name), path.count <= WorkflowProgram.maximumDepth else { return path + [name] }
        for case .include(let next) in pack.workflow(name)?.steps.map(\.action) ?? [] {
            if let found = cycle(from: next, path: path + [name]) { return found }
        }
        return nil
    }
}
