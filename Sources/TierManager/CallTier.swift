/// What the manager remembers of a call.
struct CallTier: Sendable, Equatable {
    /// The call qualified once: it stays escalated as far as the budget goes.
    var isEscalated = false
    /// The highest rank that may still be asked for, after a budget said no.
    var ceiling: Int?
    var failedVoices: Set<String> = []
    /// What was recorded already: once per call and cause.
    var recorded: Set<Step> = []
    /// Orders calls by their last reply.
    var lastUse = 0

    struct Step: Sendable, Hashable {
        /// Up; otherwise refused or lowered, which one cause makes one of.
        var isUp: Bool
        var cause: EscalationRecord.Cause
    }
}
