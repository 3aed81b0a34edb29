/// The stage that hears utterances: voice activity, then endpointing.
struct TurnStage: FrameProcessor, ~Copyable {
    private var voice: VoiceActivityDetector
    var endpoint: EndpointDetector
    /// Utterances so far; the number of the one in progress.
    private(set) var utterance = 0
    /// Where the last utterance's voice ended: the next one's preroll does not reach behind it.
    private(set) var previousVoice = Duration.zero

    init(_ configuration: EndpointingConfiguration, voice: consuming VoiceActivityDetector) {
        self.voice = voice
        endpoint = EndpointDetector(configuration)
    }

    var isSpeaking: Bool { voice.isSpeaking }

    mutating func process(_ frame: inout MutableSpan<Int16>, at time: Duration, emit: (CallEvent) -> Void) {
        let end = time + Frame.duration(samples: frame.count)
        var index = 0
        while index < frame.count {
            guard let judgement = voice.judge(frame.span, from: &index) else { continue }
            let action = endpoint.observe(
                isVoice: judgement.isVoice, from: judgement.start, to: judgement.end, voicedUntil: judgement.voicedUntil)
            report(action, at: end, emit: emit)
        }
        report(endpoint.advance(to: end), at: end, emit: emit)
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
