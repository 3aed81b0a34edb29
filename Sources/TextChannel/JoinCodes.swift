import Synchronization

/// Codes by which a caller brings a chat to the phone: eight digits, good once and for ten minutes. Safe from any thread.
public final class JoinCodes: Sendable {
    public static let digits = 8
    public static let lifetime = Duration.seconds(600)
    /// Codes out at once, and wrong ones that all callers together may bring in a minute; after those no code is taken. With every
    /// code out, somebody who guesses all the time needs two days for one.
    public static let capacity = 1_000, wrongPerMinute = 30

    private struct Entry {
        var session: String
        var deadline: Duration
    }
    private let state: Mutex<(entries: [String: Entry], wrong: RateLimit)>
    private let now: @Sendable () -> Duration

    public init<C: Clock>(clock: C = ContinuousClock()) where C.Duration == Duration {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        state = Mutex(([:], RateLimit(perMinute: Self.wrongPerMinute, burst: Self.wrongPerMinute, now: .zero)))
    }

    /// A new code; one that the session had is no longer good.
    /// - Throws: `busy` when too many are out.
    public func issue(for session: String) throws(ChatError) -> String {
        var generator = SystemRandomNumberGenerator()
        let code = state.withLock { state -> String? in
            let time = now()
            state.entries = state.entries.filter { $0.value.deadline > time && $0.value.session != session }
            guard state.entries.count < Self.capacity else { return nil }
            while true {
                let number = "\(Int.random(in: 10_000_000...99_999_999, using: &generator))"
                guard state.entries[number] == nil else { continue }
                state.entries[number] = Entry(session: session, deadline: time + Self.lifetime)
                return number
            }
        }
        guard let code else { throw ChatError(.busy, "too many codes are out", retryAfter: .seconds(60)) }
        return code
    }

    /// - Returns: the session, once; `nil` for a code that is none, or no longer.
    public func redeem(_ code: String) -> String? {
        let time = now()
        return state.withLock { state in
            // With no code out nobody can guess: what is keyed in is something else.
            guard !state.entries.isEmpty, state.wrong.wait(now: time) == nil else { return nil }
            guard let entry = state.entries.removeValue(forKey: code), entry.deadline > time else {
                _ = state.wrong.take(now: time)
                return nil
            }
            return entry.session
        }
    }
}
