/// When a piece of audio counts as voice.
public struct VoiceActivityConfiguration: Sendable, Equatable {
    /// The network's probability from which silence becomes voice, and below which voice becomes silence.
    public var on: Float, off: Float
    /// Without the network: how far voice stands above the noise floor, and how loud it must be at least.
    public var marginDecibels: Double, minimumDBFS: Double
    /// Without the network: gaps up to this long are bridged.
    public var hangover: Duration

    public init(
        on: Float = 0.5, off: Float = 0.35, marginDecibels: Double = 6, minimumDBFS: Double = -55,
        hangover: Duration = .milliseconds(200)
    ) {
        (self.on, self.off, self.marginDecibels, self.minimumDBFS) = (on, off, marginDecibels, minimumDBFS)
        self.hangover = hangover
    }
}

/// What a detector says about a piece of audio; pieces follow each other without a gap.
public struct VoiceJudgement: Sendable, Equatable {
    public var isVoice: Bool
    /// Media time of the piece.
    public var start: Duration, end: Duration
    /// Where the last voice ended: `end` of a voiced piece, earlier where a gap is only bridged.
    public var voicedUntil: Duration
    /// 0...1: the network's probability; without it 0 or 1.
    public var probability: Float
}
