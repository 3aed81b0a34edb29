/// An answer in words that are not the pack's: a model's, or the operator's own agent's. It has begun, and may go on.
struct OwnWords: Sendable {
    /// What there is already, shaped.
    var text: String
    var shaper: AnswerShaper
    /// Clauses and moves that follow; `nil` at the end and ever after. Let go, the writing ends.
    var next: (@Sendable () async -> RemoteEvent?)?
    /// The longest wait for the next of them; what it ends with is told to whoever writes.
    var patience: Duration
    var late: @Sendable () -> Void = {}
    /// Moves may follow words of which no more are said.
    var hasMoves = false

    /// A model's: nothing is said from where it claims what it cannot have done.
    /// - Returns: `nil` when nothing can be said of it.
    init?(_ advice: Advice, for channel: Channel, patience: Duration) {
        var shaper = AnswerShaper(for: channel)
        guard let answer = advice.answer, let text = shaper.take(answer), !PromisedDeeds.stand(in: text) else { return nil }
        (self.text, self.shaper, self.patience) = (text, shaper, patience)
        guard let rest = advice.rest, !shaper.isFull else { return }
        (next, late) = ({ await rest.next().map { .text($0) } }, rest.late)
    }

    /// The operator's agent, whose words are bounded, and its own choice.
    init(text: String, shaper: AnswerShaper, patience: Duration, next: (@Sendable () async -> RemoteEvent?)?) {
        (self.text, self.shaper, self.patience, self.next, hasMoves) = (text, shaper, patience, next, true)
    }
}
