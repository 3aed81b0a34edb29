/// Signals that say how much a conversation is worth a better voice. Weights add up; the sum is clamped to 0…1.
public struct QualificationRules: Sendable, Equatable {
    /// Weight of having asked for an intent, by its name; of several the largest counts.
    public var intents: [String: Double]
    /// Weight of a slot's value, e.g. of the plan that the caller wants.
    public var values: [ValueSignal]
    /// Weight of a condition on what is known.
    public var conditions: [ConditionSignal]
    /// Weight of words that show a mood; each group counts once. One that weighs nothing only leads to an agent
    /// (``AgentDefinition/takesOverOn``).
    public var words: [WordSignal]
    /// Weight of each turn, and the most that turns can add.
    public var perTurn: Double
    public var turnsMaximum: Double
    public init(
        intents: [String: Double] = [:], values: [ValueSignal] = [], conditions: [ConditionSignal] = [], words: [WordSignal] = [],
        perTurn: Double = 0, turnsMaximum: Double = 0
    ) {
        (self.intents, self.values, self.conditions, self.words) = (intents, values, conditions, words)
        (self.perTurn, self.turnsMaximum) = (perTurn, turnsMaximum)
    }

    public struct ValueSignal: Sendable, Equatable {
        public var slot: String
        /// Weight by canonical value; others weigh nothing.
        public var weights: [String: Double]
        public init(slot: String, weights: [String: Double]) { (self.slot, self.weights) = (slot, weights) }
    }
    public struct ConditionSignal: Sendable, Equatable {
        public var name: String
        public var when: Condition
        public var weight: Double
        public init(name: String, when: Condition, weight: Double) { (self.name, self.when, self.weight) = (name, when, weight) }
    }
    public struct WordSignal: Sendable, Equatable {
        public var name: String
        /// Words or phrases as ``QualificationRules/words(of:)`` writes them.
        public var words: [String]
        public var weight: Double
        public init(name: String, words: [String], weight: Double) { (self.name, self.words, self.weight) = (name, words, weight) }
    }
}
