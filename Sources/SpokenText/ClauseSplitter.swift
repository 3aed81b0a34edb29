/// Cuts a reply into the clauses that are synthesised one after the other.
///
/// The first clause is short, so that speech starts early: it may end at a comma. Later ones end where sentences do. A clause never
/// ends inside a number, an amount, a date or an abbreviation, and never holds more than ``longest`` characters. Nothing but
/// white space is lost: the clauses joined by spaces say the same as the text.
public struct ClauseSplitter: Sendable, Equatable {
    /// From here on the first clause may end at a comma, semicolon, colon or dash. Characters.
    public var firstPause: Int
    /// Upper bound of a clause; a longer sentence is cut at its last comma, else at its last space, before it. Characters.
    public var longest: Int

    public init(firstPause: Int = 40, longest: Int = 200) {
        self.longest = max(longest, 20)
        self.firstPause = min(max(firstPause, 1), self.longest)
    }

    /// - Returns: the clauses in order, trimmed, none empty.
    public func clauses(of text: String) -> [String] {
        let characters = Array(text)
        var clauses: [String] = []
        var start = 0
        while start < characters.count {
            if characters[start].isWhitespace { start += 1; continue }
            let end = clauseEnd(characters, from: start, isFirst: clauses.isEmpty)
            var last = end
            while last > start, characters[last - 1].isWhitespace { last -= 1 }
            if last > start { clauses.append(String(characters[start..<last])) }
            start = max(end, start + 1)
        }
        return clauses
    }

    private func clauseEnd(_ text: [Character], from start: Int, isFirst: Bool) -> Int {
        let limit = min(text.count, start + longest)
        var lastSpace: Int?, lastComma: Int?
        for place in start..<limit {
            let character = text[place]
            if character.isNewline { return place + 1 }
            guard place + 1 == text.count || text[place + 1].isWhitespace || isClosing(text[place + 1]) else { continue }
            switch character {
            case "?", "!", "。", "…": return min(afterClosing(text, place + 1), limit)
            case ".": if endsSentence(text, stop: place, from: start) { return min(afterClosing(text, place + 1), limit) }
            case ",", ";", ":", "—":
                guard !isInsideValue(text, comma: place) else { continue }
                if isFirst, place + 1 - start >= firstPause { return place + 1 }
                lastComma = place + 1
            default: break
            }
            if place + 1 < text.count, text[place + 1].isWhitespace, !character.isNumber || !isFollowedByValue(text, place + 1) { lastSpace = place + 1 }
        }
        if limit == text.count { return limit }
        return lastComma.flatMap { $0 - start >= longest / 3 ? $0 : nil } ?? lastSpace ?? limit
    }

    private func isClosing(_ character: Character) -> Bool { "\"'”’)]*".contains(character) }

    private func afterClosing(_ text: [Character], _ place: Int) -> Int {
        var place = place
        while place < text.count, isClosing(text[place]) { place += 1 }
        return place
    }

    /// False for the stop of "Mr.", "e.g.", "J." and for one that a lower-case word follows.
    private func endsSentence(_ text: [Character], stop: Int, from start: Int) -> Bool {
        var next = afterClosing(text, stop + 1)
        while next < text.count, text[next].isWhitespace { next += 1 }
        guard next < text.count else { return true }
        if text[next].isLowercase { return false }
        var first = stop
        while first > start, !text[first - 1].isWhitespace, stop - first < 12 { first -= 1 }
        let word = String(text[first..<stop]).lowercased()
        // "at 5 p.m. Tomorrow" ends; "Mr. Rao", "Main St. 5" and "No. 5" go on.
        if word == "a.m" || word == "p.m" || word == "etc" { return true }
        if word == "no" { return !text[next].isNumber }
        if word == "st" { return text[next].isWhitespace }
        if word.count == 1 { return !(text[first].isLetter && text[first].isUppercase && text[first] != "I") }
        if SpeechTables.abbreviations[word] != nil {
            return SpeechTables.onlyBeforeMore.contains(word) && !text[next].isNumber && !(text[first].isUppercase && first > start)
        }
        return true
    }

    /// The comma of "March 15, 2026": a number stands on both sides.
    private func isInsideValue(_ text: [Character], comma: Int) -> Bool {
        guard text[comma] == ",", comma > 0, text[comma - 1].isNumber || text[comma - 1].isLetter else { return false }
        var next = comma + 1
        while next < text.count, text[next].isWhitespace { next += 1 }
        guard next < text.count, text[next].isNumber else { return false }
        return (comma - 1 >= 0 && text[comma - 1].isNumber) || ["st", "nd", "rd", "th"].contains(String(text[max(0, comma - 2)..<comma]))
    }

    /// "4.2 GB", "555 0199", "15 March": the space after the number belongs to it.
    private func isFollowedByValue(_ text: [Character], _ space: Int) -> Bool {
        let next = space + 1
        guard next < text.count else { return false }
        return text[next].isNumber || text[next].isUppercase || text[next] == "%"
    }
}
