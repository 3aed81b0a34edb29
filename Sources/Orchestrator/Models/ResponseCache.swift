import Synchronization

/// What models have said, for whoever asks the very same: bounded, for a few minutes. From any thread.
///
/// An entry's key is everything that the model was told: instructions, state, what was said before, and the turn itself. So an answer can only
/// reach somebody who would have got it anyway. What may be personal is not kept at all (``isImpersonal(_:_:)``).
public final class ResponseCache: Sendable {
    private struct Key: Hashable {
        var model: String, mayAnswer: Bool, system: String, messages: [String]
    }
    private struct Entry {
        var advice: Advice
        var until: Duration
        /// When it was last used, counted.
        var used: Int
    }
    private struct State {
        var entries: [Key: Entry] = [:]
        var uses = 0, hits = 0, misses = 0
    }
    private let state = Mutex(State())
    private let capacity: Int, lifetime: Duration
    private let clock: TurnClock

    /// - Parameter capacity: entries; 0 keeps nothing.
    public init<C: Clock>(capacity: Int = 1_000, lifetime: Duration = .seconds(300), clock: C) where C.Duration == Duration {
        (self.capacity, self.lifetime, self.clock) = (capacity, lifetime, .counting(clock))
    }

    public var count: Int { state.withLock { $0.entries.count } }
    public var hits: Int { state.withLock { $0.hits } }
    public var misses: Int { state.withLock { $0.misses } }

    /// - Parameter mayAnswer: whether the model was asked for words of its own.
    func advice(of model: String, to prompt: ModelPrompt, mayAnswer: Bool = true) -> Advice? {
        let key = Self.key(model, prompt, mayAnswer), now = clock.elapsed()
        return state.withLock { state in
            guard let entry = state.entries[key], entry.until > now else {
                state.entries[key] = nil
                state.misses += 1
                return nil
            }
            state.uses += 1
            state.hits += 1
            state.entries[key]?.used = state.uses
            return entry.advice
        }
    }

    /// Keeps an answer, if it may be kept; the one that was not used for longest makes room.
    func keep(_ advice: Advice, of model: String, to prompt: ModelPrompt, mayAnswer: Bool = true) {
        guard capacity > 0, Self.isImpersonal(prompt, advice) else { return }
        let key = Self.key(model, prompt, mayAnswer), now = clock.elapsed()
        state.withLock { state in
            state.uses += 1
            state.entries[key] = Entry(advice: advice, until: now + lifetime, used: state.uses)
            guard state.entries.count > capacity else { return }
            state.entries = state.entries.filter { $0.value.until > now }
            // A tenth at once, so that a full cache is not searched for each answer.
            let surplus = state.entries.count - capacity
            guard surplus > 0 else { return }
            for (key, _) in state.entries.sorted(by: { $0.value.used < $1.value.used }).prefix(surplus + capacity / 10) { state.entries[key] = nil }
        }
    }

    /// Lets go of what is too old. Called now and then: what people said is not kept longer than it is of use.
    public func expire() {
        let now = clock.elapsed()
        state.withLock { state in
            guard state.entries.contains(where: { $0.value.until <= now }) else { return }
            state.entries = state.entries.filter { $0.value.until > now }
        }
    }

    private static let numberWords: Set<Substring> = [
        "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty", "forty",
        "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "double", "triple", "name",
    ]

    /// No digits, no number words, no address, no name that is given and no value: neither in what was said, nor in the answer. Nothing is open,
    /// so that nothing is done with it.
    static func isImpersonal(_ prompt: ModelPrompt, _ advice: Advice) -> Bool {
        guard advice.decision.entities.isEmpty, advice.decision.nextAction == .answer || advice.decision.nextAction == .handoff else { return false }
        return (prompt.messages.map(\.text) + [advice.answer ?? ""]).allSatisfy { text in
            text.utf8.allSatisfy { !(0x30...0x39).contains($0) && $0 != 0x40 }
                && numberWords.isDisjoint(with: text.lowercased().split { !$0.isLetter })
        }
    }

    /// Case, blanks and the point at the end make no other question.
    private static func key(_ model: String, _ prompt: ModelPrompt, _ mayAnswer: Bool) -> Key {
        Key(model: model, mayAnswer: mayAnswer, system: prompt.system, messages: prompt.messages.map { "\($0.role.rawValue) \(normalised($0.text))" })
    }

    static func normalised(_ text: String) -> String {
        var words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        while let last = words.last, ".!".contains(last) { words.removeLast() }
        return words
    }
}
