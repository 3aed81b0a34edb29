/// Loops: with a context trimmed to the utterance, the model may write the same phrase again and again.
enum Repetition {
    /// Length of the phrase that the last tokens repeat, or nil.
    ///
    /// A phrase counts from three tokens on, at least two of them words: "no no" and "seven seven seven" are speech.
    static func length<Token: Equatable>(in tokens: some RandomAccessCollection<Token>, isWord: (Token) -> Bool) -> Int? {
        let tokens = Array(tokens)
        guard tokens.count >= 6 else { return nil }
        for length in 3...(tokens.count / 2) {
            let last = tokens.suffix(length)
            guard last.elementsEqual(tokens.dropLast(length).suffix(length)) else { continue }
            if last.lazy.filter(isWord).prefix(2).count == 2 { return length }
        }
        return nil
    }
}
