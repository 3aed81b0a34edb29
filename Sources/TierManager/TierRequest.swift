/// "Which voice, at what price, may I?" for one reply.
public struct TierRequest: Sendable, Equatable {
    public var callID: String
    /// Names the reply: unique among all calls, the same when the question is asked again, e.g. `CA123/4`. Asked again while
    /// the first grant is open, the same price is reserved once; asked again after it was settled or abandoned, anew.
    public var replyKey: String
    /// What is to be spoken at most.
    public var characters: Int
    /// 0…1, from the signals that the domain pack declares.
    public var qualification: Double
    /// What the call speaks with now; `nil` at its first reply.
    public var currentTier: String?
    /// Who answers.
    public var agent: String
    public init(callID: String, replyKey: String, characters: Int, qualification: Double, currentTier: String? = nil, agent: String) {
        (self.callID, self.replyKey, self.characters) = (callID, replyKey, characters)
        (self.qualification, self.currentTier, self.agent) = (qualification, currentTier, agent)
    }
}

/// The voice that a reply may use. Its price is reserved: settle or abandon it, exactly once.
public struct TierGrant: Sendable, Equatable {
    public var callID: String
    public var tier: Tier
    /// What was asked for; the reservation covers as much.
    public var characters: Int
    /// `nil` when the tier costs nothing.
    public var reservation: Reservation?
    /// Present when the call was moved up, was not for want of budget, or had to be lowered.
    public var escalation: EscalationRecord?
    public var reservedMicroDollars: Int { reservation?.amountMicroDollars ?? 0 }
    public init(callID: String, tier: Tier, characters: Int, reservation: Reservation?, escalation: EscalationRecord?) {
        (self.callID, self.tier, self.characters) = (callID, tier, characters)
        (self.reservation, self.escalation) = (reservation, escalation)
    }
}
