import Persistence

/// What a caller may read while the call goes on.
enum CallLine: Sendable, Equatable {
    /// What the caller was understood to say; words may still change until it is final.
    case transcript(String, isFinal: Bool)
    /// The next piece of a reply, as it goes to the voice.
    case delta(turn: Int, text: String)
    /// The whole reply.
    case message(Message)
    /// When each stage of the turn was reached; the turn is over.
    case latency(turn: Int, StageTimes)

    struct Message: Sendable, Equatable {
        var turn: Int
        /// The client's own name for the typed message that this answers.
        var replyTo: String?
        var text: String
        var agent: String
        var intent: String
        var confidence: Double
        /// Who advised: `embedded`, a model's name, `fallback`.
        var source: String
        /// From the turn's arrival to the decision.
        var latency: Duration
        /// The client's own, or one that we gave the turn.
        var traceID: String
    }
}
