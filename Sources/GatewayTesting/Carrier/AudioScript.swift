public import AudioCodec

/// What a caller on `WS /audio` does, line by line, and how its audio lies on the wire.
public struct AudioScript: Sendable {
    public enum Encoding: String, Sendable, CaseIterable { case opus, pcm = "pcm_s16le", muLaw = "mulaw" }
    public struct Line: Sendable {
        public enum Action: Sendable {
            /// Speaks: mono at the script's rate.
            case speak([Int16])
            case type(String, traceID: String?)
            case press(String)
            case cancel
            /// Says nothing and waits for the agent to speak again.
            case stayQuiet
        }
        public var action: Action
        /// Does not wait for the agent to finish, but acts this long after the agent began.
        public var interruptsAfter: Duration?
        public init(_ action: Action, interruptsAfter: Duration? = nil) { (self.action, self.interruptsAfter) = (action, interruptsAfter) }
    }
    public var encoding: Encoding
    public var sampleRate: SampleRate
    public var lines: [Line]
    /// Opus alone: silence is not sent at all.
    public var isDiscontinuous: Bool
    /// Says with `played` what it hears.
    public var reports: Bool
    /// Beyond encoding, rate and channels in `start`: more members, as JSON, e.g. `"facts":{"a":"b"}`.
    public var extra: String?
    /// How long the caller lets pass after the agent's last sound, and how long it waits for an answer.
    public var reaction: Duration, patience: Duration
    public init(
        _ encoding: Encoding, _ sampleRate: SampleRate, _ lines: [Line], isDiscontinuous: Bool = false, reports: Bool = true,
        extra: String? = nil, reaction: Duration = .milliseconds(600), patience: Duration = .seconds(15)
    ) {
        (self.encoding, self.sampleRate, self.lines, self.isDiscontinuous) = (encoding, sampleRate, lines, isDiscontinuous)
        (self.reports, self.extra, self.reaction, self.patience) = (reports, extra, reaction, patience)
    }
}

/// What a caller on `WS /audio` saw and heard.
public struct AudioReport: Sendable {
    /// Control messages in order of arrival, as they came.
    public var controls: [String] = []
    /// What the ear heard, at the script's rate, and the length of every binary message.
    public var heard: [Int16] = []
    public var packets: [Int] = []
    public var clears = 0, marksReported = 0
    /// From the end of each line to the first sound of the answer to it.
    public var latencies: [Duration?] = []
    public var ending = CallReport.Ending.caller
    public init() {}
}
