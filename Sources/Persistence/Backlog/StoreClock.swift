/// A clock whose instants are the time since it was made.
struct StoreClock: Sendable {
    let elapsed: @Sendable () -> Duration
    let sleep: @Sendable (Duration) async throws -> Void

    static func counting<C: Clock>(_ clock: C) -> StoreClock where C.Duration == Duration {
        let start = clock.now
        return StoreClock(elapsed: { start.duration(to: clock.now) }, sleep: { try await clock.sleep(for: $0) })
    }
}
