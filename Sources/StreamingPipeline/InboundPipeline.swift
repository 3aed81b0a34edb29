/// What a call does with the audio it receives: the recogniser is fed, voice is judged, utterances begin and end.
///
/// Confined to the call's event loop. Takes a frame in place and leaves its samples as they are, so that a loopback needs
/// nothing but an absent ear. Allocates nothing after `init`.
public struct InboundPipeline: ~Copyable {
    /// Media time: everything that has been fed, whether or not somebody spoke.
    public private(set) var mediaTime = Duration.zero
    private var ear: EarStage?
    private var turns: TurnStage
    private let preroll: Duration

    /// - Parameters:
    ///   - voiceActivity: the network's weights; without them energy decides, which is worse in noise.
    ///   - ear: receives every frame; `nil` while nobody listens. The pipeline does not close it.
    public init(
        configuration: EndpointingConfiguration = EndpointingConfiguration(), voiceActivity: VoiceActivityModel?,
        thresholds: VoiceActivityConfiguration = VoiceActivityConfiguration(), ear: (any RecognitionStream)?
    ) {
        preroll = configuration.preroll
        turns = TurnStage(configuration, voice: VoiceActivityDetector(model: voiceActivity, configuration: thresholds))
        self.ear = ear.map { EarStage($0) }
    }

    /// Takes the next frame of the call.
    /// - Parameters:
    ///   - frame: 20 ms of 8 kHz mono PCM (160 samples); any other length is taken as it comes.
    ///   - emit: receives what was noticed, in order; the ear has been told before.
    ///     The pipeline is being changed while it runs: it must not be asked anything, so gather events and act afterwards.
    public mutating func process(_ frame: inout MutableSpan<Int16>, emit: (CallEvent) -> Void) {
        let start = mediaTime
        mediaTime += Frame.duration(samples: frame.count)
        let (now, preroll, previousVoice) = (mediaTime, preroll, turns.previousVoice)
        guard var ear else { return turns.process(&frame, at: start, emit: emit) }
        ear.process(&frame, at: start, emit: emit)
        turns.process(&frame, at: start) { event in
            var samples = 0
            if case .speechStarted(_, let onset) = event {
                samples = Frame.samples(in: now - max(previousVoice, onset - preroll))
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
