internal import CVoiceActivity

/// Tells voice from silence and noise, for one call.
///
/// With a model it judges pieces of 256 samples (32 ms), so a judgement lags up to one piece behind the frames that are
/// fed; without one it judges every frame by its energy. Owns all memory it needs from the start.
@safe public struct VoiceActivityDetector: ~Copyable {
    private let model: VoiceActivityModel?
    private let configuration: VoiceActivityConfiguration
    private var energy: EnergyVoiceDetector
    /// The recurrent state of the call and the piece being collected.
    private let state: UnsafeMutablePointer<voice_activity_state>
    private let chunk: UnsafeMutablePointer<Float>
    private var collected = 0
    private var isVoice = false
    private var voicedUntil = Duration.zero
    /// Samples of the call that have been fed.
    private var fed = 0

    public init(model: VoiceActivityModel?, configuration: VoiceActivityConfiguration = VoiceActivityConfiguration()) {
        self.model = model
        self.configuration = configuration
        energy = EnergyVoiceDetector(configuration)
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: voice_activity_state())
        unsafe chunk = .allocate(capacity: Self.chunkSamples)
        unsafe chunk.initialize(repeating: 0, count: Self.chunkSamples)
    }

    deinit {
        unsafe state.deallocate()
        unsafe chunk.deallocate()
    }

    /// Whether the last piece was voice.
    public var isSpeaking: Bool { isVoice }

    /// Takes samples of the call until a piece is complete or the frame ends.
    /// - Parameter index: the first sample to take; moved behind the last one taken. Call again while it is in `frame`.
    /// - Returns: the judgement of the piece that became complete.
    public mutating func judge(_ frame: Span<Int16>, from index: inout Int) -> VoiceJudgement? {
        guard let model else {
            let start = Frame.duration(samples: fed), piece = frame.extracting(index...)
            fed += piece.count
            index = frame.count
            let judgement = energy.judge(piece, from: start, to: Frame.duration(samples: fed))
            isVoice = judgement.isVoice
            return judgement
        }
        let count = min(frame.count - index, Self.chunkSamples - collected)
        for offset in 0..<count { unsafe chunk[collected + offset] = Float(frame[index + offset]) * (1 / 32_768) }
        collected += count
        fed += count
        index += count
        guard collected == Self.chunkSamples else { return nil }
        collected = 0
        return unsafe judgement(voice_activity_step(model.network, state, chunk))
    }

    /// Applies hysteresis: a voice that has begun may become softer.
    private mutating func judgement(_ probability: Float) -> VoiceJudgement {
        isVoice = probability >= (isVoice ? configuration.off : configuration.on)
        let end = Frame.duration(samples: fed)
        if isVoice { voicedUntil = end }
        return VoiceJudgement(
            isVoice: isVoice, start: Frame.duration(samples: fed - Self.chunkSamples), end: end, voicedUntil: voicedUntil,
            probability: probability)
    }

    private static let chunkSamples = Int(voice_activity_chunk_samples)
}
