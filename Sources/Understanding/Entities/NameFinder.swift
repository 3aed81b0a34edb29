import Orchestrator
import SpokenText

/// Finds names out of a closed set, such as plans: as they stand, by synonym, and by sound and spelling.
struct NameFinder: Sendable {
    struct Found: Sendable, Equatable {
        var name: String
        var text: String
        /// Words from the start of the turn.
        var place: Int, length: Int
    }
    private struct Entry: Sendable {
        let name: String, words: [String], key: SoundKey
        /// A single word that is a synonym only ("family"): counts where the type is meant.
        let isLoose: Bool
    }
    /// How alike a stretch must be, by sound and spelling: when the type is asked for, and when it is not.
    private static let askedFor = 0.72, unasked = 0.82
    private let entries: [Entry]

    init(_ values: [EntityValue]) {
        entries = values.flatMap { value in
            ([value.name] + value.synonyms).map { form in
                let words = Self.words(of: form).map(\.text)
                return Entry(name: value.name, words: words, key: SoundKey(form), isLoose: words.count == 1)
            }
        }.filter { !$0.words.isEmpty }
    }

    /// - Parameters:
    ///   - isMeant: the type is asked for, or what is wanted needs one.
    ///   - allowed: canonical names that count; empty for all.
    /// - Returns: in reading order; what the caller wants to leave ("from Basic", "not Basic") is left out if something else was named.
    func find(in text: String, isMeant: Bool, allowed: [String] = []) -> [Found] {
        let words = Self.words(of: text)
        var found: [Found] = []
        var place = 0
        while place < words.count {
            if let match = exact(words, place, isMeant, allowed) ?? similar(words, place, isMeant, allowed) {
                let range = words[place].range.lowerBound..<words[place + match.length - 1].range.upperBound
                found.append(Found(name: match.name, text: String(text[range]), place: place, length: match.length))
                place += match.length
            } else {
                place += 1
            }
        }
        let wanted = found.filter { !isLeft($0, words) }
        return wanted.isEmpty ? found : wanted
    }

    private typealias Word = (text: String, range: Range<String.Index>)
    private typealias Match = (name: String, length: Int)

    private static func words(of text: String) -> [Word] {
        var words: [Word] = []
        var index = text.startIndex
        while index < text.endIndex {
            let start = index
            while index < text.endIndex, text[index].isLetter || text[index].isNumber || text[index] == "'" { index = text.index(after: index) }
            if index > start { words.append((text[start..<index].lowercased(), start..<index)) } else { index = text.index(after: index) }
        }
        return words
    }

    private func exact(_ words: [Word], _ place: Int, _ isMeant: Bool, _ allowed: [String]) -> Match? {
        var best: Match?
        for entry in entries where entry.words.count > best?.length ?? 0 && (isMeant || !entry.isLoose) && (allowed.isEmpty || allowed.contains(entry.name)) {
            guard place + entry.words.count <= words.count else { continue }
            if zip(entry.words, words[place...]).allSatisfy({ $0 == $1.text }) { best = (entry.name, entry.words.count) }
        }
        return best
    }

    private func similar(_ words: [Word], _ place: Int, _ isMeant: Bool, _ allowed: [String]) -> Match? {
        var best: (name: String, length: Int, score: Double)?
        for length in 1...3 where place + length <= words.count {
            let stretch = words[place..<(place + length)].map(\.text)
            // Single short or everyday words sound like too much.
            if length == 1, stretch[0].count < 5 || (DomainWords.isCommon(stretch[0])) { continue }
            if stretch.allSatisfy(DomainWords.isCommon), !isMeant { continue }
            let key = SoundKey(stretch.joined())
            guard key.letters.count >= 5 else { continue }
            for entry in entries where entry.key.letters.count >= 5 && (allowed.isEmpty || allowed.contains(entry.name)) {
                guard abs(entry.key.letters.count - key.letters.count) <= 3, !entry.isLoose || isMeant else { continue }
                let score = key.similarity(to: entry.key)
                let floor = stretch.allSatisfy(DomainWords.isCommon) ? 0.85 : isMeant ? Self.askedFor : Self.unasked
                if score >= floor, score > best?.score ?? 0 { best = (entry.name, length, score) }
            }
        }
        // An exact name that begins inside the stretch is the better reading.
        guard let best, !(1..<max(best.length, 1)).contains(where: { exact(words, place + $0, isMeant, allowed) != nil }) else { return nil }
        return (best.name, best.length)
    }

    private func isLeft(_ found: Found, _ words: [Word]) -> Bool {
        let before = words[max(0, found.place - 3)..<found.place].map(\.text)
        guard let cue = before.lastIndex(where: { ["from", "not", "off", "instead", "than", "leaving", "without", "isn't"].contains($0) }) else { return false }
        return !before[cue...].contains { ["to", "but", "want"].contains($0) }
    }
}
