extension DomainPack {
    /// Judges the whole pack.
    /// - Returns: every inconsistency, each with its path, what stands there and what may; empty when the pack is sound.
    public func validate() -> [DomainProblem] {
        var check = DomainCheck(self)
        check.identity()
        check.agents()
        check.intents()
        check.entities()
        check.tools()
        for workflow in workflows { WorkflowCheck(workflow, self).run(into: &check.problems) }
        check.phrases()
        check.qualification()
        check.words()
        check.prompts()
        check.limits()
        return check.problems
    }
}

/// The parts of a pack but its workflows.
struct DomainCheck {
    let pack: DomainPack
    var problems: [DomainProblem] = []

    init(_ pack: DomainPack) { self.pack = pack }

    mutating func add(_ path: String, _ value: String, _ allowed: String) {
        problems.append(DomainProblem(path: path, value: value, allowed: allowed))
    }

    /// `one of: a, b, c`, for whoever has to choose.
    static func oneOf(_ names: [String]) -> String {
        names.isEmpty ? "none is declared" : "one of: " + names.joined(separator: ", ")
    }

    mutating func unique(_ names: [String], _ path: String) {
        var seen: Set<String> = []
        for name in names {
            if name.isEmpty { add(path, name, "a name that is not empty") }
            if !seen.insert(name).inserted { add("\(path).\(name)", name, "each name once") }
        }
    }

    mutating func identity() {
        if pack.organisation.isEmpty { add("organisation", "", "the name that is spoken when the phone is answered") }
        let isCode = pack.currency.count == 3 && pack.currency.allSatisfy { $0.isASCII && $0.isUppercase }
        if !isCode { add("currency", pack.currency, "three letters of ISO 4217, e.g. USD") }
    }

    mutating func intents() {
        unique(pack.intents.map(\.name), "intents")
        let workflows = pack.workflows.filter { !$0.isFragment }.map(\.name)
        for intent in pack.intents {
            let path = "intents.\(intent.name)"
            if intent.name == Decision.outOfScope {
                add(path, intent.name, "any other name: this one stands for what no intent covers")
            }
            if let workflow = intent.workflow, !workflows.contains(workflow) {
                add("\(path).workflow", workflow, Self.oneOf(workflows))
            }
            if intent.workflow != nil, intent.handoff { add("\(path).handoff", "true", "either a workflow or a hand-off") }
            if intent.examples.isEmpty { add("\(path).examples", "", "at least one sentence") }
            if let answer = intent.answer {
                problems += TemplateCheck.problems(answer, "\(path).answer", allowed: ["organisation", "agent", "capabilities"])
            }
        }
    }

    mutating func entities() {
        for (index, entity) in pack.entities.enumerated() {
            let path = "entities.\(entity.type.rawValue)"
            if pack.entities[..<index].contains(where: { $0.type == entity.type }) {
                add(path, entity.type.rawValue, "each type once")
            }
            if entity.type != .plan, entity.type != .choice {
                add(path, entity.type.rawValue, "plan or choice: other types have no list")
            }
            unique(entity.values.map(\.name), path)
        }
        unique(pack.words.map(\.word), "words")
    }

    mutating func tools() {
        unique(pack.tools.map(\.name), "tools")
        for tool in pack.tools {
            if tool.outcomes.isEmpty { add("tools.\(tool.name).outcomes", "", "at least one outcome, e.g. ok") }
            for argument in tool.optional where tool.required.contains(argument) {
                add("tools.\(tool.name).optional", argument, "an argument is required or optional, not both")
            }
            if !(.milliseconds(100) ... .seconds(60) ~= tool.timeout) {
                add("tools.\(tool.name).timeout_ms", "\(tool.timeout)", "100...60000 ms")
            }
        }
        unique(pack.workflows.map(\.name), "workflows")
    }

    mutating func phrases() {
        for key in Phrases.Key.allCases {
            let variants = pack.phrases.variants[key] ?? []
            if variants.isEmpty { add("phrases.\(key.rawValue)", "", "at least one text") }
            for text in variants {
                if text.isEmpty { add("phrases.\(key.rawValue)", text, "a text that is not empty") }
                problems += TemplateCheck.problems(text, "phrases.\(key.rawValue)", allowed: key.placeholders)
            }
        }
    }

    mutating func qualification() {
        let rules = pack.qualification
        let intents = pack.intents.map(\.name)
        func isWeight(_ weight: Double) -> Bool { -1...1 ~= weight }
        var weights: [(String, Double)] = rules.intents.sorted { $0.key < $1.key }.map { ("intents.\($0.key)", $0.value) }
        for name in rules.intents.keys.sorted() where !intents.contains(name) {
            add("qualification.intents.\(name)", name, Self.oneOf(intents))
        }
        let asks = pack.workflows.flatMap(\.steps).compactMap { if case .ask(let ask) = $0.action { ask } else { nil } }
        for signal in rules.values {
            let path = "qualification.values.\(signal.slot)"
            guard let ask = asks.first(where: { $0.slot == signal.slot }) else {
                add(path, signal.slot, Self.oneOf(Set(asks.map(\.slot)).sorted()))
                continue
            }
            let options = ask.options.isEmpty ? pack.values(of: ask.type) : ask.options
            for (value, weight) in signal.weights.sorted(by: { $0.key < $1.key }) {
                if !options.isEmpty, !options.contains(value) { add("\(path).weights", value, Self.oneOf(options)) }
                weights.append(("values.\(signal.slot).weights.\(value)", weight))
            }
        }
        let known = Set(pack.workflows.flatMap { WorkflowCheck($0, pack).references })
        for signal in rules.conditions {
            let path = "qualification.conditions.\(signal.name).when"
            if !signal.when.reference.hasPrefix("fact."), !known.contains(signal.when.reference) {
                add(path, signal.when.reference, "a slot, a saved value or fact.NAME; " + Self.oneOf(known.sorted()))
            }
            weights.append(("conditions.\(signal.name).weight", signal.weight))
        }
        for signal in rules.words { weights.append(("words.\(signal.name).weight", signal.weight)) }
        weights += [("turns.weight", rules.perTurn), ("turns.maximum", rules.turnsMaximum)]
        for (path, weight) in weights where !isWeight(weight) { add("qualification.\(path)", "\(weight)", "-1...1") }
    }

    mutating func limits() {
        let limits = pack.limits
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) -> DomainProblem? {
            range ~= value
                ? nil
                : DomainProblem(path: "limits.\(name)", value: "\(value)", allowed: "\(range.lowerBound)...\(range.upperBound)")
        }
        problems += [
            check("maximum_turns", limits.maximumTurns, 5...500), check("patience", limits.patience, 1...50),
            check("misunderstandings_in_a_row", limits.misunderstandingsInARow, 1...10),
            check("silences_in_a_row", limits.silencesInARow, 1...10),
        ].compactMap { $0 }
        for (name, value) in [("confirm_below", limits.confirmBelow), ("interrupt_above", limits.interruptAbove)]
        where !(0...1 ~= value) {
            add("limits.\(name)", "\(value)", "0...1")
        }
    }
}

/// What is wrong in one text.
enum TemplateCheck {
    static let formats = ValueFormat.allCases.map(\.rawValue)

    /// - Parameter allowed: references that are known where the text stands; `fact.NAME` always is.
    static func problems(_ text: String, _ path: String, allowed: [String]) -> [DomainProblem] {
        let template: Template
        do {
            template = try Template(text)
        } catch .unknownFormat(let format) {
            return [DomainProblem(path: path, value: format, allowed: DomainCheck.oneOf(formats))]
        } catch {
            return [
                DomainProblem(
                    path: path, value: text, allowed: "placeholders as {name}, {name|format} or {name?}, each brace closed")
            ]
        }
        return template.placeholders.compactMap { placeholder in
            if allowed.contains(placeholder.reference) || placeholder.reference.hasPrefix("fact.") { return nil }
            return DomainProblem(
                path: path, value: "{\(placeholder.reference)}", allowed: DomainCheck.oneOf(allowed.sorted()) + ", or fact.NAME")
        }
    }
}
