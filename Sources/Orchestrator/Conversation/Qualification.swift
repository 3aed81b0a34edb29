/// How much a conversation is worth a better voice, and why.
public struct Qualification: Sendable, Equatable {
    public struct Signal: Sendable, Equatable {
        /// e.g. `intent:change_plan`, `value:plan=Unlimited Plus`, `condition:dearer_plan`, `words:keen`, `turns`.
        public var name: String
        public var weight: Double
        public init(name: String, weight: Double) { (self.name, self.weight) = (name, weight) }
    }
    /// 0…1, to three decimals.
    public var score: Double
    /// What it is made of, as declared by the pack and in its order.
    public var signals: [Signal]
    public init(score: Double = 0, signals: [Signal] = []) { (self.score, self.signals) = (score, signals) }
}

/// What a conversation has shown so far. Signals stay once they were seen.
struct QualificationEvidence: Sendable, Equatable, Codable {
    private var intents: Set<String> = []
    private var values: [String: String] = [:]
    private var conditions: Set<String> = []
    private var words: Set<String> = []
    private var turns = 0

    mutating func observe(turn text: String, rules: QualificationRules) {
        turns += 1
        words.formUnion(rules.groups(in: text))
    }

    mutating func observe(intent: String) { intents.insert(intent) }

    /// The last value of a slot counts.
    mutating func observe(slots: [String: String]) { values.merge(slots) { _, new in new } }

    mutating func observe(rules: QualificationRules, lookup: (String) -> String?) {
        for signal in rules.conditions {
            // What is not known now does not unmake what was seen.
            guard let value = lookup(signal.when.reference) else { continue }
            if signal.when.holds(for: value) { conditions.insert(signal.name) } else { conditions.remove(signal.name) }
        }
    }

    func qualification(_ rules: QualificationRules) -> Qualification {
        var signals: [Qualification.Signal] = []
        let asked = intents.compactMap { name in
            rules.intents[name].map { Qualification.Signal(name: "intent:\(name)", weight: $0) }
        }
        if let best = asked.max(by: { ($0.weight, $1.name) < ($1.weight, $0.name) }) { signals.append(best) }
        for signal in rules.values {
            guard let value = values[signal.slot], let weight = signal.weights[value] else { continue }
            signals.append(.init(name: "value:\(signal.slot)=\(value)", weight: weight))
        }
        for signal in rules.conditions where conditions.contains(signal.name) {
            signals.append(.init(name: "condition:\(signal.name)", weight: signal.weight))
        }
        for group in rules.words where group.weight != 0 && words.contains(group.name) {
            signals.append(.init(name: "words:\(group.name)", weight: group.weight))
        }
        let ofTurns = min(Double(turns) * rules.perTurn, rules.turnsMaximum)
        if ofTurns != 0 { signals.append(.init(name: "turns", weight: ofTurns)) }
        let sum = signals.reduce(0) { $0 + $1.weight }
        return Qualification(score: (min(1, max(0, sum)) * 1_000).rounded() / 1_000, signals: signals)
    }
}
