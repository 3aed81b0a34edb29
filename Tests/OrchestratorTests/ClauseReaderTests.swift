import Testing

@testable import Orchestrator

@Suite("Text that is being written comes out clause by clause, and says in the end what the whole would say")
struct ClauseReaderTests {
    /// What comes out at each piece, `nil` while no clause is whole; then the rest.
    private static func read(_ pieces: [String]) -> [String?] {
        var reader = ClauseReader()
        return pieces.map { reader.take($0) } + [reader.rest()]
    }

    @Test(
        "a clause is given out when it is whole, and not before",
        arguments: [
            (["Yes", ", we do", ". ", "Come"], [nil, nil, "Yes, we do.", nil, " Come"]),
            // A point behind a whole word need not wait for what follows.
            (["We are open", "."], [nil, "We are open.", nil]),
            (["\"Really", "?\"", " he said."], [nil, "\"Really?\"", " he said.", nil]),
            (["It is 4", ".", "99 a month", "."], [nil, nil, nil, "It is 4.99 a month.", nil]),
            (["Dr", ".", " Who", "?"], [nil, nil, "Dr.", " Who?", nil]),
            (["1.", " One\n", "2. Two\n"], [nil, "1. One\n", "2. Two\n", nil]),
            (
                ["We have shops in every larger town of the", " country, and", " more."],
                [nil, "We have shops in every larger town of the country,", " and more.", nil]
            ),
            (["Short, and", " no more"], [nil, nil, "Short, and no more"]),
        ] as [([String], [String?])])
    func clauses(pieces: [String], expected: [String?]) { #expect(Self.read(pieces) == expected) }

    private static let texts = [
        "Yes, we do. Come by at any time! We are open from nine to five, on every day of the week. Really. And so on.",
        "## Hours\n- Monday\n- Tuesday\n\nOn Sunday we are **closed**.",
        "1. One\n2. Two\n3. Three\n4. Four", "It costs 4.99 a month. \"Really?\" he said. No.",
        String(repeating: "word ", count: 400), "🎉 Yes! 🎉", "🎉\n---\nYes, we do.", String(repeating: "x", count: 2_000),
        String(repeating: "A sentence of some length. ", count: 60),
    ]

    @Test("however a text is cut into pieces, what is said together is what is said of the whole", arguments: 0..<200 as Range<UInt64>)
    func pieces(seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        let text = Self.texts[Int(seed) % Self.texts.count]
        let channel = random.chance(50) ? Channel.voice : .chat
        var reader = ClauseReader(), shaper = AnswerShaper(for: channel), said = "", raw = "", rest = text[...]
        while !rest.isEmpty {
            let piece = String(rest.prefix(1 + Int(random.next() % 12)))
            rest = rest.dropFirst(piece.count)
            guard let clause = reader.take(piece) else { continue }
            raw += clause
            said += shaper.take(clause) ?? ""
        }
        if let last = reader.rest() {
            raw += last
            said += shaper.take(last) ?? ""
        }
        #expect(raw == text)
        let whole = DirectAnswer.shape(text, for: channel) ?? ""
        #expect(said == whole || said + "." == whole, "\(said)")
    }
}
