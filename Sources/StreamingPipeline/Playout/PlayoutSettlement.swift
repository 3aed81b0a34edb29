/// What became of a reply that was stopped. All counts are samples of the playout's rate.
public struct PlayoutSettlement: Sendable, Equatable {
    public var generation: Int
    /// Samples that left, and of these what the ear has played by the clock.
    public var sent: Int, heard: Int
    /// Samples that never left.
    public var dropped: Int
    /// Marks that left and have not come back, and whether the clock says that the ear had reached them.
    public var outstanding: [Outstanding]
    /// Marks that never left.
    public var pending: [PlayoutMark]
    /// Whether the carrier still holds audio: it must be sent a `clear`.
    public var needsCarrierClear: Bool

    public struct Outstanding: Sendable, Equatable {
        public var mark: PlayoutMark
        public var isHeard: Bool
        public init(mark: PlayoutMark, isHeard: Bool) { (self.mark, self.isHeard) = (mark, isHeard) }
    }

    public init(
        generation: Int, sent: Int, heard: Int, dropped: Int, outstanding: [Outstanding], pending: [PlayoutMark],
        needsCarrierClear: Bool
    ) {
        (self.generation, self.sent, self.heard, self.dropped) = (generation, sent, heard, dropped)
        (self.outstanding, self.pending, self.needsCarrierClear) = (outstanding, pending, needsCarrierClear)
    }
}
