public import AudioCodec

/// What a call does with the audio it receives: the recogniser is fed, voice is judged, utterances begin and end.
///
/// Confined to the call's event loop. Takes a frame in place and leaves its samples as they are, so that a loopback needs
/// nothing but an absent ear. Allocates nothing after `init`.
public struct InboundPipeline: ~Copyable {
    /// Media time: everything that has been fed, whether or not somebody spoke.
    public private(set) var mediaTime = Duration.zero
    private var ear: EarStage?
    private var fed = 0
    private var turns: TurnStage
    private let preroll: Duration
    /// Of the frames that come: 8 kHz from a telephone, 16 kHz from a wide-band leg. The ear hears it as it is.
    public let sampleRate: SampleRate

    /// - Parameters:
    ///   - sampleRate: 8 or 16 kHz; the ear was opened at the same rate.
    ///   - voiceActivity: the network's weights; without them energy decides, which is worse in noise.
    ///   - ear: receives every frame; `nil` while nobody listens. The pipeline does not close it.
    public init(
        sampleRate: SampleRate = .hz8000, configuration: EndpointingConfiguration = EndpointingConfiguration(),
        voiceActivity: VoiceActivityModel?,
        thresholds: VoiceActivityConfiguration = VoiceActivityConfiguration(), ear: (any RecognitionStream)?
    ) {
        precondition(sampleRate == .hz8000 || sampleRate == .hz16000, "voice is judged at 8 kHz or half of 16 kHz")
        (self.sampleRate, preroll) = (sampleRate, configuration.preroll)
        turns = TurnStage(configuration, sampleRate: sampleRate, voice: VoiceActivityDetector(model: voiceActivity, configuration: thresholds))
        self.ear = ear.map { EarStage($0) }
    }

    /// Takes the next frame of the call.
    /// - Parameters:
    ///   - frame: 20 ms of mono PCM (160 samples at 8 kHz, 320 at 16 kHz); any other length is taken as it comes.
    ///   - emit: receives what was noticed, in order; the ear has been told before.
    ///     The pipeline is being changed while it runs: it must not be asked anything, so gather events and act afterwards.
    public mutating func process(_ frame: inout MutableSpan<Int16>, emit: (CallEvent) -> Void) {
        let start = mediaTime
        fed += frame.count
        mediaTime = sampleRate.duration(samples: fed)
        let (now, preroll, previousVoice, sampleRate) = (mediaTime, preroll, turns.previousVoice, sampleRate)
        guard var ear else { return turns.process(&frame, at: start, emit: emit) }
        ear.process(&frame, at: start, emit: emit)
        turns.process(&frame, at: start) { event in
            var samples = 0
            if case .speechStarted(_, let onset) = event {
                samples = sampleRate.samples(in: now - max(previousVoice, onset - preroll))
            }
            ear.observe(event, preroll: samples)
            emit(event)
        }
        self.ear = ear
    }

    /// Silence that ends an utterance: set it for a question whose answers pause longer or shorter than usual. In force at
    /// once, even in a pause, until it is set again.
    public var silence: Duration {
        get { turns.endpoint.silence }
        set { turns.endpoint.silence = newValue }
    }

    /// Whether the last judgement was voice: the first sign of a barge-in, before an onset's length has passed.
    public var isVoice: Bool { turns.isSpeaking }
    /// Whether an utterance is in progress, pauses included.
    public var isInUtterance: Bool { turns.endpoint.isInUtterance }
    /// The utterance in progress, or else the last one; 0 before the first.
    public var utterance: Int { turns.utterance }

    /// Puts on an ear, or takes it off (a caller on hold is not listened to). The one before drops its utterance and
    /// stays open; the new one hears from the next utterance on.
    public mutating func attach(_ ear: (any RecognitionStream)?) {
        self.ear?.cancel()
        self.ear = ear.map { EarStage($0) }
    }

    /// Drops the utterance in progress: nothing more is reported of it, and the ear forgets it.
    public mutating func cancelUtterance() {
        ear?.cancel()
        turns.endpoint.reset()
    }
}
