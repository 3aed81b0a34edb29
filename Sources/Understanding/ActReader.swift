import Orchestrator
import SpokenText

/// The moves of every dialogue: by their own phrases, by the grammar of yes and no, and by a classifier for what is said otherwise.
struct ActReader: Sendable {
    struct Reading: Sendable, Equatable {
        var act: DialogueAct
        var confidence: Double
        /// The turn says this and nothing else.
        var isWhole: Bool
    }
    private static let none = "none"
    /// From here on the classifier is believed; lower for yes and no while a confirmation is open.
    private static let floor = 0.5, openFloor = 0.35
    /// Words that may surround a phrase without changing it.
    private static let padding: Set<String> = [
        "um", "uh", "oh", "well", "okay", "ok", "so", "please", "sir", "madam", "ma'am", "just", "and", "now", "then", "then", "you", "very", "much", "it's",
        "alright", "hmm", "dear", "for", "there", "again",
    ]
    /// Which act counts when a turn holds several: "no thanks, bye" ends the call.
    private static let precedence: [DialogueAct] = [.person, .goodbye, .cancel, .repeatPlease, .help, .no, .yes, .thanks, .greeting]

    private let phrases: [[String]: DialogueAct]
    private let classifier: SentenceClassifier
    private let acts: [DialogueAct?]

    var report: SentenceClassifier.Report { classifier.report }

    init(_ pack: DomainPack) {
        var phrases: [[String]: DialogueAct] = [:]
        for act in DialogueAct.allCases {
            phrases[Self.words(of: act.rawValue.replacing("_", with: " "))] = act
            for phrase in pack.acts[act] ?? [] { phrases[Self.words(of: phrase)] = act }
        }
        phrases[[]] = nil
        self.phrases = phrases
        let listed = DialogueAct.allCases.filter { pack.acts[$0]?.isEmpty == false }
        acts = listed + [nil]
        var examples: [SentenceClassifier.Example] = []
        for (label, act) in listed.enumerated() { examples += (pack.acts[act] ?? []).map { .init(text: $0, label: label) } }
        let others = pack.intents.filter { !$0.handoff }.flatMap(\.examples) + pack.background
        examples += others.map { .init(text: $0, label: listed.count) }
        let people = pack.intents.filter(\.handoff).flatMap(\.examples)
        if let person = listed.firstIndex(of: .person) { examples += people.map { .init(text: $0, label: person) } }
        classifier = SentenceClassifier(labels: listed.map(\.rawValue) + [Self.none], examples: examples)
    }

    /// - Parameter isConfirming: a yes or no is awaited.
    func read(_ text: String, isConfirming: Bool) -> Reading? {
        let words = Self.words(of: text)
        guard !words.isEmpty else { return nil }
        if let act = phrases[words] { return Reading(act: act, confidence: 0.99, isWhole: true) }
        if isConfirming, let answer = SpokenValues.confirmation(in: text) {
            return Reading(act: answer.value ? .yes : .no, confidence: 0.95, isWhole: words.count <= 4)
        }
        if let act = composed(words) { return Reading(act: act, confidence: 0.95, isWhole: true) }
        if let act = atEdge(words) { return Reading(act: act, confidence: 0.75, isWhole: false) }
        let (values, coverage) = classifier.probabilities(of: text)
        guard let best = values.indices.max(by: { values[$0] < values[$1] }), let act = acts[best] else {
            return isConfirming ? open(values) : spoken(text, words)
        }
        let confidence = values[best] * Self.trust(coverage)
        guard confidence >= Self.floor else { return isConfirming ? open(values) : spoken(text, words) }
        return Reading(act: act, confidence: confidence, isWhole: words.count <= 8)
    }

    /// Strange words make an answer unsure.
    static func trust(_ coverage: Double) -> Double { min(1, 0.4 + 1.2 * coverage) }

    /// The likelier of yes and no, if one is likely at all.
    private func open(_ values: [Double]) -> Reading? {
        let candidates = acts.indices.filter { acts[$0] == .yes || acts[$0] == .no }
        guard let best = candidates.max(by: { values[$0] < values[$1] }), values[best] >= Self.openFloor, let act = acts[best] else { return nil }
        return Reading(act: act, confidence: values[best], isWhole: false)
    }

    /// "yeah that's the one": the grammar of yes and no, for short turns.
    private func spoken(_ text: String, _ words: [String]) -> Reading? {
        guard words.count <= 6, let answer = SpokenValues.confirmation(in: text) else { return nil }
        return Reading(act: answer.value ? .yes : .no, confidence: 0.8, isWhole: words.count <= 3)
    }

    /// A turn made up of phrases and padding only: "okay thanks bye bye".
    private func composed(_ words: [String]) -> DialogueAct? {
        guard words.count <= 12 else { return nil }
        var found: Set<DialogueAct> = []
        var place = 0
        while place < words.count {
            var length = min(8, words.count - place)
            while length > 0, phrases[Array(words[place..<(place + length)])] == nil { length -= 1 }
            if length > 0, let act = phrases[Array(words[place..<(place + length)])] {
                found.insert(act)
                place += length
            } else if Self.padding.contains(words[place]) {
                place += 1
            } else {
                return nil
            }
        }
        return Self.precedence.first(where: found.contains)
    }

    /// "it was nice talking to you, bye": a farewell at the end, thanks at the start of a short turn.
    private func atEdge(_ words: [String]) -> DialogueAct? {
        guard 2...10 ~= words.count else { return nil }
        for length in stride(from: min(4, words.count - 1), through: 1, by: -1) where phrases[Array(words.suffix(length))] == .goodbye {
            // "a bit later" is no farewell.
            if length > 1 || words.last?.hasSuffix("bye") == true { return .goodbye }
        }
        for length in stride(from: min(4, words.count - 1), through: 1, by: -1) where phrases[Array(words.prefix(length))] == .thanks { return .thanks }
        return nil
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'") }.map(String.init)
    }
}
