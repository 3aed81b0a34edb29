import AudioCodec
import StreamingPipeline

extension WhisperDecoder {
    /// Up to this much speech may be a short answer, which is chosen rather than written.
    static let shortAnswer = Duration.milliseconds(1_200)
    /// Less likely phrases are noise when the network doubts that anybody spoke: 108 noises stayed below.
    private static let faintChoice = 0.03
    /// That doubt, where the free text is a tag as well.
    private static let doubtedSpeech = 0.65

    /// Writes down one utterance, and chooses among the phrases that are expected when it is short.
    /// - Parameter samples: mono, 8 or 16 kHz; the network hears 16 kHz.
    /// - Returns: nil when cancelled.
    func transcribe(
        _ samples: [Int16], sampleRate: SampleRate, expecting expectation: RecognitionExpectation?, judge: TranscriptJudge, isCancelled: CancellationFlag
    ) throws(SpeechEngineError) -> Transcript? {
        let wide = Self.widened(samples, from: sampleRate)
        let padded = wide + [Float](repeating: 0, count: max(0, Self.shortest - wide.count))
        guard let heard = try decode(padded, spoken: wide.count, isCancelled: isCancelled) else { return nil }
        let speech = SpeechSpan.duration(of: samples, sampleRate: sampleRate)
        let free = judge.transcript(
            heard.tokens.map { .init(bytes: model.bytes(of: $0.id), logProbability: Double($0.logProbability)) },
            noSpeech: heard.noSpeech, isLoop: heard.isLoop, speech: speech)
        guard let expectation, !expectation.phrases.isEmpty, speech <= Self.shortAnswer else { return free }
        let chosen = choose(expectation, instead: free, noSpeech: heard.noSpeech, judge: judge, isCancelled: isCancelled)
        return isCancelled.value ? nil : chosen
    }

    /// What was expected is so much likelier than anything else, before a word is heard.
    private static let expectedOdds = 150.0

    /// The expected phrase that fits best, unless the free text fits far better or nobody spoke.
    private func choose(
        _ expectation: RecognitionExpectation, instead free: Transcript, noSpeech: Double, judge: TranscriptJudge,
        isCancelled: CancellationFlag
    ) -> Transcript {
        let isTag = TranscriptJudge.isTag(free.raw)
        let written = Self.bare(free.raw)
        let isNew = !isTag && !written.isEmpty && !expectation.phrases.contains { $0.lowercased() == written.lowercased() }
        guard let choice = choose(among: expectation.phrases, against: isNew ? written : nil, isCancelled: isCancelled) else { return free }
        let isDoubted = noSpeech > TranscriptJudge.noSpeechLimit || (isTag && noSpeech > Self.doubtedSpeech)
        if isDoubted && choice.probability < Self.faintChoice && !Self.standsOut(choice, among: expectation.phrases.count) {
            return Transcript(text: "", raw: free.raw, confidence: 0, rejection: .notSpeech)
        }
        if choice.rival > Self.expectedOdds * choice.probability { return free }
        return Transcript(
            text: choice.phrase, raw: free.raw, confidence: choice.share,
            rejection: choice.share < judge.minimumConfidence ? .unintelligible : nil,
            words: choice.phrase.split(separator: " ").map { .init(text: String($0), probability: choice.share) })
    }

    /// A faint word among several that are all but excluded is still a word: no noise gave one phrase of a dozen more
    /// than 71 % of the probability.
    private static func standsOut(_ choice: Choice, among count: Int) -> Bool {
        count >= 8 && choice.share >= 0.8 && choice.probability >= 0.002
    }

    /// Without the punctuation around it.
    private static func bare(_ text: String) -> String {
        let inner = text.drop { !$0.isLetter && !$0.isNumber }
        return String(inner.prefix(inner.count - inner.reversed().prefix { !$0.isLetter && !$0.isNumber }.count))
    }

    /// The 16 kHz that the network was trained on, as floats.
    private static func widened(_ samples: [Int16], from rate: SampleRate) -> [Float] {
        Resampler.converted(samples, from: rate, to: .hz16000).map { Float($0) / 32_768 }
    }
}
