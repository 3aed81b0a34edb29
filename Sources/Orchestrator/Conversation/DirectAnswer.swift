/// An answer in a model's own words, shaped for the ear or the eye. It is text and nothing else: only workflows act.
enum DirectAnswer {
    /// Behind the engine's name in ``Reply/source``.
    static let mark = "/direct"
    /// The most that is said or shown.
    struct Limits: Sendable {
        var characters: Int, sentences = Int.max
        static func ofModels(_ channel: Channel) -> Limits { channel == .voice ? spoken : shown }
        static let spoken = Limits(characters: 320, sentences: 3), shown = Limits(characters: 1_200)
        /// Of the operator's own agent: how much it says is its business, within reason; 1,000 characters are a minute of speech.
        static func ofRemote(_ channel: Channel) -> Limits { Limits(characters: channel == .voice ? 1_000 : 4_000) }
    }

    /// - Returns: `nil` when nothing is left.
    static func shape(_ text: String, for channel: Channel) -> String? { shaped(text, for: channel, .ofModels(channel)).text }

    /// - Parameter goesOn: the last line is not over unless a line break says so.
    /// - Returns: the text as it is said or shown, `nil` when nothing is left; and whether it has all that it may have.
    static func shaped(_ text: String, for channel: Channel, _ limits: Limits, goesOn: Bool = false) -> (text: String?, isFull: Bool) {
        var lines = text.split(whereSeparator: \.isNewline).map { plain($0) }
        let open = goesOn && text.last?.isNewline == false ? lines.popLast() : nil
        lines.removeAll(where: \.isEmpty)
        if channel == .voice { lines = lines.map(ended) }
        if let open, !open.isEmpty { lines.append(open) }
        let whole = lines.joined(separator: channel == .voice ? " " : "\n")
        let sentences = sentences(of: whole)
        var isFull = sentences.count >= limits.sentences
        var shaped = ""
        for sentence in sentences.prefix(limits.sentences) {
            guard shaped.count + sentence.count <= limits.characters else {
                isFull = true
                break
            }
            shaped += sentence
        }
        // One sentence that never ends.
        if shaped.isEmpty, let first = sentences.first { shaped = String(first.prefix(limits.characters)) }
        shaped = String(shaped.reversed().drop(while: \.isWhitespace).reversed())
        return (shaped.contains { $0.isLetter || $0.isNumber } ? shaped : nil, isFull)
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
    private static func ended(_ line: String) -> String {
        let end = line.last { !"\"')".contains($0) }
        return end.map { ".!?:;,".contains($0) } == true ? line : line + "."
    }

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
