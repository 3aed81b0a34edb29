import AudioCodec

/// How much of an utterance is speech.
enum SpeechSpan {
    /// Decibels under the loudest frame where speech ends.
    private static let range = 25.0

    /// From the first to the last 20 ms frame within 25 dB of the loudest one.
    /// - Parameter samples: mono.
    static func duration(of samples: [Int16], sampleRate: SampleRate) -> Duration {
        let frame = sampleRate.samplesPerFrame
        let powers = stride(from: 0, to: samples.count, by: frame).map { start in
            Level.meanSquare(samples.span.extracting(start..<min(start + frame, samples.count)))
        }
        guard let loudest = powers.max(), loudest > 0 else { return .zero }
        let floor = loudest * Level.gain(decibels: -2 * range)
        guard let first = powers.firstIndex(where: { $0 >= floor }), let last = powers.lastIndex(where: { $0 >= floor }) else { return .zero }
        return .milliseconds(20) * (last - first + 1)
    }
}
