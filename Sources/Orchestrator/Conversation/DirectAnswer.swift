/// An answer in a model's own words, shaped for the ear or the eye. It is text and nothing else: only workflows act.
enum DirectAnswer {
    /// Behind the engine's name in ``Reply/source``.
    static let mark = "/direct"
    /// The most that is said or shown, in characters, and in sentences for the ear.
    static let maximumSpoken = 320, maximumShown = 1_200, maximumSentences = 3

    /// - Returns: `nil` when nothing is left.
    static func shape(_ text: String, for channel: Channel) -> String? {
        let lines = text.split(whereSeparator: \.isNewline).map { plain($0) }.filter { !$0.isEmpty }
        let whole = channel == .voice ? lines.map(ended).joined(separator: " ") : lines.joined(separator: "\n")
        var sentences = sentences(of: whole)
        if channel == .voice { sentences = Array(sentences.prefix(maximumSentences)) }
        let limit = channel == .voice ? maximumSpoken : maximumShown
        var shaped = ""
        for sentence in sentences {
            guard shaped.count + sentence.count <= limit else { break }
            shaped += sentence
        }
        // One sentence that never ends.
        if shaped.isEmpty, let first = sentences.first { shaped = String(first.prefix(limit)) }
        shaped = String(shaped.reversed().drop(while: \.isWhitespace).reversed())
        return shaped.contains { $0.isLetter || $0.isNumber } ? shaped : nil
    }

    /// What of a text that broke off can be said: its whole sentences.
    static func complete(_ text: String) -> String {
        guard let last = sentences(of: text).last, let end = last.last(where: { !$0.isWhitespace && !"\"')".contains($0) }), !".!?".contains(end)
        else { return text }
        return String(text.dropLast(last.count))
    }

    /// A line without what only a screen shows: bullets, numbers of lists, headings, emphasis, code, pictures.
    private static func plain(_ line: Substring) -> String {
        var line = line.drop { $0.isWhitespace || "#>*-•".contains($0) }
        if let dot = line.firstIndex(of: "."), line[..<dot].count <= 2, !line[..<dot].isEmpty, line[..<dot].allSatisfy(\.isNumber),
            line.index(after: dot) < line.endIndex, line[line.index(after: dot)].isWhitespace
        {
            line = line[line.index(after: dot)...].drop(while: \.isWhitespace)
        }
        return String(line.filter { !"*_`".contains($0) && !$0.isPicture }).split(separator: " ").joined(separator: " ")
    }

    /// The items of a list are sentences to the ear.
    private static func ended(_ line: String) -> String { line.last.map { ".!?:;,".contains($0) } == true ? line : line + "." }

    /// Each with the blanks behind it.
    private static func sentences(of text: String) -> [String] {
        var sentences: [String] = [], current = ""
        // Behind a point, which ends a sentence if a blank follows; and between two sentences.
        var mayEnd = false, isBetween = false
        for character in text {
            if isBetween, !character.isWhitespace {
                sentences.append(current)
                (current, isBetween) = ("", false)
            }
            current.append(character)
            if character.isNewline || (character.isWhitespace && mayEnd) { isBetween = true }
            mayEnd = ".!?".contains(character) || (mayEnd && "\"')".contains(character))
        }
        return current.isEmpty ? sentences : sentences + [current]
    }
}

extension Character {
    fileprivate var isPicture: Bool { unicodeScalars.contains { $0.properties.isEmojiPresentation || $0.value == 0xFE0F } }
}
