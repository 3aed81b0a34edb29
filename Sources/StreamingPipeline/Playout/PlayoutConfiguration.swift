/// How far ahead of the ear a call's audio is sent, and how much of it may wait.
public struct PlayoutConfiguration: Sendable, Equatable {
    /// Sent at once when the ear is silent: it covers the first hiccup of the network.
    public var startLead: Duration
    /// What the lead grows to, at twice the speed of speech. After a barge-in the caller hears at most this much.
    public var fullLead: Duration
    /// Audio that may wait; beyond it synthesis is held back.
    public var capacity: Duration
    /// Marks that may wait to be sent or to come back.
    public var marks: Int

    /// The most that is ever ahead of the ear, whatever is configured.
    public static let maximumLead = Duration.milliseconds(300)

    /// - Parameters: leads beyond ``maximumLead`` are lowered to it, and the start lead to the full one.
    public init(
        startLead: Duration = .milliseconds(60), fullLead: Duration = .milliseconds(200),
        capacity: Duration = .seconds(30), marks: Int = 256
    ) {
        self.fullLead = max(Frame.duration, min(fullLead, Self.maximumLead))
        self.startLead = max(Frame.duration, min(startLead, self.fullLead))
        self.capacity = capacity
        self.marks = marks
    }
}

/// What a call's playout has done so far.
public struct PlayoutCounters: Sendable, Equatable {
    /// Frames sent; of these, late by a frame or more although their audio was there.
    public var frames = 0, lateFrames = 0
    /// Times that the clock was set anew because a frame was more than two frames late.
    public var reanchors = 0
    /// Times that the ear ran dry in the middle of a reply because its audio had not been made yet.
    public var underruns = 0
    /// Times that the transport would not take what was due.
    public var chokes = 0
    /// Marks that came back before their audio can have been played.
    public var implausibleMarks = 0
    public init() {}
}
