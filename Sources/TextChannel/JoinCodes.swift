import Synchronization

/// Codes by which a caller brings a chat to the phone: six digits, good once and for ten minutes. Safe from any thread.
public final class JoinCodes: Sendable {
    public static let digits = 6
    public static let lifetime = Duration.seconds(600)
    /// Codes out at once: few enough that guessing one of a million is no way in.
    public static let capacity = 1_000

    private struct Entry {
        var session: String
        var deadline: Duration
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let now: @Sendable () -> Duration

    public init<C: Clock>(clock: C = ContinuousClock()) where C.Duration == Duration {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
    }

    /// A new code; one that the session had is no longer good.
    /// - Throws: `busy` when too many are out.
    public func issue(for session: String) throws(ChatError) -> String {
        var generator = SystemRandomNumberGenerator()
        let code = entries.withLock { entries -> String? in
            let time = now()
            entries = entries.filter { $0.value.deadline > time && $0.value.session != session }
            guard entries.count < Self.capacity else { return nil }
            while true {
                let number = "\(Int.random(in: 100_000...999_999, using: &generator))"
                guard entries[number] == nil else { continue }
                entries[number] = Entry(session: session, deadline: time + Self.lifetime)
                return number
            }
        }
        guard let code else { throw ChatError(.busy, "too many codes are out", retryAfter: .seconds(60)) }
        return code
    }

    /// - Returns: the session, once; `nil` for a code that is none, or no longer.
    public func redeem(_ code: String) -> String? {
        let time = now()
        return entries.withLock { entries in
            guard let entry = entries.removeValue(forKey: code), entry.deadline > time else { return nil }
            return entry.session
        }
    }
}
