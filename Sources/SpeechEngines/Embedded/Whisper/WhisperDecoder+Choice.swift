import CWhisper
import Glibc

extension WhisperDecoder {
    /// How well phrases fit the utterance that was decoded last.
    struct Choice {
        var phrase: String
        /// Probability that exactly this phrase was said, among all texts the network could write.
        var probability: Double
        /// Its share among all the phrases.
        var share: Double
    }

    /// Scores phrases against the audio of the last ``decode(_:spoken:isCancelled:)``: the encoder's work is still in
    /// the state, so that this costs one step of the decoder (about 3 ms) for each token that is worth following.
    ///
    /// - Returns: the best phrase, or nil when there is none or the decode was cancelled.
    func choose(among phrases: [String], isCancelled: CancellationFlag) -> Choice? {
        var scores = [Double](repeating: 0, count: phrases.count)
        var root = Branch(spellings: [])
        for (index, phrase) in phrases.enumerated() {
            for spelling in [phrase, phrase.prefix(1).uppercased() + phrase.dropFirst()] {
                root.spellings.append(.init(phrase: index, tokens: model.tokens(of: " " + spelling)))
            }
        }
        root.spellings.removeAll { $0.tokens.isEmpty }
        // English-only models know neither a language nor a task token.
        let start = unsafe [whisper_token_sot(model.context), whisper_token_not(model.context)]
        guard follow(root, after: start, past: 0, probability: 1, isCancelled: isCancelled, scores: &scores),
            let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best] > 0
        else { return nil }
        return Choice(phrase: phrases[best], probability: scores[best], share: scores[best] / scores.reduce(0, +))
    }

    private struct Branch {
        struct Spelling {
            var phrase: Int
            var tokens: [whisper_token]
        }
        var spellings: [Spelling]
    }

    /// Beginnings that are less likely than this are not followed.
    private static let negligible = 1e-5

    /// Runs the decoder over `tokens` and shares `probability` out among the spellings that go on from there.
    /// - Returns: whether the decoder worked and nobody cancelled.
    private func follow(
        _ branch: Branch, after tokens: [whisper_token], past: Int, probability: Double, isCancelled: CancellationFlag,
        scores: inout [Double]
    ) -> Bool {
        guard !isCancelled.value,
            unsafe whisper_decode_with_state(model.context, state, tokens, CInt(tokens.count), CInt(past), 1) == 0,
            let all = unsafe whisper_get_logits_from_state(state)
        else { return false }
        let logits = unsafe UnsafeBufferPointer(start: all + (tokens.count - 1) * model.vocabularySize, count: model.endOfText.index + 1)
        let largest = unsafe logits.max() ?? 0
        let total = unsafe logits.reduce(into: 0.0) { $0 += Double(exp($1 - largest)) }
        func share(_ token: whisper_token) -> Double { unsafe Double(exp(logits[token.index] - largest)) / total }

        let end = share(model.endOfText) + model.closingMarks.reduce(0) { $0 + share($1) }
        var next: [whisper_token: Branch] = [:]
        for spelling in branch.spellings {
            guard let token = spelling.tokens.first else {
                scores[spelling.phrase] += probability * end
                continue
            }
            next[token, default: Branch(spellings: [])].spellings.append(
                .init(phrase: spelling.phrase, tokens: Array(spelling.tokens.dropFirst())))
        }
        // Read before the next step overwrites the logits.
        let onward = next.map { (token: $0.key, branch: $0.value, probability: probability * share($0.key)) }
        for way in onward.sorted(by: { $0.probability > $1.probability }) where way.probability >= Self.negligible {
            let went = follow(
                way.branch, after: [way.token], past: past + tokens.count, probability: way.probability, isCancelled: isCancelled,
                scores: &scores)
            if !went { return false }
        }
        return true
    }
}

extension WhisperModel {
    /// What may follow the last word of an answer.
    var closingMarks: [whisper_token] { [".", ",", "!", "?"].compactMap { tokens(of: $0).first } }
}

extension whisper_token {
    fileprivate var index: Int { Int(self) }
}
