import Synchronization

/// A rate that all sessions share. Safe from any thread.
final class SharedRate: Sendable {
    private let limit: Mutex<RateLimit>

    /// - Parameter perSecond: in the long run; as many may come at once.
    init(perSecond: Int, now: Duration) { limit = Mutex(RateLimit(perMinute: perSecond * 60, burst: perSecond, now: now)) }

    /// - Returns: nil when there is room, else the time until there is.
    func take(now: Duration) -> Duration? { limit.withLock { $0.take(now: now) } }
}

/// How many messages a session may send: a bucket of tokens that fills steadily.
public struct RateLimit: Sendable {
    private let burst: Double
    /// Tokens a second.
    private let rate: Double
    private var tokens: Double
    private var last: Duration

    /// - Parameters:
    ///   - perMinute: in the long run.
    ///   - burst: at once.
    public init(perMinute: Int, burst: Int, now: Duration) {
        (self.burst, rate) = (Double(burst), Double(perMinute) / 60)
        (tokens, last) = (Double(burst), now)
    }

    /// - Returns: nil when the message may pass, else the time until one may.
    public mutating func take(now: Duration) -> Duration? {
        if let wait = wait(now: now) { return wait }
        tokens -= 1
        return nil
    }

    /// - Returns: nil when there is room now, else the time until there is.
    mutating func wait(now: Duration) -> Duration? {
        tokens = min(burst, tokens + (now - last) / .seconds(1) * rate)
        last = now
        return tokens < 1 ? .seconds((1 - tokens) / rate) : nil
    }
}
