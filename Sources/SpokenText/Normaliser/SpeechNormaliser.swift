/// Turns text as people write it into words as people say them, for any synthesiser: "You have $42.50." becomes
/// "You have forty two dollars and fifty cents."
///
/// The result holds letters, spaces, apostrophes, hyphens inside words and `, . ? ! ; :` only: no digit, sign or markup is left
/// for the voice to guess at. Any input is accepted; the work is linear in its length.
public struct SpeechNormaliser: Sendable {
    public init() {}

    /// - Parameter text: plain text or light markdown, one clause or many.
    /// - Returns: words to speak; empty when nothing sayable is in the text.
    public func speakable(_ text: String) -> String {
        var pass = NormaliserPass(PlainText.scalars(of: text))
        return pass.run()
    }
}

/// One walk over a text. Each rule looks at the current place and either says how the next stretch is spoken or declines.
struct NormaliserPass {
    /// How a stretch of text is spoken, and where the next one starts.
    struct Match {
        let words: String, end: Int
        init(_ words: String, _ end: Int) { (self.words, self.end) = (words, end) }
    }
    /// No rule looks further than this ahead: the walk stays linear on any input.
    static let reach = 64

    let text: [Unicode.Scalar]
    private(set) var index = 0
    private var output = ""
    private var pending: Character?
    /// The last word written, lower case.
    private(set) var previousWord = ""
    /// Inside "account number …", "code is …": the next number is an identifier.
    private var expectsIdentifier = false
    private var lastCue = ""

    init(_ text: [Unicode.Scalar]) {
        self.text = text
        output.reserveCapacity(text.count * 2)
    }

    var isIdentifierNext: Bool { expectsIdentifier }

    mutating func run() -> String {
        while index < text.count {
            let scalar = text[index]
            if scalar.isSpace { index += 1; continue }
            if let match = isWordStart ? (number() ?? word()) : nil {
                say(match.words)
                index = max(match.end, index + 1)
            } else {
                sign(scalar)
                index += 1
            }
        }
        if let pending, pending != ",", pending != ":", pending != ";" { output.append(pending) }
        return output
    }

    /// True where a number or word may begin: not inside one that an earlier rule left off.
    private var isWordStart: Bool {
        let scalar = text[index]
        return scalar.isLetter || scalar.isDigit || SpeechTables.symbols[scalar] != nil || "-+(#@&.~'".unicodeScalars.contains(scalar)
    }

    // MARK: Writing

    private mutating func say(_ words: String) {
        for piece in words.split(separator: " ") {
            // A comma inside a match is a pause between groups.
            let trimmed = piece.hasSuffix(",") ? piece.dropLast() : piece
            if !trimmed.isEmpty {
                if let pending { output.append(pending) }
                pending = nil
                if !output.isEmpty { output.append(" ") }
                output.append(contentsOf: trimmed)
                note(trimmed.lowercased())
            }
            if piece.hasSuffix(",") { pause(",") }
        }
    }

    private mutating func note(_ word: String) {
        previousWord = word
        if SpeechTables.identifierCues.contains(word) {
            (expectsIdentifier, lastCue) = (true, word)
        } else if expectsIdentifier {
            expectsIdentifier =
                SpeechTables.identifierFillers.contains(word)
                && (word != "is" || SpeechTables.identifierCuesBeforeIs.contains(lastCue))
        }
    }

    /// Of neighbouring marks the strongest stays: "…)." is a full stop.
    private mutating func pause(_ mark: Character) {
        guard !output.isEmpty else { return }
        func weight(_ mark: Character) -> Int { mark == "," ? 0 : mark == ":" ? 1 : mark == ";" ? 2 : mark == "." ? 3 : 4 }
        if pending.map({ weight(mark) > weight($0) }) ?? true { pending = mark }
        if weight(mark) >= 2 { expectsIdentifier = false }
    }

    private mutating func sign(_ scalar: Unicode.Scalar) {
        switch scalar {
        case ",", ".", "?", "!", ";", ":": pause(Character(scalar))
        case "(", ")", "{", "}", "[", "]": pause(",")
        case "-":
            // A dash between spaces is a pause; inside a word it is handled there.
            if peek(-1)?.isSpace ?? true, peek(1)?.isSpace ?? true { pause(",") }
        case "/":
            if index > 0, peek(-1)?.isSpace == false, let next = peek(1), !next.isSpace { say("slash") }
        case "%": say("percent")
        case "=": say("equals")
        case "°": say("degrees")
        default: break
        }
    }

    // MARK: Reading

    func peek(_ offset: Int) -> Unicode.Scalar? { at(index + offset) }
    func at(_ place: Int) -> Unicode.Scalar? { place >= 0 && place < text.count ? text[place] : nil }

    /// The run of letters from `place`, at most ``reach`` of them.
    func letters(_ place: Int) -> String {
        var word = String.UnicodeScalarView()
        var end = place
        while let scalar = at(end), scalar.isLetter, end - place < Self.reach {
            word.append(scalar)
            end += 1
        }
        return String(word)
    }

    func skipSpaces(_ place: Int) -> Int {
        var place = place
        while let scalar = at(place), scalar.isSpace, place - index < Self.reach { place += 1 }
        return place
    }

    /// The next word after `place` in lower case, spaces skipped; empty when something else follows.
    func nextWord(_ place: Int) -> String { letters(skipSpaces(place)).lowercased() }

    /// True when `place` is not in the middle of a word or number.
    func isBoundary(_ place: Int) -> Bool {
        guard let scalar = at(place) else { return true }
        return !scalar.isLetter && !scalar.isDigit
    }
}
