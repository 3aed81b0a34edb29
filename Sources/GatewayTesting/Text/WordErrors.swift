/// How far what was heard is from what was said, in words: substitutions, insertions and deletions of the best alignment.
public struct WordErrors: Sendable, Equatable {
    public var errors: Int
    /// Words of the reference.
    public var words: Int
    /// errors / words; 0 for an empty reference that was heard as nothing.
    public var rate: Double { words == 0 ? (errors == 0 ? 0 : 1) : Double(errors) / Double(words) }

    public init(errors: Int = 0, words: Int = 0) { (self.errors, self.words) = (errors, words) }

    /// Compares after bringing both to lower case, words without punctuation, and the same spelling of numbers and contractions.
    public init(said reference: String, heard hypothesis: String) {
        let (a, b) = (Self.words(reference), Self.words(hypothesis))
        var row = Array(0...b.count)
        for (i, word) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let substituted = diagonal + (word == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        (errors, words) = (row[b.count], a.count)
    }

    public static func + (a: WordErrors, b: WordErrors) -> WordErrors { WordErrors(errors: a.errors + b.errors, words: a.words + b.words) }

    /// The words that are compared.
    public static func words(_ text: String) -> [String] {
        var spaced = ""
        for character in text.lowercased() {
            switch character {
            case "’": spaced.append("'")
            case "$": spaced += " dollar "
            case "%": spaced += " percent "
            case _ where character.isLetter || character.isNumber || character == "'": spaced.append(character)
            default: spaced.append(" ")
            }
        }
        return spaced.split(separator: " ").flatMap { word -> [String] in
            let word = String(word)
            if let written = contractions[word] { return written }
            if let number = Int(word), number < 10_000 { return cardinal(number) }
            return [singular[word] ?? word.filter { $0 != "'" }]
        }
    }

    private static let contractions: [String: [String]] = [
        "i'm": ["i", "am"], "i'd": ["i", "would"], "i've": ["i", "have"], "i'll": ["i", "will"], "it's": ["it", "is"],
        "what's": ["what", "is"], "that's": ["that", "is"], "you're": ["you", "are"], "you've": ["you", "have"],
        "don't": ["do", "not"], "can't": ["can", "not"], "cannot": ["can", "not"], "didn't": ["did", "not"], "isn't": ["is", "not"],
        "gonna": ["going", "to"], "wanna": ["want", "to"], "gb": ["gigabytes"], "mb": ["megabytes"], "ok": ["okay"],
    ]
    private static let singular = ["dollars": "dollar", "cents": "cent", "gigabyte": "gigabytes", "megabyte": "megabytes"]
    private static let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    private static func cardinal(_ n: Int) -> [String] {
        switch n {
        case ..<20: [small[n]]
        case ..<100: [tens[n / 10]] + (n % 10 == 0 ? [] : [small[n % 10]])
        case ..<1000: [small[n / 100], "hundred"] + (n % 100 == 0 ? [] : cardinal(n % 100))
        default: cardinal(n / 1000) + ["thousand"] + (n % 1000 == 0 ? [] : cardinal(n % 1000))
        }
    }
}
