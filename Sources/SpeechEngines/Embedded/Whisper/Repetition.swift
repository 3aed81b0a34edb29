/// Loops: with a context trimmed to the utterance, the model may write the same phrase again and again.
enum Repetition {
    /// Length of the phrase that the last tokens repeat, or nil.
    ///
    /// A phrase counts from three tokens on, at least two of them words: "no no" and "seven seven seven" are speech.
    /// - Parameter tokens: their bytes, in small letters.
    static func length(in tokens: [[UInt8]]) -> Int? {
        guard tokens.count >= 6 else { return nil }
        for length in 3...(tokens.count / 2) {
            let last = tokens.suffix(length)
            guard last.elementsEqual(tokens.dropLast(length).suffix(length)) else { continue }
            if last.lazy.filter(isWord).prefix(2).count == 2 { return length }
        }
        return nil
    }

    /// Whether a token begins with a letter, after its space.
    private static func isWord(_ token: [UInt8]) -> Bool {
        guard let letter = token.first == UInt8(ascii: " ") ? token.dropFirst().first : token.first else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
    }

    /// Length of the phrase that a whole text consists of, said again and again, the last time perhaps in part; or nil.
    static func period(of words: [String]) -> Int? {
        guard words.count >= 2 else { return nil }
        return (1..<words.count).first { period in zip(words, words.dropFirst(period)).allSatisfy { $0 == $1 } }
    }

    /// How often a phrase of so many words can have been said in so much speech.
    static func plausibleCount(phraseWords: Int, in speech: Duration) -> Int {
        max(1, Int(speech / (.milliseconds(300) * phraseWords)))
    }
}
