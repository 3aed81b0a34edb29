/// Turns voice decisions into utterances.
///
/// It decides only: spans of media time and what was heard in them go in, actions come out.
public struct EndpointDetector: Sendable {
    public enum Action: Equatable, Sendable {
        case none
        /// Speech began at `onset`, one onset's length or more ago.
        case utteranceStarted(onset: Duration)
        /// The silence is long enough that the utterance may be over.
        case pauseBegan
        /// Voice again after `pauseBegan`.
        case speechResumed
        /// The caller fell silent at `lastVoiced`.
        case utteranceEnded(lastVoiced: Duration)
        /// The utterance is as long as one may be; it ends here.
        case utteranceCapped(lastVoiced: Duration)
    }

    private enum State {
        /// Nobody speaks; set while a sound is still too short to be speech: a click, a breath.
        case silence(soundSince: Duration?)
        /// Inside an utterance, voice heard up to `lastVoiced`.
        case speech(since: Duration, lastVoiced: Duration)
        /// Inside an utterance, in a pause that has been announced and may turn out to be its end.
        case pause(since: Duration, lastVoiced: Duration)
    }
    private var state = State.silence(soundSince: nil)
    private let configuration: EndpointingConfiguration
    /// Silence that ends the utterance in progress or the next one; set for a question whose answers have longer or
    /// shorter pauses (digits, yes or no), and in force until it is set again.
    public var silence: Duration

    public init(_ configuration: EndpointingConfiguration = EndpointingConfiguration()) {
        self.configuration = configuration
        silence = configuration.silence
    }

    /// Whether an utterance is in progress.
    public var isInUtterance: Bool {
        if case .silence = state { false } else { true }
    }

    /// Judges what lies between `start` and `end` in media time; spans leave no gap.
    /// - Parameter voicedUntil: where the last voice ends, if a detector that bridges gaps knows better than `end`. A gap
    ///   that is only bridged starts nothing.
    public mutating func observe(
        isVoice: Bool, from start: Duration, to end: Duration, voicedUntil: Duration? = nil
    ) -> Action {
        guard isVoice else {
            if case .silence = state { state = .silence(soundSince: nil) }
            return advance(to: end)
        }
        let voiced = voicedUntil ?? end
        switch state {
        case .silence(let since):
            guard let onset = since ?? (voiced > start ? start : nil) else { return .none }
            guard voiced - onset >= configuration.onset else {
                state = .silence(soundSince: onset)
                return .none
            }
            state = .speech(since: onset, lastVoiced: voiced)
            return .utteranceStarted(onset: onset)
        case .speech(let since, let lastVoiced):
            state = .speech(since: since, lastVoiced: max(lastVoiced, voiced))
            return advance(to: end)
        case .pause(let since, let lastVoiced):
            guard voiced > lastVoiced else { return advance(to: end) }
            state = .speech(since: since, lastVoiced: voiced)
            return .speechResumed
        }
    }

    /// Lets media time pass without a new judgement: a detector that works on longer pieces than a frame lags behind.
    public mutating func advance(to now: Duration) -> Action {
        switch state {
        case .silence: return .none
        case .speech(let since, let lastVoiced), .pause(let since, let lastVoiced):
            if now - lastVoiced >= silence { return end(.utteranceEnded(lastVoiced: lastVoiced)) }
            if now - since >= configuration.maximumUtterance { return end(.utteranceCapped(lastVoiced: lastVoiced)) }
            guard case .speech = state, now - lastVoiced >= configuration.plausiblePause else { return .none }
            state = .pause(since: since, lastVoiced: lastVoiced)
            return .pauseBegan
        }
    }

    /// Forgets the utterance in progress without ending it.
    public mutating func reset() { state = .silence(soundSince: nil) }

    private mutating func end(_ action: Action) -> Action {
        state = .silence(soundSince: nil)
        return action
    }
}
