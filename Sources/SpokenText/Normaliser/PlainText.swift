/// Reply text without what nobody can say: markup, link targets, emoji, control characters. Scalars, because every later step
/// looks at single code points.
struct PlainText {
    /// How far a closing bracket may be from its opening one; keeps the work linear.
    private static let reach = 400
    private var output: [Unicode.Scalar] = []
    private let input: [Unicode.Scalar]
    private var index = 0

    static func scalars(of text: String) -> [Unicode.Scalar] {
        var pass = PlainText(input: Array(text.unicodeScalars))
        return pass.run()
    }

    private init(input: [Unicode.Scalar]) {
        self.input = input
        output.reserveCapacity(input.count)
    }

    private mutating func run() -> [Unicode.Scalar] {
        var lineStart = true
        while index < input.count {
            if lineStart { skipLineMarkers() }
            guard index < input.count else { break }
            let scalar = input[index]
            lineStart = scalar == "\n" || scalar == "\r"
            switch scalar {
            case "\n", "\r": endLine()
            case "`", "\"", "“", "”", "«", "»", "‟", "„": skip(1)
            case "’", "‘", "ʼ": put("'")
            case "*", "•": stars()
            case "~": peek(1) == "~" ? skip(2) : put("~")
            case "_": put(" ")
            case "[", "!": link(scalar)
            case "]": put(" ")
            case "<": tag()
            case "—", "―": put(", ")
            case "–", "‒", "−", "‐", "‑": put("-")
            case "…": put("...")
            case "|": put(", ")
            case "½": put(" one half ")
            case "¼": put(" one quarter ")
            case "¾": put(" three quarters ")
            case "×": put("x")
            case "™", "®", "©": skip(1)
            default: other(scalar)
            }
        }
        return output
    }

    private func peek(_ offset: Int) -> Unicode.Scalar? { index + offset < input.count ? input[index + offset] : nil }
    private mutating func skip(_ count: Int) { index += count }
    private mutating func put(_ text: String) {
        output.append(contentsOf: text.unicodeScalars)
        index += 1
    }

    /// Headings, quotes and bullets at the start of a line.
    private mutating func skipLineMarkers() {
        while index < input.count, input[index] == " " || input[index] == "\t" { index += 1 }
        let start = index
        while index < input.count, "#>".unicodeScalars.contains(input[index]) { index += 1 }
        if index > start, index < input.count, input[index] != " " { index = start }  // "#5" is a number
        if index < input.count, "-*+•".unicodeScalars.contains(input[index]), peek(1) == " " { index += 2 }
    }

    /// A line that ends without punctuation is a sentence of its own.
    private mutating func endLine() {
        // A few places back are enough: an empty line before this one ended the sentence already.
        if let last = output.suffix(8).last(where: { $0 != " " }), last.properties.isAlphabetic || last.isDigit || last == ")" || last == "%" {
            output.append(".")
        }
        put(" ")
    }

    /// Emphasis goes; four and more stars or two bullets before digits stand for the hidden part of a number.
    private mutating func stars() {
        var count = 0
        while peek(count) == "*" || peek(count) == "•" { count += 1 }
        let hides = count >= 4 || (count >= 2 && input[index] == "•")
        if hides, let next = peek(count) == " " ? peek(count + 1) : peek(count), next.isDigit {
            output.append(contentsOf: "ending in ".unicodeScalars)
        } else if count == 1, let last = output.last, last.isDigit || last == " ", let next = peek(1), next.isDigit || next == " " {
            output.append(contentsOf: " times ".unicodeScalars)
        }
        index += count
    }

    /// `[text](target)` and `![alt](target)` leave their text.
    private mutating func link(_ first: Unicode.Scalar) {
        let open = first == "!" ? index + 1 : index
        guard open < input.count, input[open] == "[" else { return put(first == "!" ? "!" : " ") }
        let limit = min(input.count, open + Self.reach)
        guard let close = input[open..<limit].firstIndex(of: "]"), close + 1 < limit, input[close + 1] == "(",
            let end = input[close..<limit].firstIndex(of: ")")
        else { return put(" ") }
        for scalar in input[(open + 1)..<close] { scalar.properties.isEmojiPresentation ? () : output.append(scalar) }
        index = end + 1
    }

    /// `<b>`, `</p>`, `<br/>` and `<https://…>` go with their content.
    private mutating func tag() {
        let limit = min(input.count, index + 60)
        guard let next = peek(1), next.properties.isAlphabetic || next == "/",
            let end = input[index..<limit].firstIndex(of: ">")
        else { return put(" less than ") }
        output.append(" ")
        index = end + 1
    }

    private mutating func other(_ scalar: Unicode.Scalar) {
        let properties = scalar.properties
        if scalar.isASCII {
            output.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar)
        } else if properties.numericType == .decimal, let value = properties.numericValue, 0...9 ~= value {
            output.append(Unicode.Scalar(UInt8(48 + Int(value))))
        } else {
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark:
                // Variation selectors and joiners are marks that only emoji need.
                if !(0xFE00...0xFE0F ~= scalar.value) && !properties.isEmojiModifier { output.append(scalar) }
            case .currencySymbol where SpeechTables.symbols[scalar] != nil: output.append(scalar)
            case .format, .control, .surrogate, .privateUse, .unassigned: break
            case .otherPunctuation where scalar == "。" || scalar == "।": output.append(".")
            default: scalar == "°" ? output.append(scalar) : output.append(" ")
            }
        }
        index += 1
    }
}

extension Unicode.Scalar {
    /// ASCII 0-9 only.
    var isDigit: Bool { 48...57 ~= value }
    /// A letter of any script.
    var isLetter: Bool { isASCII ? (65...90 ~= value || 97...122 ~= value) : properties.isAlphabetic }
    var isSpace: Bool { value == 32 || value == 9 }
    var isCapital: Bool { isASCII ? 65...90 ~= value : properties.isUppercase }
}
