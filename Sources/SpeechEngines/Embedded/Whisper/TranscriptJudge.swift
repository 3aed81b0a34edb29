import StreamingPipeline

/// Decides what the network's text is worth: its words, its confidence, and whether it is a user turn at all.
struct TranscriptJudge: Sendable {
    struct Token {
        /// A token can end inside a character.
        var bytes: [UInt8]
        var logProbability: Double
    }

    /// Beyond this the network believes that nobody spoke. Together with the tags it refuses all of 220 noises and no
    /// sentence.
    static let noSpeechLimit = 0.8
    /// How what is not speech is written: "[BLANK_AUDIO]", "(wind blowing)", "*sighs*", "♪", ">>".
    private static let tagStarts: Set<Character> = ["[", "(", "*", "♪", "♫", "{", "<", ">"]

    var minimumConfidence: Double
    var repair: @Sendable (String) -> String

    /// - Parameters:
    ///   - tokens: what the network wrote.
    ///   - noSpeech: its belief that nobody spoke.
    ///   - isLoop: whether it had to be stopped repeating itself.
    ///   - speech: how long somebody may have spoken.
    func transcript(_ tokens: [Token], noSpeech: Double, isLoop: Bool, speech: Duration) -> Transcript {
        let words = Self.unlooped(Self.words(tokens), isLoop: isLoop, speech: speech)
        let raw = Self.text(words.flatMap(\.bytes))
        guard noSpeech <= Self.noSpeechLimit, !Self.isTag(raw) else {
            return Transcript(text: "", raw: raw, confidence: 0, rejection: .notSpeech)
        }
        let confidence = Confidence.expectedAccuracy(logProbabilities: words.flatMap(\.logProbabilities))
        return Transcript(
            text: repair(raw), raw: raw, confidence: confidence, rejection: confidence < minimumConfidence ? .unintelligible : nil,
            words: words.compactMap { word in
                let text = Self.text(word.bytes)
                return text.isEmpty ? nil : .init(text: text, probability: Confidence.product(word.logProbabilities))
            })
    }

    /// Whether a text says that there was no speech.
    static func isTag(_ text: String) -> Bool {
        guard let first = text.first, !tagStarts.contains(first) else { return true }
        return !text.contains { $0.isLetter || $0.isNumber }
    }

    /// Text of bytes that may not be UTF-8, without spaces at its ends.
    static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let inner = text.drop(while: \.isWhitespace)
        return String(inner.prefix(inner.count - inner.reversed().prefix(while: \.isWhitespace).count))
    }

    private struct Word {
        var bytes: [UInt8]
        var logProbabilities: [Double]
        /// As it is compared: letters and digits, small.
        var key: String { TranscriptJudge.text(bytes).lowercased().filter { $0.isLetter || $0.isNumber } }
    }

    /// A word begins at a space.
    private static func words(_ tokens: [Token]) -> [Word] {
        var words: [Word] = []
        for token in tokens {
            if token.bytes.first == UInt8(ascii: " ") || words.isEmpty {
                words.append(Word(bytes: token.bytes, logProbabilities: [token.logProbability]))
            } else {
                words[words.count - 1].bytes += token.bytes
                words[words.count - 1].logProbabilities.append(token.logProbability)
            }
        }
        return words
    }

    /// "Yes. Yes. Yes." in half a second of speech was one "Yes."
    private static func unlooped(_ words: [Word], isLoop: Bool, speech: Duration) -> [Word] {
        let keys = words.map(\.key)
        guard let period = Repetition.period(of: keys) else { return words }
        let count = (words.count + period - 1) / period
        guard isLoop || count > Repetition.plausibleCount(phraseWords: period, in: speech) else { return words }
        return Array(words.prefix(period))
    }
}
