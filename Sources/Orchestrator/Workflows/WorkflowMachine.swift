/// Walks a ``WorkflowRun`` through its program. Decides only: what takes time comes out as an effect.
struct WorkflowMachine {
    enum Effect: Equatable {
        /// Make this call and hand the outcome to ``finish(_:with:)``.
        case call(ToolRequest, working: String?)
        /// Put the question and wait for the caller.
        case ask(ExpectedSlot)
        case finished(Ending)
    }
    enum Ending: Equatable {
        case done, abandoned
        case handoff(reason: String)
    }

    let pack: DomainPack
    let program: WorkflowProgram
    let formatter: ValueFormatter
    var run: WorkflowRun
    /// Facts of the conversation; kept results are added.
    var facts: [String: Fact]
    /// Keys of facts that this walk changed.
    private(set) var changedFacts: Set<String> = []
    /// Sentences for the caller, in order.
    private(set) var said: [String] = []
    var phrasing: Phrasing
    /// Set when a question is put again: what stands in front of it was said already.
    private var isAgain = false
    /// Set when a jump left the program.
    private var ending: Ending?

    init(
        pack: DomainPack, program: WorkflowProgram, formatter: ValueFormatter, run: WorkflowRun, facts: [String: Fact],
        phrasing: Phrasing
    ) {
        (self.pack, self.program, self.formatter, self.run) = (pack, program, formatter, run)
        (self.facts, self.phrasing) = (facts, phrasing)
    }

    /// What is known under a reference: a slot, `saved.value`, or `fact.name`.
    func lookup(_ reference: String) -> String? {
        if reference.hasPrefix("fact.") { return facts[String(reference.dropFirst(5))]?.value }
        guard let point = reference.firstIndex(of: ".") else { return run.slots[reference]?.value }
        let value = String(reference[reference.index(after: point)...])
        return run.results[String(reference[..<point])]?[value] ?? facts[reference]?.value
    }

    /// Goes on until something outside is needed. Every step leads forward, so the walk is as long as the program at most.
    mutating func next() -> Effect {
        run.asking = nil
        while ending == nil {
            guard run.position < program.instructions.count else { return .finished(.done) }
            let instruction = program.instructions[run.position]
            guard instruction.when.allSatisfy({ $0.holds(for: lookup($0.reference)) }) else {
                run.position += 1
                continue
            }
            switch instruction.operation {
            case .skip(let conditions, let end):
                run.position = conditions.allSatisfy { $0.holds(for: lookup($0.reference)) } ? run.position + 1 : end
            case .say(let variants, let then):
                if say(variants, instruction.id) { jump(then) } else { fail(.handoff) }
            case .call(let call, _, let failed):
                guard let request = request(call.tool, call.arguments, .step, instruction.id) else {
                    fail(failed)
                    continue
                }
                return .call(request, working: call.working)
            case .ask(let ask, let exhausted):
                if let effect = visit(ask, instruction.id, exhausted) { return effect }
            case .confirm(let confirm, let yes, let no, let exhausted):
                if let answer = run.slots[confirm.slot], answer.isAccepted {
                    jump(answer.value == "yes" ? yes : no)
                } else if let effect = put(
                    confirm.question, to: ExpectedSlot(name: confirm.slot, type: .confirmation, options: ["yes", "no"]),
                    attempts: confirm.attempts, instruction.id, exhausted)
                {
                    return effect
                }
            }
        }
        return .finished(ending ?? .done)
    }

    /// An ask step: judge the value that is there, take the fact, or put the question.
    private mutating func visit(_ ask: AskStep, _ id: String, _ exhausted: WorkflowProgram.Jump) -> Effect? {
        if run.slots[ask.slot] == nil, let name = ask.fact, let fact = facts[name], run.factsTried.insert(id).inserted {
            run.slots[ask.slot] = .init(value: fact.value, source: fact.source, confidence: fact.confidence)
        }
        if let candidate = run.slots[ask.slot] {
            if candidate.isAccepted {
                run.position += 1
                return nil
            }
            guard isWellFormed(candidate.value, for: ask) else {
                refuse(ask.slot, id, saying: nil)
                return nil
            }
            guard let check = ask.check else {
                run.slots[ask.slot]?.isAccepted = true
                run.position += 1
                return nil
            }
            guard let request = request(check.tool, check.arguments, .check, id) else {
                fail(.handoff)
                return nil
            }
            return .call(request, working: nil)
        }
        if ask.isOptional {
            run.position += 1
            return nil
        }
        let options = ask.options.isEmpty ? pack.values(of: ask.type) : ask.options
        let question = isAgain && !ask.again.isEmpty ? ask.again : ask.question
        return put(
            question, to: ExpectedSlot(name: ask.slot, type: ask.type, options: options), attempts: ask.attempts, id, exhausted)
    }

    private mutating func put(
        _ question: [String], to slot: ExpectedSlot, attempts: Int, _ id: String, _ exhausted: WorkflowProgram.Jump
    ) -> Effect? {
        guard run.attemptsLeft[id, default: attempts] > 0 else {
            jump(exhausted, reason: "attempts_exhausted")
            return nil
        }
        guard run.questionsLeft > 0 else {
            ending = .handoff(reason: "questions_exhausted")
            return nil
        }
        run.attemptsLeft[id] = run.attemptsLeft[id, default: attempts]
        run.questionsLeft -= 1
        guard say(question, isAgain ? id + ".again" : id) else {
            fail(.handoff)
            return nil
        }
        run.asking = slot
        isAgain = false
        return .ask(slot)
    }

    private func isWellFormed(_ value: String, for ask: AskStep) -> Bool {
        let options = ask.options.isEmpty ? pack.values(of: ask.type) : ask.options
        guard SlotForm.accepts(value, as: ask.type, options: options) else { return false }
        guard let range = ask.range else { return true }
        return SlotForm.magnitude(value, as: ask.type).map(range.contains) ?? false
    }

    // MARK: What comes back

    /// A value for a slot, to be judged when the walk comes to its step.
    mutating func offer(_ value: String, for slot: String, source: String = "caller", confidence: Double = 1) {
        run.slots[slot] = .init(value: value, source: source, confidence: confidence)
    }

    /// A yes or no to the read-back that was put.
    mutating func answer(_ value: String, to slot: String, confidence: Double = 1) {
        run.slots[slot] = .init(value: value, source: "caller", confidence: confidence, isAccepted: true)
    }

    /// Another value for a slot that was filled: goes back to its step, and what was built on the old value is forgotten.
    /// The questions that were asked stay counted.
    mutating func correct(_ slot: String, to value: String, confidence: Double = 1) {
        guard let position = program.position(asking: slot) else { return }
        for instruction in program.instructions[position...] {
            switch instruction.operation {
            case .call(let call, _, _): if let save = call.save { run.results[save] = nil }
            case .ask(let ask, _):
                if let save = ask.check?.save { run.results[save] = nil }
                run.slots[ask.slot]?.isAccepted = false
            case .confirm(let confirm, _, _, _): run.slots[confirm.slot] = nil
            case .skip, .say: break
            }
        }
        run.position = min(position, run.position)
        offer(value, for: slot, confidence: confidence)
    }

    /// The caller said something that was no answer.
    /// - Parameter costs: whether it counts as an attempt; asking for help does not.
    mutating func putAgain(costs: Bool, after phrase: Phrases.Key?) {
        guard run.position < program.instructions.count else { return }
        let id = program.instructions[run.position].id
        if costs { run.attemptsLeft[id, default: 1] -= 1 }
        if run.attemptsLeft[id, default: 1] > 0, let phrase { say(phrase) }
        isAgain = true
    }

    /// Takes a tool's outcome in. Call ``next()`` afterwards.
    mutating func finish(_ request: ToolRequest, with outcome: ToolOutcome) {
        run.pending = nil
        guard run.position < program.instructions.count else { return }
        let instruction = program.instructions[run.position]
        switch (instruction.operation, outcome) {
        case (.call(let call, let outcomes, let failed), .result(let result)):
            save(result, as: call.save, keep: call.keep, from: call.tool)
            if let target = outcomes[result.outcome] {
                jump(target, reason: "tool_outcome")
            } else if result.outcome == "ok" {
                run.position += 1
            } else {
                fail(failed)
            }
        case (.call(_, _, let failed), .failed): fail(failed)
        case (.ask(let ask, _), .result(let result)):
            guard let check = ask.check else { return }
            if check.accept.contains(result.outcome) {
                save(result, as: check.save, keep: check.keep, from: check.tool)
                run.slots[ask.slot]?.isAccepted = true
                run.position += 1
            } else if let refusal = check.refuse[result.outcome] {
                refuse(ask.slot, instruction.id, saying: refusal)
            } else {
                fail(.handoff)
            }
        default: fail(.handoff)
        }
    }

    /// Throws an answer away. One that came from a fact was never the caller's: it costs nothing and nobody hears of it.
    private mutating func refuse(_ slot: String, _ id: String, saying refusal: String?) {
        guard let candidate = run.slots[slot] else { return }
        if candidate.source == "caller" {
            let attempts = if case .ask(let ask, _) = program.instructions[run.position].operation { ask.attempts } else { 1 }
            run.attemptsLeft[id] = run.attemptsLeft[id, default: attempts] - 1
            if let refusal { _ = say([refusal], id + ".refused") } else { say(.clarify) }
            isAgain = true
        }
        run.slots[slot] = nil
    }

    private mutating func save(_ result: ToolResult, as name: String?, keep: Bool, from tool: String) {
        guard let name, !result.values.isEmpty else { return }
        run.results[name] = result.values
        guard keep else { return }
        for (key, value) in result.values {
            facts["\(name).\(key)"] = Fact(key: "\(name).\(key)", value: value, kind: .stable, source: tool)
            changedFacts.insert("\(name).\(key)")
        }
    }

    private mutating func jump(_ target: WorkflowProgram.Jump, reason: String = "workflow") {
        switch target {
        case .to(let position): run.position = position
        case .done: ending = .done
        case .abandon: ending = .abandoned
        case .handoff: ending = .handoff(reason: reason)
        }
    }

    private mutating func fail(_ target: WorkflowProgram.Jump) {
        say(.toolFailed)
        jump(target, reason: "tool_failed")
    }

    private func request(_ tool: String, _ arguments: [String: String], _ purpose: ToolRequest.Purpose, _ id: String)
        -> ToolRequest?
    {
        var filled: [String: String] = [:]
        for (name, text) in arguments {
            guard let template = try? Template(text) else { return nil }
            if let optional = template.soleOptional, lookup(optional.reference) == nil { continue }
            guard let value = try? template.rendered(formatter, lookup) else { return nil }
            filled[name] = value
        }
        let key = "\(run.ticket)/\(run.workflow)/\(id)/\(StableHash.hex(filled))"
        return ToolRequest(tool: tool, arguments: filled, purpose: purpose, instruction: id, idempotencyKey: key)
    }

    // MARK: Words

    private mutating func say(_ key: Phrases.Key) {
        said.append(phrasing.phrase(key, in: pack, title: program.workflow.title))
    }

    private mutating func say(_ variants: [String], _ id: String) -> Bool {
        guard let text = phrasing.pick(variants, under: "\(run.workflow)/\(id)"), let template = try? Template(text),
            let sentence = try? template.rendered(formatter, { self.lookup($0) ?? Phrasing.constant($0, in: pack) })
        else { return false }
        said.append(sentence)
        return true
    }
}
