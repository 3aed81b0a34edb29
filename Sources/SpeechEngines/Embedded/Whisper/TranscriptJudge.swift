import StreamingPipeline

/// Decides what the network's text is worth: its words, its confidence, and whether it is a user turn at all.
struct TranscriptJudge: Sendable {
    /// Beyond this the network believes that nobody spoke. Together with the tags it refuses all of 220 noises and no
    /// sentence.
    static let noSpeechLimit = 0.8
    /// How what is not speech is written: "[BLANK_AUDIO]", "(wind blowing)", "*sighs*", "♪".
    static let tagStarts: Set<Character> = ["[", "(", "*", "♪", "♫", "{", "<"]

    var minimumConfidence: Double
    var repair: @Sendable (String) -> String

    struct Word {
        var bytes: [UInt8]
        var logProbability: Double
    }

    /// - Parameters:
    ///   - tokens: each token's bytes and log probability, in order.
    ///   - noSpeech: the network's belief that nobody spoke.
    func transcript(tokens: [(bytes: [UInt8], logProbability: Double)], noSpeech: Double, isLoop: Bool) -> Transcript {
        let text = Self.text(tokens.flatMap(\.bytes))
        guard let first = text.first, !Self.tagStarts.contains(first), text.contains(where: { $0.isLetter || $0.isNumber }),
            noSpeech <= Self.noSpeechLimit
        else { return Transcript(text: "", raw: text, confidence: 0, rejection: .notSpeech) }
        let confidence = Self.confidence(logProbabilities: tokens.map(\.logProbability), noSpeech: noSpeech, isLoop: isLoop)
        return Transcript(
            text: repair(text), raw: text, confidence: confidence,
            rejection: confidence < minimumConfidence ? .unintelligible : nil, words: Self.words(tokens))
    }

    /// The geometric mean of the tokens' probabilities.
    static func confidence(logProbabilities: [Double], noSpeech: Double, isLoop: Bool) -> Double {
        guard !logProbabilities.isEmpty else { return 0 }
        let mean = logProbabilities.reduce(0, +) / Double(logProbabilities.count)
        return min(1, max(0, mean.exponential)) * (isLoop ? 0.5 : 1)
    }

    /// Words with the probability of all their tokens; a word begins at a space.
    static func words(_ tokens: [(bytes: [UInt8], logProbability: Double)]) -> [Transcript.Word] {
        var words: [Word] = []
        for token in tokens {
            if token.bytes.first == UInt8(ascii: " ") || words.isEmpty {
                words.append(Word(bytes: token.bytes, logProbability: token.logProbability))
            } else {
                words[words.count - 1].bytes += token.bytes
                words[words.count - 1].logProbability += token.logProbability
            }
        }
        return words.compactMap { word in
            let text = text(word.bytes)
            return text.isEmpty ? nil : Transcript.Word(text: text, probability: min(1, word.logProbability.exponential))
        }
    }

    /// Text of bytes that may hold half a character (a token can end inside one), without spaces at its ends.
    static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let inner = text.drop(while: \.isWhitespace)
        return String(inner.prefix(inner.count - inner.reversed().prefix(while: \.isWhitespace).count))
    }
}
