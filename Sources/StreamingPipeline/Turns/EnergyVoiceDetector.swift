import AudioCodec

/// Calls voice what is louder than the noise around it: what a call falls back on without the network.
///
/// It starts five to thirty times as many utterances in noise as the network does.
struct EnergyVoiceDetector {
    private let configuration: VoiceActivityConfiguration
    /// The quietest recent level; falls at once, rises slowly.
    private var floor: Double?
    /// End of the last piece above the margin.
    private var lastLoud: Duration?

    init(_ configuration: VoiceActivityConfiguration) { self.configuration = configuration }

    mutating func judge(_ piece: Span<Int16>, from start: Duration, to end: Duration) -> VoiceJudgement {
        let level = Level.dBFS(piece)
        let known = floor ?? level
        floor = level < known ? level : min(level, known + Self.risePerSecond * Double(piece.count) / Double(Frame.sampleRate.hertz))
        let isLoud = level > max(known + configuration.marginDecibels, configuration.minimumDBFS)
        if isLoud { lastLoud = end }
        let isVoice = lastLoud.map { end - $0 <= configuration.hangover } ?? false
        return VoiceJudgement(
            isVoice: isVoice, start: start, end: end, voicedUntil: lastLoud ?? .zero, probability: isVoice ? 1 : 0)
    }

    /// Decibels a second by which the floor follows louder surroundings.
    private static let risePerSecond = 3.0
}
