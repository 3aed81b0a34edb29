/// Cuts text that is still being written into clauses, so that the first can be said while the rest is on its way. What comes out, put
/// together, is what went in.
struct ClauseReader: Sendable {
    private var held = ""
    private var isFirst = true
    /// Characters from which on the first clause may end at a comma, and from which on any ends at a blank.
    static let longFirst = 40, longest = 300

    /// - Returns: the clauses that this piece completes; `nil` while none is.
    mutating func take(_ piece: String) -> String? {
        held += piece
        guard let end = endOfClauses() else { return nil }
        defer { held = String(held[end...]) }
        isFirst = false
        return String(held[..<end])
    }

    /// The text is over.
    /// - Returns: what was no whole clause; `nil` when nothing is left.
    mutating func rest() -> String? {
        defer { held = "" }
        return held.isEmpty ? nil : held
    }

    /// Behind the last clause that is whole.
    private func endOfClauses() -> String.Index? {
        var end: String.Index?
        // What the words so far end with, closing quotes apart; and how many letters stand in front of that.
        var mark: Character?, letters = 0, count = 0, hasWords = false
        for index in held.indices {
            let character = held[index]
            count += 1
            hasWords = hasWords || character.isLetter || character.isNumber
            // A line of signs alone is nothing to be said.
            if character.isNewline, hasWords {
                end = held.index(after: index)
            } else if count > Self.longest, character.isWhitespace || count > 2 * Self.longest {
                end = index
            } else if character.isWhitespace, let mark {
                if ".!?".contains(mark) { end = index } else if isFirst, end == nil, count > Self.longFirst { end = index }
            }
            if ".!?,;:".contains(character) {
                // "1." begins a list, and 4.99 goes on.
                mark = character == "." && letters == 0 ? nil : character
            } else if !"\"')".contains(character) {
                mark = nil
                letters = character.isLetter ? letters + 1 : 0
            }
        }
        // A point behind a word need not wait for the blank that follows; "Dr." does.
        if let mark, letters >= 3, ".!?".contains(mark) { return held.endIndex }
        return end
    }
}

/// Shapes a model's words as they come: what it gives out is, put together, what ``DirectAnswer/shape(_:for:)`` makes of the whole, but for
/// the point that a last line lacks.
struct AnswerShaper: Sendable {
    private let channel: Channel
    let limits: DirectAnswer.Limits
    private var raw = "", given = ""
    /// Nothing more is said, whatever comes.
    private(set) var isFull = false

    init(for channel: Channel, limits: DirectAnswer.Limits? = nil) { (self.channel, self.limits) = (channel, limits ?? .ofModels(channel)) }

    /// - Parameter clauses: whole ones (``ClauseReader``).
    /// - Returns: what is said or shown further, with the blank in front of it; `nil` for nothing.
    mutating func take(_ clauses: String) -> String? {
        guard !isFull else { return nil }
        raw += clauses
        let shaped = DirectAnswer.shaped(raw, for: channel, limits, goesOn: true)
        guard let text = shaped.text, text.hasPrefix(given) else {
            isFull = !given.isEmpty || raw.utf8.count > 8 * limits.characters
            return nil
        }
        defer { given = text }
        // Signs that are not said are not read for ever.
        isFull = shaped.isFull || raw.utf8.count > 8 * limits.characters
        return text.count > given.count ? String(text.dropFirst(given.count)) : nil
    }
}
