import CWhisper
import Glibc

extension WhisperDecoder {
    /// How well a phrase fits the utterance that was decoded last.
    struct Choice {
        var phrase: String
        /// Probability that exactly this phrase was said, among all texts the network could write.
        var probability: Double
        /// Its share among all the phrases.
        var share: Double
        /// Probability that the text they compete with was said.
        var rival: Double
    }

    /// Scores phrases against the audio of the last ``decode(_:spoken:isCancelled:)``: the encoder's work is still in
    /// the state, so that this costs one step of the decoder for each token that is worth following.
    ///
    /// - Parameter rival: another text to score beside them.
    /// - Returns: the best phrase, or nil when none is at all likely or the decode was cancelled.
    func choose(among phrases: [String], against rival: String?, isCancelled: CancellationFlag) -> Choice? {
        var spellings: [Spelling] = []
        for (index, phrase) in (phrases + (rival.map { [$0] } ?? [])).enumerated() {
            for spelling in Self.spellings(of: phrase) {
                let tokens = model.tokens(of: " " + spelling)
                if !tokens.isEmpty { spellings.append(Spelling(phrase: index, tokens: tokens)) }
            }
        }
        var scores = [Double](repeating: 0, count: phrases.count + 1)
        // English-only models know neither a language nor a task token.
        let start = unsafe [whisper_token_sot(model.context), whisper_token_not(model.context)]
        guard follow(spellings, after: start, past: 0, probability: 1, isCancelled: isCancelled, scores: &scores),
            let best = phrases.indices.max(by: { scores[$0] < scores[$1] }), scores[best] > 0
        else { return nil }
        let all = scores.dropLast().reduce(0, +)
        return Choice(phrase: phrases[best], probability: scores[best], share: scores[best] / all, rival: scores[phrases.count])
    }

    private struct Spelling {
        var phrase: Int
        /// What is still to come of it.
        var tokens: [whisper_token]
    }

    /// As the network may write a phrase: small or capital, digits for small numbers.
    private static func spellings(of phrase: String) -> [String] {
        let small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        let capital = phrase.prefix(1).uppercased() + phrase.dropFirst()
        return (capital == phrase ? [phrase] : [phrase, capital]) + (small.firstIndex(of: phrase).map { [String($0)] } ?? [])
    }

    /// Beginnings that are less likely than this are not followed, nor those that cannot matter beside the best phrase.
    private static let negligible = 1e-4, negligibleShare = 0.03

    /// Runs the decoder over `tokens` and shares `probability` out among the spellings that go on from there.
    /// - Returns: whether the decoder worked and nobody cancelled.
    private func follow(
        _ spellings: [Spelling], after tokens: [whisper_token], past: Int, probability: Double, isCancelled: CancellationFlag,
        scores: inout [Double]
    ) -> Bool {
        guard !isCancelled.value, let share = shares(after: tokens, past: past) else { return false }
        let end = share(model.endOfText) + model.closingMarks.reduce(0) { $0 + share($1) }
        var branches: [whisper_token: [Spelling]] = [:]
        for spelling in spellings {
            if let token = spelling.tokens.first {
                branches[token, default: []].append(Spelling(phrase: spelling.phrase, tokens: Array(spelling.tokens.dropFirst())))
            } else {
                scores[spelling.phrase] += probability * end
            }
        }
        // Read before the next step overwrites the logits.
        let ways = branches.map { (token: $0.key, spellings: $0.value, probability: probability * share($0.key)) }
        for way in ways.sorted(by: { $0.probability > $1.probability }) {
            guard way.probability >= Self.negligible, way.probability >= Self.negligibleShare * (scores.dropLast().max() ?? 0) else { break }
            let went = follow(
                way.spellings, after: [way.token], past: past + tokens.count, probability: way.probability, isCancelled: isCancelled,
                scores: &scores)
            if !went { return false }
        }
        return true
    }

    /// What may come next after `tokens`, of which `past` were run before: the probability of each token.
    private func shares(after tokens: [whisper_token], past: Int) -> ((whisper_token) -> Double)? {
        guard unsafe whisper_decode_with_state(model.context, state, tokens, CInt(tokens.count), CInt(past), 1) == 0,
            let all = unsafe whisper_get_logits_from_state(state)
        else { return nil }
        // One row for each token that was run; text tokens and the end are all that may follow.
        let logits = unsafe UnsafeBufferPointer(start: all + (tokens.count - 1) * model.vocabularySize, count: Int(model.endOfText) + 1)
        let largest = unsafe logits.max() ?? 0
        let total = unsafe logits.reduce(into: 0.0) { $0 += Double(exp($1 - largest)) }
        return { token in unsafe Double(exp(logits[Int(token)] - largest)) / total }
    }
}
