/// When an utterance starts, pauses and ends.
public struct EndpointingConfiguration: Sendable, Equatable {
    /// Voice that starts an utterance; what is shorter is a click or a breath.
    public var onset: Duration
    /// Silence after which the end is plausible: the final decode may start, unseen.
    public var plausiblePause: Duration
    /// Silence that ends an utterance. Shorter answers sooner, and cuts slow speakers off.
    public var silence: Duration
    /// Longest utterance, by media time: hold music ends too.
    public var maximumUtterance: Duration
    /// Audio before the onset that belongs to an utterance: soft consonants start below the detector's threshold.
    public var preroll: Duration

    public init(
        onset: Duration = .milliseconds(60), plausiblePause: Duration = .milliseconds(200),
        silence: Duration = .milliseconds(500), maximumUtterance: Duration = .seconds(30),
        preroll: Duration = .milliseconds(300)
    ) {
        (self.onset, self.plausiblePause, self.silence) = (onset, plausiblePause, silence)
        (self.maximumUtterance, self.preroll) = (maximumUtterance, preroll)
    }
}
