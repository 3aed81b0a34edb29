/// What somebody said, in words, numerals and signs, each with its place in the text.
struct SpokenToken {
    enum Kind: Equatable {
        /// Lower case, apostrophes kept.
        case word(String)
        /// Digits and fraction digits; `isGrouped` for "1,200".
        case numeral(digits: String, fraction: String?, isGrouped: Bool)
        /// Any other character but white space.
        case sign(Character)
    }
    var kind: Kind
    var range: Range<String.Index>
    /// No white space before it.
    var isAttached: Bool

    var word: String? { if case .word(let word) = kind { word } else { nil } }
    var sign: Character? { if case .sign(let sign) = kind { sign } else { nil } }

    static func tokens(of text: String) -> [SpokenToken] {
        var tokens: [SpokenToken] = []
        var index = text.startIndex
        var isAttached = false
        func isDigit(_ place: String.Index) -> Bool { place < text.endIndex && "0"..."9" ~= text[place] }
        while index < text.endIndex {
            let character = text[index]
            let start = index
            let kind: Kind
            if character.isWhitespace {
                index = text.index(after: index)
                isAttached = false
                continue
            } else if isDigit(index) {
                var digits = ""
                var fraction: String?
                var isGrouped = false
                while index < text.endIndex {
                    if isDigit(index) {
                        digits.append(text[index])
                    } else if text[index] == ",", fraction == nil, digits.count <= 3 || isGrouped,
                        let group = text.index(index, offsetBy: 3, limitedBy: text.endIndex),
                        isDigit(text.index(after: index)), isDigit(text.index(index, offsetBy: 2)), isDigit(group)
                    {
                        isGrouped = true
                    } else if text[index] == ".", isDigit(text.index(after: index)), fraction == nil {
                        fraction = ""
                        index = text.index(after: index)
                        while isDigit(index) {
                            fraction?.append(text[index])
                            index = text.index(after: index)
                        }
                        break
                    } else {
                        break
                    }
                    index = text.index(after: index)
                }
                kind = .numeral(digits: digits, fraction: fraction, isGrouped: isGrouped)
            } else if character.isLetter {
                var word = ""
                while index < text.endIndex, text[index].isLetter || text[index] == "'" || text[index] == "’" {
                    word.append(text[index] == "’" ? "'" : text[index])
                    index = text.index(after: index)
                }
                kind = .word(word.lowercased())
            } else {
                kind = .sign(character)
                index = text.index(after: index)
            }
            tokens.append(SpokenToken(kind: kind, range: start..<index, isAttached: isAttached))
            isAttached = true
        }
        return tokens
    }
}

/// Tokens of one text, and the readers that the parsers share. Readers take a place and return a value and the place after it.
struct SpokenReader {
    let text: String
    let tokens: [SpokenToken]
    init(_ text: String) { (self.text, tokens) = (text, SpokenToken.tokens(of: text)) }

    func word(_ place: Int) -> String? { place >= 0 && place < tokens.count ? tokens[place].word : nil }
    func sign(_ place: Int) -> Character? { place >= 0 && place < tokens.count ? tokens[place].sign : nil }
    func numeral(_ place: Int) -> (digits: String, fraction: String?, isGrouped: Bool)? {
        guard place >= 0, place < tokens.count, case .numeral(let digits, let fraction, let isGrouped) = tokens[place].kind else { return nil }
        return (digits, fraction, isGrouped)
    }
    func isAttached(_ place: Int) -> Bool { place < tokens.count && tokens[place].isAttached }

    func found<Value>(_ value: Value, _ start: Int, _ end: Int) -> SpokenValue<Value> {
        SpokenValue(value, range: tokens[start].range.lowerBound..<tokens[end - 1].range.upperBound, in: text)
    }

    /// Reads values from left to right, each token at most once.
    func all<Value>(_ read: (Int) -> (Value, Int)?) -> [SpokenValue<Value>] {
        var values: [SpokenValue<Value>] = []
        var place = 0
        while place < tokens.count {
            if let (value, end) = read(place), end > place {
                values.append(found(value, place, end))
                place = end
            } else {
                place += 1
            }
        }
        return values
    }

    /// The place after a hyphen that joins two tokens ("twenty-six"), else `place`.
    func skipHyphen(_ place: Int) -> Int { sign(place) == "-" && isAttached(place) && isAttached(place + 1) ? place + 1 : place }
}
