/// Decides whether a provider is asked: not while it has shown that it does not answer.
///
/// Time is handed in, counted from one start for all calls.
public struct CircuitBreaker: Sendable, Equatable {
    public struct Configuration: Sendable, Equatable {
        /// So many failures in a row open it.
        public var failures = 5
        /// How long it stays open.
        public var openTime = Duration.seconds(60)
        /// A provider cannot ask to be left alone for longer.
        public var longestOpenTime = Duration.seconds(86_400)
        public init(failures: Int = 5, openTime: Duration = .seconds(60)) { (self.failures, self.openTime) = (failures, openTime) }
    }
    public enum State: Sendable, Equatable {
        /// Requests pass; counts the failures since the last success.
        case closed(failures: Int)
        /// Nothing passes.
        case open(until: Duration)
        /// The open time is over and one probe is under way; callers are still refused.
        case halfOpen
    }
    public enum Event: Sendable, Equatable {
        /// A caller's turn wants to ask.
        case requested
        case succeeded
        case failed
        /// A 429: the provider wants to be left alone for so long, if it said.
        case rateLimited(Duration?)
        /// The key or the credit is gone: it will fail every time.
        case barred(Duration?)
        /// Somebody has waited for the open time to end.
        case openTimeOver
        case probeSucceeded
        case probeFailed(Duration?)
    }
    public enum Action: Sendable, Equatable {
        case none
        case admit
        /// Refused, for so long as is known.
        case refuse(Duration?)
        case opened(until: Duration)
        /// It is half open now, and the caller runs the probe.
        case probe
        case closed
    }
    public private(set) var state = State.closed(failures: 0)
    public let configuration: Configuration

    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    public mutating func handle(_ event: Event, at now: Duration) -> Action {
        switch state {
        case .closed(let failures): closed(event, failures, now)
        case .open(let until): open(event, until, now)
        case .halfOpen: halfOpen(event, now)
        }
    }

    private mutating func closed(_ event: Event, _ failures: Int, _ now: Duration) -> Action {
        switch event {
        case .requested: return .admit
        case .succeeded: state = .closed(failures: 0)
        case .rateLimited(let wait?) where wait > .zero: return trip(for: wait, now)
        case .barred(let wait): return trip(for: max(wait ?? .zero, configuration.openTime), now)
        case .failed, .rateLimited:
            if failures + 1 >= configuration.failures { return trip(for: configuration.openTime, now) }
            state = .closed(failures: failures + 1)
        case .openTimeOver, .probeSucceeded, .probeFailed: break
        }
        return .none
    }

    /// What comes here, but for `openTimeOver`, was asked before it opened.
    private mutating func open(_ event: Event, _ until: Duration, _ now: Duration) -> Action {
        switch event {
        case .requested: return .refuse(max(.zero, until - now))
        case .rateLimited(let wait?), .barred(let wait?):
            state = .open(until: max(until, now + min(wait, configuration.longestOpenTime)))
        case .openTimeOver where now >= until:
            state = .halfOpen
            return .probe
        case .succeeded, .failed, .rateLimited, .barred, .openTimeOver, .probeSucceeded, .probeFailed: break
        }
        return .none
    }

    private mutating func halfOpen(_ event: Event, _ now: Duration) -> Action {
        switch event {
        case .requested: return .refuse(nil)
        case .probeSucceeded:
            state = .closed(failures: 0)
            return .closed
        case .probeFailed(let wait): return trip(for: max(wait ?? .zero, configuration.openTime), now)
        case .succeeded, .failed, .rateLimited, .barred, .openTimeOver: return .none
        }
    }

    private mutating func trip(for wait: Duration, _ now: Duration) -> Action {
        let until = now + min(wait, configuration.longestOpenTime)
        state = .open(until: until)
        return .opened(until: until)
    }
}
