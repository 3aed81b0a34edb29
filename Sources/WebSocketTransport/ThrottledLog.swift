public import Logging
import Synchronization

/// Warnings that a peer can cause at will: one a second at most, the rest counted and told with the next one.
public final class ThrottledLog: Sendable {
    private let logger: Logger
    private let second: @Sendable () -> Int64
    private let lastSecond = Atomic<Int64>(.min)
    private let suppressed = Atomic<Int>(0)

    /// - Parameter clock: its seconds are what is counted in.
    public init<C: Clock>(_ logger: Logger, clock: C = ContinuousClock()) where C.Duration == Duration {
        self.logger = logger
        let origin = clock.now
        second = { origin.duration(to: clock.now).components.seconds }
    }

    public func warning(_ message: Logger.Message, metadata: Logger.Metadata = [:]) {
        let now = second()
        guard lastSecond.exchange(now, ordering: .relaxed) != now else { return _ = suppressed.add(1, ordering: .relaxed) }
        let left = suppressed.exchange(0, ordering: .relaxed)
        logger.warning(message, metadata: left == 0 ? metadata : metadata.merging(["suppressed": "\(left)"]) { first, _ in first })
    }
}
