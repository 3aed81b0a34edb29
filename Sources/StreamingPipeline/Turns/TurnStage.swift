import AudioCodec

/// The stage that hears utterances: voice activity, then endpointing.
struct TurnStage: FrameProcessor, ~Copyable {
    private var voice: VoiceActivityDetector
    private let sampleRate: SampleRate
    /// Voice is judged at 8 kHz: what comes at 16 kHz is judged by a decimated copy, which
    /// lags a millisecond behind.
    private var decimator: HalfBandDecimator?
    var endpoint: EndpointDetector
    /// Utterances so far; the number of the one in progress.
    private(set) var utterance = 0
    /// Where the last utterance's voice ended: the next one's preroll does not reach behind it.
    private(set) var previousVoice = Duration.zero

    init(_ configuration: EndpointingConfiguration, sampleRate: SampleRate, voice: consuming VoiceActivityDetector) {
        self.voice = voice
        self.sampleRate = sampleRate
        decimator = sampleRate == .hz16000 ? HalfBandDecimator() : nil
        endpoint = EndpointDetector(configuration)
    }

    var isSpeaking: Bool { voice.isSpeaking }

    mutating func process(_ frame: inout MutableSpan<Int16>, at time: Duration, emit: (CallEvent) -> Void) {
        let end = time + sampleRate.duration(samples: frame.count)
        if var decimator = decimator.take() {
            decimator.process(frame.span) { judge($0, at: end, emit: emit) }
            self.decimator = consume decimator
        } else {
            judge(frame.span, at: end, emit: emit)
        }
        report(endpoint.advance(to: end), at: end, emit: emit)
    }

    private mutating func judge(_ frame: Span<Int16>, at end: Duration, emit: (CallEvent) -> Void) {
        var index = 0
        while index < frame.count {
            guard let judgement = voice.judge(frame, from: &index) else { continue }
            let action = endpoint.observe(
                isVoice: judgement.isVoice, from: judgement.start, to: judgement.end, voicedUntil: judgement.voicedUntil)
            report(action, at: end, emit: emit)
        }
    }

    private mutating func report(_ action: EndpointDetector.Action, at now: Duration, emit: (CallEvent) -> Void) {
        switch action {
        case .none: break
        case .utteranceStarted(let onset):
            utterance += 1
            emit(.speechStarted(utterance: utterance, at: onset))
        case .pauseBegan: emit(.pauseBegan(utterance: utterance))
        case .speechResumed: emit(.speechResumed(utterance: utterance))
        case .utteranceCapped(let lastVoiced):
            emit(.utteranceCapped(utterance: utterance))
            previousVoice = lastVoiced
            emit(.utteranceEnded(utterance: utterance, lastVoiced: lastVoiced, at: now))
        case .utteranceEnded(let lastVoiced):
            previousVoice = lastVoiced
            emit(.utteranceEnded(utterance: utterance, lastVoiced: lastVoiced, at: now))
        }
    }
}
