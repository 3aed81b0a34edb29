/// What a call asks of the wire it hangs on. Confined to the call's event loop; every method is a plain call there.
protocol CallLeg: AnyObject, Sendable {
    /// Opens a reply: nothing of an older generation is written any more.
    func beginReply(_ generation: Int)
    /// Queues audio of the reply, 8 kHz.
    /// - Returns: samples taken; the rest is for a later call, when there is room.
    func play(_ pcm: ArraySlice<Int16>) -> Int
    /// Marks the end of a clause: ``Call/clauseHeard(_:generation:isPlausible:)`` follows when the caller has heard it.
    func mark(clause: Int)
    /// No more audio comes for this reply.
    func endReply()
    /// Stops the reply at once: our queue is dropped and the carrier is told to drop its own (FIELD 1).
    func stopPlayback(_ generation: Int)
    /// µ-law bytes of the reply that the ear has played by now; `nil` when it was never begun or is settled.
    func heardBytes(_ generation: Int) -> Int?
    /// Silence that ends the next turns; `nil` is the configured one.
    func listen(silence: Duration?)
    /// Closes the wire within 250 ms.
    func hangUp(code: Int, reason: String)
}
