import Synchronization

/// The circuit breakers of the process by provider: one opinion of each, whoever asks. From any thread.
///
/// One that has opened stays open until a ``Prober`` finds that the provider answers again.
public final class BreakerBoard: Sendable {
    private struct Entry {
        var breaker: CircuitBreaker
        var trips = 0
        var lastError: ModelError.Code?
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextListener = 0
    }
    private let entries = Mutex<[String: Entry]>([:])
    private let configuration: CircuitBreaker.Configuration
    private let notify: @Sendable (BreakerTransition) -> Void
    let clock: TurnClock

    /// - Parameter onTransition: hears every change, on the thread that caused it; must not wait.
    public init<C: Clock>(
        _ configuration: CircuitBreaker.Configuration = .init(), clock: C, onTransition: @escaping @Sendable (BreakerTransition) -> Void = { _ in }
    ) where C.Duration == Duration {
        (self.configuration, notify, self.clock) = (configuration, onTransition, .counting(clock))
    }

    /// - Throws: ``ModelError``, `unavailable`, while the provider must not be asked.
    public func admit(_ provider: String) throws(ModelError) {
        if case .refuse(let wait) = handle(.requested, provider) {
            throw ModelError(.unavailable, engine: provider, retryAfter: wait, "the circuit is open")
        }
    }

    /// An answer came.
    public func succeeded(_ provider: String) { _ = handle(.succeeded, provider) }

    /// No answer came, or only part of it.
    public func failed(_ provider: String, _ error: ModelError) {
        if let event = CircuitBreaker.Event(error) { _ = handle(event, provider, error.code) }
    }

    // MARK: Probing

    /// When a probe is due; `nil` unless it is open.
    func openUntil(_ provider: String) -> Duration? {
        entries.withLock { if case .open(let until)? = $0[provider]?.breaker.state { until } else { nil } }
    }

    /// - Returns: whether the caller shall probe now: nobody else does.
    func beginProbe(_ provider: String) -> Bool { handle(.openTimeOver, provider) == .probe }

    func endProbe(_ provider: String, _ error: ModelError?) {
        _ = handle(error.map { .probeFailed($0.retryAfter) } ?? .probeSucceeded, provider, error?.code)
    }

    /// An element now and whenever it opens.
    func openings(of provider: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        let id = entries.withLock { entries in
            var entry = entries[provider] ?? Entry(breaker: CircuitBreaker(configuration))
            entry.nextListener += 1
            entry.listeners[entry.nextListener] = continuation
            entries[provider] = entry
            return entry.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.entries.withLock { $0[provider]?.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    // MARK: Looking

    /// For `/health` and metrics, by name.
    public func snapshot() -> [BreakerStatus] {
        let now = clock.elapsed()
        return entries.withLock { entries in
            entries.sorted { $0.key < $1.key }.map { BreakerStatus($0.key, $0.value.breaker.state, $0.value.trips, $0.value.lastError, now) }
        }
    }

    private func handle(_ event: CircuitBreaker.Event, _ provider: String, _ error: ModelError.Code? = nil) -> CircuitBreaker.Action {
        let now = clock.elapsed()
        let (action, listeners) = entries.withLock { entries in
            var entry = entries[provider] ?? Entry(breaker: CircuitBreaker(configuration))
            let action = entry.breaker.handle(event, at: now)
            if let error { entry.lastError = error }
            var listeners: [AsyncStream<Void>.Continuation] = []
            if case .opened = action {
                entry.trips += 1
                listeners = Array(entry.listeners.values)
            }
            entries[provider] = entry
            return (action, listeners)
        }
        for listener in listeners { listener.yield() }
        switch action {
        case .opened(let until): notify(BreakerTransition(kind: .opened, provider: provider, cause: error, openFor: until - now))
        case .probe: notify(BreakerTransition(kind: .halfOpen, provider: provider))
        case .closed: notify(BreakerTransition(kind: .closed, provider: provider))
        case .none, .admit, .refuse: break
        }
        return action
    }
}

extension CircuitBreaker.Event {
    /// `nil` for what says nothing about the provider: a caller who went away, or a request that it took for wrong, which a caller may have caused.
    init?(_ error: ModelError) {
        switch error.code {
        case .rateLimited: self = .rateLimited(error.retryAfter)
        case .unauthorized, .quotaExceeded: self = .barred(error.retryAfter)
        case .unavailable, .timedOut, .malformed: self = .failed
        // Its connection broke, or else its limit was ours.
        case .truncated where error.isRetryable: self = .failed
        // There is no such model, whoever asks.
        case .rejected where error.status == 404: self = .failed
        case .truncated, .rejected, .refused, .cancelled: return nil
        }
    }
}

/// One breaker as it stands.
public struct BreakerStatus: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable { case closed, open, halfOpen = "half_open" }
    public var provider: String
    public var state: State
    /// In a row.
    public var failures: Int
    /// What is left of the open time; `nil` unless open.
    public var openFor: Duration?
    /// How often it has opened.
    public var trips: Int
    public var lastError: ModelError.Code?

    init(_ provider: String, _ state: CircuitBreaker.State, _ trips: Int, _ lastError: ModelError.Code?, _ now: Duration) {
        (self.provider, self.trips, self.lastError, failures) = (provider, trips, lastError, 0)
        switch state {
        case .closed(let count): (self.state, failures) = (.closed, count)
        case .open(let until): (self.state, openFor) = (.open, max(.zero, until - now))
        case .halfOpen: self.state = .halfOpen
        }
    }
}

/// A breaker that changed its mind.
public struct BreakerTransition: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case opened = "breaker.opened"
        case halfOpen = "breaker.half_open"
        case closed = "breaker.closed"
    }
    public var kind: Kind
    public var provider: String
    /// The error that opened it.
    public var cause: ModelError.Code?
    public var openFor: Duration?
    public init(kind: Kind, provider: String, cause: ModelError.Code? = nil, openFor: Duration? = nil) {
        (self.kind, self.provider, self.cause, self.openFor) = (kind, provider, cause, openFor)
    }

    /// As a lifecycle event; its subject is the provider.
    public var event: LifecycleEvent {
        var attributes: [String: String] = [:]
        if let cause { attributes["cause"] = cause.rawValue }
        if let openFor { attributes["open_ms"] = String(Int64(openFor / .milliseconds(1))) }
        return LifecycleEvent(kind.rawValue, subject: provider, attributes)
    }
}
