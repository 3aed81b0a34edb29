import AudioCodec
internal import CVoiceActivity

/// Tells voice from silence and noise, for one call.
///
/// With a model it judges pieces of 256 samples (32 ms), so a judgement lags up to one piece behind the frames that are
/// fed; without one it judges 160 samples (20 ms) by their energy. Owns all memory it needs from the start.
@safe public struct VoiceActivityDetector: ~Copyable {
    private let model: VoiceActivityModel?
    private let configuration: VoiceActivityConfiguration
    private var energy: EnergyVoiceDetector
    /// The recurrent state of the call and the piece being collected.
    private let state: UnsafeMutablePointer<voice_activity_state>
    private let piece: UnsafeMutablePointer<Float>
    private let pieceSamples: Int
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
        pieceSamples = model == nil ? EnergyVoiceDetector.pieceSamples : Int(voice_activity_chunk_samples)
        unsafe piece = .allocate(capacity: pieceSamples)
        unsafe piece.initialize(repeating: 0, count: pieceSamples)
    }

    deinit {
        unsafe state.deallocate()
        unsafe piece.deallocate()
    }

    /// Whether the last piece was voice.
    public var isSpeaking: Bool { isVoice }

    /// Takes samples of the call until a piece is complete or the frame ends.
    /// - Parameter index: the first sample to take; moved behind the last one taken. Call again while it is in `frame`.
    /// - Returns: the judgement of the piece that became complete.
    public mutating func judge(_ frame: Span<Int16>, from index: inout Int) -> VoiceJudgement? {
        let count = min(frame.count - index, pieceSamples - collected)
        unsafe frame.withUnsafeBufferPointer { samples in
            for offset in 0..<count { unsafe piece[collected + offset] = Float(samples[index + offset]) * (1 / 32_768) }
        }
        collected += count
        fed += count
        index += count
        guard collected == pieceSamples else { return nil }
        collected = 0
        return judgement(from: Frame.duration(samples: fed - pieceSamples), to: Frame.duration(samples: fed))
    }

    private mutating func judgement(from start: Duration, to end: Duration) -> VoiceJudgement {
        let probability: Float
        if let model {
            // Hysteresis: a voice that has begun may become softer.
            probability = unsafe voice_activity_step(model.network, state, piece)
            isVoice = probability >= (isVoice ? configuration.off : configuration.on)
            if isVoice { voicedUntil = end }
        } else {
            (isVoice, voicedUntil) = energy.judge(dBFS: level, from: start, to: end)
            probability = isVoice ? 1 : 0
        }
        return VoiceJudgement(isVoice: isVoice, start: start, end: end, voicedUntil: voicedUntil, probability: probability)
    }

    /// Level of the piece.
    private var level: Double {
        var sum: Float = 0
        for index in 0..<pieceSamples { unsafe sum += piece[index] * piece[index] }
        return Level.decibels(meanSquare: Double(sum) / Double(pieceSamples) * 32_768 * 32_768)
    }
}
