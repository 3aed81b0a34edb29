/// Word errors of a transcript against what was said, after writing both the same way.
struct WordErrors {
    var errors = 0
    var words = 0
    /// 0…; above 1 when more was written than said.
    var rate: Double { words == 0 ? 0 : Double(errors) / Double(words) }

    static func + (left: WordErrors, right: WordErrors) -> WordErrors {
        WordErrors(errors: left.errors + right.errors, words: left.words + right.words)
    }

    init(errors: Int = 0, words: Int = 0) { (self.errors, self.words) = (errors, words) }

    /// The least number of words to replace, leave out and insert.
    init(said: String, heard: String) {
        let said = Self.normalised(said), heard = Self.normalised(heard)
        var row = Array(0...heard.count)
        for (index, word) in said.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for place in heard.indices {
                let replaced = diagonal + (heard[place] == word ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(replaced, row[place] + 1, diagonal + 1)
            }
        }
        (errors, words) = (row[heard.count], said.count)
    }

    /// Lower case, no punctuation, contractions written out, numbers in words (digit by digit beyond ninety-nine).
    static func normalised(_ text: String) -> [String] {
        let lower = text.lowercased().replacing("’", with: "'")
        var words: [String] = []
        for piece in lower.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "'") }) {
            let piece = String(piece)
            if let whole = contractions[piece] {
                words += whole.split(separator: " ").map(String.init)
            } else if piece.allSatisfy(\.isWholeNumber) {
                words += numberWords(piece)
            } else {
                words += split(piece)
            }
        }
        return words
    }

    private static func split(_ piece: String) -> [String] {
        for (ending, words) in endings where piece.hasSuffix(ending) && piece.count > ending.count {
            return [String(piece.dropLast(ending.count))] + words
        }
        let letters = piece.drop(while: \.isWholeNumber)
        // "20gb", "3rd"
        if letters.count < piece.count { return numberWords(String(piece.prefix(piece.count - letters.count))) + [spelled[String(letters)] ?? String(letters)] }
        let bare = piece.replacing("'", with: "")
        return [spelled[bare] ?? bare]
    }

    private static let contractions = [
        "can't": "can not", "cannot": "can not", "won't": "will not", "let's": "let us", "gonna": "going to", "ok": "okay",
        "goodbye": "good bye", "voicemail": "voice mail", "3rd": "third", "1st": "first", "2nd": "second", "gb": "gigabytes",
    ]
    private static let endings: [(String, [String])] = [
        ("n't", ["not"]), ("'m", ["am"]), ("'re", ["are"]), ("'ve", ["have"]), ("'ll", ["will"]), ("'d", ["would"]), ("'s", ["is"]),
    ]
    private static let spelled = ["e": "e", "id": "id", "mister": "mr", "gb": "gigabytes", "rd": "third", "recognise": "recognize"]

    private static let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    private static func numberWords(_ digits: String) -> [String] {
        func pair(_ value: Int) -> [String] {
            value < 20 ? [small[value]] : [tens[value / 10]] + (value % 10 == 0 ? [] : [small[value % 10]])
        }
        if digits.count <= 2, let value = Int(digits) { return pair(value) }
        // A year: "nineteen eighty two".
        if digits.count == 4, let value = Int(digits), (1_900...1_999).contains(value) { return pair(value / 100) + pair(value % 100) }
        return digits.compactMap { $0.wholeNumberValue.map { small[$0] } }
    }
}
