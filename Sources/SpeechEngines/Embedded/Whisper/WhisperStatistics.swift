/// What the recogniser did since it was made, for metrics. Every drop has its counter.
public struct WhisperStatistics: Sendable, Equatable {
    /// Decodes that ran to their end.
    public var decodes = 0
    /// Wall time of them.
    public var decodeTime = Duration.zero
    /// The longest of them.
    public var longestDecode = Duration.zero
    /// Audio that they decoded.
    public var audio = Duration.zero
    /// Decodes stopped or thrown away because the caller went on or was gone.
    public var wasted = 0
    /// Wall time lost on those.
    public var wastedTime = Duration.zero
    /// Speculative decodes that a full queue dropped or refused; the utterance is decoded at its end.
    public var droppedSpeculative = 0
    /// Ended utterances that a full queue refused: reported as `failed`, `busy`.
    public var refused = 0
    /// Utterances longer than an ear holds: what came after was not decoded.
    public var truncated = 0
    /// Decodes that failed in the library.
    public var failures = 0
    /// Decodes that wait now.
    public var queueDepth = 0
    /// Ears open now.
    public var openStreams = 0

    mutating func decoded(_ audio: Duration, in time: Duration) {
        decodes += 1
        decodeTime += time
        longestDecode = max(longestDecode, time)
        self.audio += audio
    }

    mutating func wasted(_ time: Duration) {
        wasted += 1
        wastedTime += time
    }
}
