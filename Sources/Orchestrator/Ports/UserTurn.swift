/// What a user said, as its channel delivers it to a ``Conversation``.
public struct UserTurn: Sendable, Equatable {
    public var text: String
    public var channel: Channel
    /// 0…1: how sure the recogniser is; 1 for typed text and keypad digits.
    public var confidence: Double
    /// Numbers the turn within its session, from 1; whatever is stale is dropped by it.
    public var generation: Int
    /// True for keypad digits.
    public var isKeypad: Bool
    /// True when somebody spoke and nothing was understood: `text` is empty and the reply asks again.
    public var isUnintelligible: Bool
    /// The client's own name for the turn, kept with it.
    public var traceID: String?
    /// A person has taken over and reads it: the words are kept, and the agent says nothing.
    public var isForPerson = false
    public init(
        _ text: String, channel: Channel, generation: Int, confidence: Double = 1, isKeypad: Bool = false, isUnintelligible: Bool = false
    ) {
        (self.text, self.channel, self.generation) = (text, channel, generation)
        (self.confidence, self.isKeypad, self.isUnintelligible) = (confidence, isKeypad, isUnintelligible)
    }
}

/// What the conversation answers. Text is plain, with numbers and amounts as people write them; the channel shapes it.
public struct Reply: Sendable, Equatable {
    /// What happens after the reply was delivered.
    public enum Then: Sendable, Equatable, Codable {
        case listen(ExpectedSlot?)
        /// A person takes over; the reason is for the record.
        case handoff(reason: String)
        case end(reason: String)
    }
    public var text: String
    public var decision: Decision
    /// Who advised: `embedded`, a model's name, `fallback`.
    public var source: String
    public var agent: String
    public var then: Then
    /// 0…1, from the signals that the domain pack declares; drives the tier.
    public var qualification: Double
    /// Slots filled so far in the workflow in progress or just finished, by name.
    public var slots: [String: String]
    /// Time from the turn's arrival to the decision.
    public var decisionTime: Duration
    /// True when a tool is still at work on what was asked: ``Conversation/followUp(generation:channel:within:)`` brings its answer.
    public var isPending = false
    /// The tool that is at work then.
    public var pendingTool: String?
    /// Agents that handed over to each other in this turn, in order.
    public var transitions: [AgentHandover] = []
    /// The ticket of the workflow in hand or just left.
    public var ticket: TicketChange?
    /// What of the reply is still being written: it is said or shown behind ``text`` as it comes. `nil` when `text` is all.
    public var rest: Remainder<ReplyPiece>?
    /// Characters that the reply may have in the end, when ``rest`` follows.
    public var longestText = 0

    /// ``source`` of a reply that nobody waits for any more: a newer turn took its place. It is empty and must not be spoken.
    public static let superseded = "superseded"
    /// ``source`` while a person is asked for, and of the silence once one has taken over.
    public static let handedOver = "handoff"
    /// ``source`` of the pack's fallback phrase.
    public static let fallback = "fallback"
    public var isStale: Bool { source == Self.superseded }
    public init(
        text: String, decision: Decision, source: String, agent: String, then: Then, qualification: Double = 0,
        slots: [String: String] = [:], decisionTime: Duration = .zero
    ) {
        (self.text, self.decision, self.source, self.agent) = (text, decision, source, agent)
        (self.then, self.qualification, self.slots, self.decisionTime) = (then, qualification, slots, decisionTime)
    }
}
