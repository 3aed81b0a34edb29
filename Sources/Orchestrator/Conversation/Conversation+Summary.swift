/// What a person who takes over is told.
extension Conversation {
    /// Why, and what is known: the workflow in hand, the values that were accepted so far, in this workflow or an earlier one, and what the
    /// caller said last.
    public func handoffSummary(because reason: String) -> HandoffSummary {
        let workflow = (state.run?.workflow ?? state.handedOver).flatMap { pack.workflow($0)?.title } ?? ""
        // A slot's value is a volatile fact; what is stable came from the carrier, the lead or a tool.
        let slots = state.facts.filter { $0.value.kind == .volatile }.mapValues(\.value)
        return HandoffSummary(
            reason: reason, agent: state.agent, workflow: workflow, slots: slots, lastWords: history.last { !$0.user.isEmpty }?.user ?? "")
    }

    /// A call that ends with the promise of a person leaves a hand-over that was asked for, for whoever calls back: nobody can wait in it.
    /// Without such a promise, nothing.
    public func leaveForPerson() async {
        // The end of a reply that is being written, or of a turn that is being stored, may be the promise.
        endWriting()
        await committing?.value
        guard case .handoff(let reason) = state.closed else { return }
        let at = now(), store = store
        let record = HandoffRecord(
            id: HandoffRecord.newID(), session: id, state: .requested, reason: reason, summary: handoffSummary(because: reason).text,
            requestedAt: at, updatedAt: at)
        await save("handoff", until: clock.elapsed() + timing.storeWait) { try await store.save(record) }
    }
}
