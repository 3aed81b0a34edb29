import Orchestrator

/// The parts of a domain pack, one function a struct.
enum DomainPackReader {
    /// The longest sentence in a pack.
    private static let sentence = 1...500
    private static let namesPerList = 0...200

    static func agent(_ reader: ConfigurationReader) -> AgentDefinition {
        AgentDefinition(
            name: reader.name("name"), role: reader.text("role", length: sentence),
            greeting: reader.optionalText("greeting", length: sentence), handsOverTo: reader.texts("hands_over_to", in: namesPerList),
            tools: reader.optionalTexts("tools", in: namesPerList),
            // Its text, or the name of its file, which the loader puts in place.
            prompt: reader.optionalText("prompt", length: 1...AgentDefinition.maximumPrompt).map {
                PromptTemplate(version: PromptTemplate.inline, text: $0)
            },
            takesOverOn: reader.texts("takes_over_on", in: namesPerList), opening: reader.textOrTexts("opening", length: sentence))
    }

    static func tool(_ reader: ConfigurationReader) -> ToolDefinition {
        let outcomes = reader.optionalSection("outcomes") { section in
            section.names.reduce(into: [String: [String]]()) { $0[$1] = section.texts($1, in: namesPerList) }
        }
        return ToolDefinition(
            name: reader.name("name"), required: reader.texts("required", in: namesPerList),
            optional: reader.texts("optional", in: namesPerList), outcomes: outcomes ?? ["ok": []],
            hasSideEffects: reader.flag("side_effects", default: false),
            timeout: reader.milliseconds("timeout_ms", default: 10_000, in: 100...60_000))
    }

    static func phrases(_ reader: ConfigurationReader) -> Phrases {
        reader.section("phrases") { section in
            Phrases(
                Phrases.Key.allCases.reduce(into: [:]) { phrases, key in
                    let variants = section.textOrTexts(key.rawValue, length: sentence)
                    if !variants.isEmpty { phrases[key] = variants }
                })
        }
    }

    static func qualification(_ reader: ConfigurationReader) -> QualificationRules {
        let turns = reader.section("turns") { section in
            (weight: section.number("weight", default: 0, in: -1...1), maximum: section.number("maximum", default: 0, in: 0...1))
        }
        return QualificationRules(
            intents: weights(reader, "intents"),
            values: reader.items("values") { .init(slot: $0.name("slot"), weights: weights($0, "weights")) },
            conditions: reader.items("conditions") {
                .init(name: $0.name("name"), when: $0.condition("when"), weight: $0.number("weight", in: -1...1))
            },
            words: reader.items("words", in: 0...100) {
                .init(name: $0.name("name"), words: $0.texts("words", in: 1...500), weight: $0.number("weight", in: -1...1))
            },
            perTurn: turns.weight, turnsMaximum: turns.maximum)
    }

    private static func weights(_ reader: ConfigurationReader, _ key: String) -> [String: Double] {
        reader.section(key) { section in
            section.names.reduce(into: [:]) { $0[$1] = section.number($1, in: -1...1) }
        }
    }

    static func limits(_ reader: ConfigurationReader) -> ConversationLimits {
        let standard = ConversationLimits()
        return ConversationLimits(
            maximumTurns: reader.integer("maximum_turns", default: standard.maximumTurns, in: 5...500),
            patience: reader.integer("patience", default: standard.patience, in: 1...50),
            misunderstandingsInARow: reader.integer("misunderstandings_in_a_row", default: standard.misunderstandingsInARow, in: 1...10),
            silencesInARow: reader.integer("silences_in_a_row", default: standard.silencesInARow, in: 1...10),
            confirmBelow: reader.number("confirm_below", default: standard.confirmBelow, in: 0...1),
            interruptAbove: reader.number("interrupt_above", default: standard.interruptAbove, in: 0...1))
    }

    static func intent(_ reader: ConfigurationReader) -> IntentDefinition {
        IntentDefinition(
            name: reader.name("name"), workflow: reader.optionalText("workflow", length: 1...64),
            handoff: reader.flag("handoff", default: false), answer: reader.optionalText("answer", length: sentence),
            examples: reader.texts("examples", in: 1...5_000))
    }

    static func acts(_ reader: ConfigurationReader) -> [DialogueAct: [String]] {
        reader.section("acts") { section in
            DialogueAct.allCases.reduce(into: [:]) { acts, act in
                let sentences = section.texts(act.rawValue, in: 0...5_000)
                if !sentences.isEmpty { acts[act] = sentences }
            }
        }
    }

    static func entity(_ reader: ConfigurationReader) -> EntityDefinition {
        EntityDefinition(
            type: reader.choice("type"),
            values: reader.items("values", in: 1...5_000) {
                EntityValue(name: $0.text("name"), synonyms: $0.texts("synonyms", in: namesPerList))
            })
    }

    static func word(_ reader: ConfigurationReader) -> DomainWord {
        DomainWord(word: reader.text("word", length: 1...64), heard: reader.texts("heard", in: namesPerList))
    }

    static func workflow(_ reader: ConfigurationReader) -> WorkflowDefinition {
        WorkflowDefinition(
            name: reader.name("name"), title: reader.text("title", default: "", length: 0...200),
            agent: reader.optionalText("agent", length: 1...64), isFragment: reader.flag("fragment", default: false),
            maximumQuestions: reader.integer("maximum_questions", default: 8, in: 1...30),
            steps: reader.items("steps", in: 1...200, step))
    }

    static func step(_ reader: ConfigurationReader) -> WorkflowStep {
        let id = reader.name("id")
        let when = reader.textOrTexts("when").map { reader.condition("when", $0) }
        let kinds = ["call", "ask", "confirm", "say", "include"]
        let written = kinds.filter(reader.has)
        guard written.count == 1 else {
            reader.problem("id", "step \(ConfigurationReader.quoted(id)) has \(written.count) actions: give exactly one of \(kinds.joined(separator: ", "))")
            reader.ignoreTheRest()
            return WorkflowStep(id: id, when: when, action: .include(""))
        }
        let action: WorkflowStep.Action =
            switch written[0] {
            case "call": .call(call(reader))
            case "ask": .ask(ask(reader))
            case "confirm": .confirm(confirm(reader))
            case "say": .say(SayStep(text: reader.textOrTexts("say", length: sentence), then: reader.target("then", default: .next)))
            default: .include(reader.name("include"))
            }
        return WorkflowStep(id: id, when: when, action: action)
    }

    private static func call(_ reader: ConfigurationReader) -> CallStep {
        CallStep(
            tool: reader.name("call"), arguments: reader.table("with"), save: reader.optionalText("save", length: 1...64),
            keep: reader.flag("keep", default: false), outcomes: reader.table("on").mapValues(StepTarget.init),
            working: reader.optionalText("working", length: sentence), failed: reader.target("failed", default: .handoff))
    }

    private static func ask(_ reader: ConfigurationReader) -> AskStep {
        AskStep(
            slot: reader.name("ask"), type: reader.choice("type"), question: reader.textOrTexts("question", length: sentence),
            again: reader.textOrTexts("again", length: sentence), fact: reader.optionalText("fact", length: 1...64),
            isOptional: reader.flag("optional", default: false), options: reader.texts("options", in: namesPerList),
            range: reader.range("range"), attempts: reader.integer("attempts", default: 3, in: 1...5),
            check: reader.optionalSection("check") { check in
                AnswerCheck(
                    tool: check.name("call"), arguments: check.table("with"), save: check.optionalText("save", length: 1...64),
                    keep: check.flag("keep", default: false), accept: check.texts("accept", default: ["ok"], in: 1...50),
                    refuse: check.table("refuse", length: sentence))
            },
            exhausted: reader.target("exhausted", default: .handoff))
    }

    private static func confirm(_ reader: ConfigurationReader) -> ConfirmStep {
        ConfirmStep(
            slot: reader.name("confirm"), question: reader.textOrTexts("question", length: sentence),
            yes: reader.target("yes", default: .next), no: reader.target("no", default: .abandon),
            attempts: reader.integer("attempts", default: 3, in: 1...5), exhausted: reader.target("exhausted", default: .handoff))
    }
}

/// What only packs write.
extension ConfigurationReader {
    /// A name that other parts of the pack refer to.
    fileprivate func name(_ key: String) -> String { text(key, length: 1...64) }

    /// One text or a list of them; a missing key is none.
    fileprivate func textOrTexts(_ key: String, length: ClosedRange<Int> = 1...200) -> [String] {
        if case .scalar(let scalar)? = take(key)?.node.content, !scalar.isNull { return [text(key, length: length)] }
        return texts(key, in: 0...50, length: length)
    }

    /// A list of texts that may be missing, which is something else than an empty one.
    fileprivate func optionalTexts(_ key: String, in count: ClosedRange<Int>) -> [String]? {
        guard let entry = take(key), !entry.node.isNull else { return nil }
        return texts(key, in: count)
    }

    /// Names with a text each.
    fileprivate func table(_ key: String, length: ClosedRange<Int> = 1...200) -> [String: String] {
        section(key) { section in section.names.reduce(into: [:]) { $0[$1] = section.text($1, length: length) } }
    }

    fileprivate func target(_ key: String, default fallback: StepTarget) -> StepTarget {
        optionalText(key, length: 1...64).map(StepTarget.init) ?? fallback
    }

    fileprivate func condition(_ key: String) -> Condition { condition(key, text(key)) }

    fileprivate func condition(_ key: String, _ text: String) -> Condition {
        if let condition = Condition(parsing: text) { return condition }
        if !text.isEmpty { problem(key, "= \(Self.quoted(text)): give one of \(Condition.grammar)") }
        return Condition("", .known)
    }

    /// `[low, high]`.
    fileprivate func range(_ key: String) -> ClosedRange<Double>? {
        guard let entry = take(key), !entry.node.isNull else { return nil }
        if case .sequence(let items) = entry.node.content, items.count == 2,
            case .scalar(let first) = items[0].content, case .scalar(let second) = items[1].content,
            let low = Self.number(first), let high = Self.number(second), low <= high
        {
            return low...high
        }
        report.problem(entry.origin, "\(full(key)): give two numbers, [low, high]")
        return nil
    }
}
