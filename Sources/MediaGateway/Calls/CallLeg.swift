import AudioCodec

/// What a call asks of the wire it hangs on. Confined to the call's event loop; every method is a plain call there.
protocol CallLeg: AnyObject, Sendable {
    /// What the leg takes from a voice: 8 kHz on a telephone, more where the caller hears more.
    var sampleRate: SampleRate { get }
    /// Opens a reply: nothing of an older generation is written any more.
    func beginReply(_ generation: Int)
    /// Queues audio of the reply, at ``sampleRate``.
    /// - Returns: samples taken; the rest is for a later call, when there is room.
    func play(_ pcm: ArraySlice<Int16>) -> Int
    /// Marks the end of a clause: ``Call/clauseHeard(_:generation:isPlausible:)`` follows when the caller has heard it.
    func mark(clause: Int)
    /// No more audio comes for this reply.
    func endReply()
    /// Stops the reply at once: our queue is dropped and the carrier is told to drop its own (FIELD 1).
    func stopPlayback(_ generation: Int)
    /// How much of the reply the ear has played by now, in bytes of µ-law (8 a millisecond) whatever the leg sends; `nil` when it was never begun or is settled.
    func heardBytes(_ generation: Int) -> Int?
    /// Silence that ends the next turns; `nil` is the configured one.
    func listen(silence: Duration?)
    /// Shows what is said beside the call, where the wire has room for it.
    func show(_ line: CallLine)
    /// Closes the wire within 250 ms.
    func hangUp(code: Int, reason: String)
}
