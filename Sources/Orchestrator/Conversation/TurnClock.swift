/// The injected clock, its instants counted from when this was made.
package struct TurnClock: Sendable {
    package let elapsed: @Sendable () -> Duration
    /// Sleeps until that much has elapsed.
    package let sleep: @Sendable (_ until: Duration) async throws -> Void

    package static func counting<C: Clock>(_ clock: C) -> TurnClock where C.Duration == Duration {
        let start = clock.now
        return TurnClock(
            elapsed: { start.duration(to: clock.now) },
            sleep: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) })
    }
}
