/// Repairs what a recogniser misheard: names and terms of the domain that came out as something that sounds alike, as in
/// "color id" for "caller ID", "giga bite" for "gigabyte", "family sheer" for "Family Share".
///
/// One to three words are compared with each domain word by sound and by spelling. Ordinary English and words that are right already
/// stay, unless all of them together sound exactly like a domain word. What a word is known to be heard as always wins.
public struct DomainWords: Sendable {
    public struct Word: Sendable, Equatable {
        /// As it should stand in the transcript.
        public var text: String
        /// What recognisers write instead.
        public var heard: [String]
        public init(_ text: String, heard: [String] = []) { (self.text, self.heard) = (text, heard) }
    }
    /// One stretch that was changed.
    public struct Replacement: Sendable, Equatable {
        public var heard: String
        public var repaired: String
        /// 0…1; 1 for an explicit alias.
        public var score: Double
    }
    public struct Repaired: Sendable, Equatable {
        public var text: String
        public var replacements: [Replacement]
    }

    /// Thresholds, chosen on misheard telecom sentences so that no ordinary sentence of the tests changes.
    private static let singleWord = 0.80, severalWords = 0.77, mostWords = 3
    private struct Entry {
        let text: String, key: SoundKey, words: [String]
    }
    private let entries: [Entry]
    private let aliases: [[String]: String]
    private let longestAlias: Int
    /// Single words that are parts of domain words.
    private let known: Set<String>
    /// Whole domain words, split.
    private let phrases: Set<[String]>

    public init(_ words: [Word]) {
        var aliases: [[String]: String] = [:]
        var known: Set<String> = [], phrases: Set<[String]> = []
        var entries: [Entry] = []
        for word in words {
            let parts = Self.split(word.text).map(\.text)
            phrases.insert(parts)
            known.formUnion(parts)
            let key = SoundKey(word.text)
            // Three letters sound like too much.
            if key.letters.count >= 4 { entries.append(Entry(text: word.text, key: key, words: parts)) }
            for heard in word.heard {
                let key = Self.split(heard).map(\.text)
                if !key.isEmpty { aliases[key] = word.text }
            }
        }
        (self.entries, self.aliases, self.known, self.phrases) = (entries, aliases, known, phrases)
        longestAlias = aliases.keys.map(\.count).max() ?? 0
    }

    /// True for ordinary English that callers use all the time.
    public static func isCommon(_ word: String) -> Bool { CommonWords.english.contains(word) }

    public init(words: [String]) { self.init(words.map { Word($0) }) }

    /// - Returns: the text with its repairs; the same text when nothing was misheard.
    public func repair(_ text: String) -> Repaired {
        let words = Self.split(text)
        var repaired = ""
        var replacements: [Replacement] = []
        var copied = text.startIndex
        var place = 0
        while place < words.count {
            guard let match = alias(words, place) ?? bestMatch(text, words, place) else { place += 1; continue }
            let range = words[place].range.lowerBound..<words[place + match.length - 1].range.upperBound
            if String(text[range]).lowercased() != match.text.lowercased() {
                repaired += text[copied..<range.lowerBound]
                repaired += match.text
                copied = range.upperBound
                replacements.append(Replacement(heard: String(text[range]), repaired: match.text, score: match.score))
            }
            place += match.length
        }
        return Repaired(text: repaired + text[copied...], replacements: replacements)
    }

    // MARK: Matching

    private typealias Match = (text: String, length: Int, score: Double)
    private typealias SplitWord = (text: String, range: Range<String.Index>, joins: Bool)

    /// `joins` is false when punctuation stands between a word and the one before it.
    private static func split(_ text: String) -> [SplitWord] {
        var words: [SplitWord] = []
        var joins = false
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if character.isLetter || character.isNumber {
                let start = index
                while index < text.endIndex, text[index].isLetter || text[index].isNumber || text[index] == "'" { index = text.index(after: index) }
                words.append((text[start..<index].lowercased(), start..<index, joins))
                joins = true
            } else {
                if !character.isWhitespace, character != "-" { joins = false }
                index = text.index(after: index)
            }
        }
        return words
    }

    private func window(_ words: [SplitWord], _ place: Int, _ length: Int) -> [String]? {
        guard place + length <= words.count else { return nil }
        let window = words[place..<(place + length)]
        return window.dropFirst().allSatisfy(\.joins) ? window.map(\.text) : nil
    }

    private func alias(_ words: [SplitWord], _ place: Int) -> Match? {
        for length in stride(from: min(longestAlias, words.count - place), through: 1, by: -1) {
            guard let window = window(words, place, length) else { continue }
            if phrases.contains(window) { return (window.joined(separator: " "), length, 1) }
            if let text = aliases[window] { return (text, length, 1) }
        }
        return nil
    }

    private func bestMatch(_ text: String, _ words: [SplitWord], _ place: Int) -> Match? {
        guard let here = match(words, place) else { return nil }
        // "the family sheer": the stretch that starts one word later may fit better.
        if here.length > 1, let next = match(words, place + 1), next.score > here.score { return nil }
        // Nothing may be taken from an alias or a right word that begins inside.
        for inner in (place + 1)..<(place + here.length) where alias(words, inner) != nil { return nil }
        return here
    }

    private func match(_ words: [SplitWord], _ place: Int) -> Match? {
        var best: Match?
        for length in 1...Self.mostWords {
            guard let window = window(words, place, length) else { break }
            if phrases.contains(window) { return nil }
            let isOrdinary = window.allSatisfy { CommonWords.english.contains($0) || known.contains($0) || $0.count < 2 || $0.contains(where: \.isNumber) }
            if length == 1, isOrdinary { continue }
            let key = SoundKey(window.joined())
            guard key.letters.count >= 4 else { continue }
            for entry in entries where abs(entry.key.letters.count - key.letters.count) <= 3 && abs(entry.key.sounds.count - key.sounds.count) <= 2 {
                // A part of a longer name is not that name.
                guard entry.words.count <= length + 1 else { continue }
                let score = key.similarity(to: entry.key)
                guard score >= (length == 1 ? Self.singleWord : Self.severalWords), score > best?.score ?? 0 else { continue }
                if isOrdinary {
                    let spelling = key.spellingSimilarity(to: entry.key)
                    let pairs = entry.words.count == length ? Array(zip(entry.words, window)) : []
                    let shares = pairs.contains { $0 == $1 } && pairs.allSatisfy { SoundKey($0).spellingSimilarity(to: SoundKey($1)) >= 0.5 }
                    guard key.sounds == entry.key.sounds, spelling >= (shares ? 0.6 : 0.9) else { continue }
                }
                best = (entry.text, length, score)
            }
        }
        return best
    }
}
