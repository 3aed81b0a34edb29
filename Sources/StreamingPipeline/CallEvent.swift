/// What the inbound audio path noticed. Times are media time: samples since the call began, not a clock.
public enum CallEvent: Equatable, Sendable {
    /// The caller speaks. Utterances count from 1; `at` is when the sound began, before it was long enough to be speech.
    case speechStarted(utterance: Int, at: Duration)
    /// A pause that may be the end.
    case pauseBegan(utterance: Int)
    /// It was not the end: the caller went on.
    case speechResumed(utterance: Int)
    /// The utterance reached its longest; `utteranceEnded` follows at once, and whatever goes on is a new utterance.
    case utteranceCapped(utterance: Int)
    /// The caller fell silent. `lastVoiced` is the end of the last voice, `at` the time of the decision.
    case utteranceEnded(utterance: Int, lastVoiced: Duration, at: Duration)
}
