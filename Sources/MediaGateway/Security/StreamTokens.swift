import CLibcrypto
import Synchronization

/// Proof that a stream belongs to a call that our own webhook answered (FIELD 28).
///
/// Issued at the webhook, carried by a `<Parameter>`, consumed at `start`: 128 random bits, one call, one use, a limited life. A repeated
/// webhook of the same call replaces the token. Safe from any thread.
public final class StreamTokens: Sendable {
    public enum Refusal: String, Sendable, Error, CaseIterable {
        /// No parameter.
        case missing
        /// No token is out for this call: never issued, or used before.
        case unknown
        case expired
        /// The call has a token, and this is another one.
        case mismatch
    }
    private struct Entry {
        var token: String
        var deadline: Duration
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let capacity: Int
    private let lifetime: Duration
    private let now: @Sendable () -> Duration

    /// - Parameters:
    ///   - capacity: tokens out at once; each call that was promised a place has one at most.
    ///   - lifetime: from webhook to `start`.
    public init<C: Clock>(capacity: Int, lifetime: Duration, clock: C = ContinuousClock()) where C.Duration == Duration {
        (self.capacity, self.lifetime) = (capacity, lifetime)
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
    }

    /// Tokens that are out, expired ones included until somebody looks.
    public var count: Int { entries.withLock { $0.count } }

    /// - Returns: 32 hex digits; `nil` when ``capacity`` tokens are out.
    public func issue(for callSid: String) -> String? {
        var generator = SystemRandomNumberGenerator()
        let token = Self.hex(generator.next()) + Self.hex(generator.next())
        return entries.withLock { entries in
            let time = now()
            if entries[callSid] == nil, entries.count >= capacity { entries = entries.filter { $0.value.deadline > time } }
            guard entries[callSid] != nil || entries.count < capacity else { return nil }
            entries[callSid] = Entry(token: token, deadline: time + lifetime)
            return token
        }
    }

    /// Accepts a token once. A wrong one leaves the right one in force: nobody can take a caller's token away by guessing.
    public func consume(_ token: String?, callSid: String) throws(Refusal) {
        guard let token, !token.isEmpty else { throw .missing }
        let accepted = entries.withLock { entries -> Result<Void, Refusal> in
            guard let entry = entries[callSid] else { return .failure(.unknown) }
            guard entry.deadline > now() else {
                entries[callSid] = nil
                return .failure(.expired)
            }
            guard ConstantTime.equals(entry.token, token) else { return .failure(.mismatch) }
            entries[callSid] = nil
            return .success(())
        }
        try accepted.get()
    }

    /// Takes a call's token back: the caller hung up before the stream started. Without a token, nothing.
    public func revoke(callSid: String) { entries.withLock { $0[callSid] = nil } }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Comparison whose time does not tell where two texts differ.
enum ConstantTime {
    static func equals(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return unsafe CRYPTO_memcmp(a, b, a.count) == 0
    }
}
