public import CoreMetrics
public import Orchestrator
import Synchronization

/// Hands each lifecycle event to everyone who wants it. `emit` never waits: each subscriber has a bounded queue of its own, and
/// what does not fit is dropped for that subscriber alone, and counted.
///
/// Exports `gateway_events_total{event}` and `gateway_events_dropped_total{subscriber}`.
public final class EventBus: EventSink {
    /// Events that wait for one subscriber, unless it says otherwise.
    public static let defaultCapacity = 1_024
    /// Subscribers at once.
    public static let maximumSubscribers = 256
    /// Names of events that are counted apart; further ones count as `other`.
    public static let countedNames = 256

    /// What to declare for the registry.
    public static let metrics = [
        MetricDeclaration("gateway_events_total", .counter, help: "Lifecycle events by name.", labels: ["event"]),
        MetricDeclaration(
            "gateway_events_dropped_total", .counter, help: "Lifecycle events that a subscriber was too slow for.",
            labels: ["subscriber"]),
    ]

    private struct Subscriber: Sendable {
        var id: Int
        var continuation: AsyncStream<LifecycleEvent>.Continuation
        var drops: Counter
    }
    private struct State: Sendable {
        var sinks: [any EventSink] = []
        var subscribers: [Subscriber] = []
        var counters: [String: Counter] = [:]
        var nextID = 0
        var dropped = 0
        var isClosed = false
    }
    private let factory: any MetricsFactory
    private let state = Mutex(State())

    public init(factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    /// Events that some subscriber did not get.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Hands every event on at once. A sink keeps its own promise never to block.
    public func add(_ sink: any EventSink) { state.withLock { $0.sinks.append(sink) } }

    public func emit(_ event: LifecycleEvent) {
        let (sinks, subscribers, counter) = state.withLock { state in
            (state.sinks, state.subscribers, self.counter(for: event.name, in: &state))
        }
        counter.increment()
        for sink in sinks { sink.emit(event) }
        for subscriber in subscribers {
            guard case .dropped = subscriber.continuation.yield(event) else { continue }
            subscriber.drops.increment()
            state.withLock { $0.dropped += 1 }
        }
    }

    /// Events from now on, in order; the subscription ends with its iterator or with the bus.
    /// - Parameters:
    ///   - name: the kind of subscriber, as a metric's label: `sse`, `log`.
    ///   - capacity: events that wait; a newer one is dropped.
    /// - Returns: `nil` when there are ``maximumSubscribers``, or the bus is closed.
    public func events(for name: String, capacity: Int = defaultCapacity) -> AsyncStream<LifecycleEvent>? {
        let drops = Counter(label: "gateway_events_dropped_total", dimensions: [("subscriber", name)], factory: factory)
        let (stream, continuation) = AsyncStream.makeStream(of: LifecycleEvent.self, bufferingPolicy: .bufferingOldest(max(1, capacity)))
        let id: Int? = state.withLock { state in
            guard !state.isClosed, state.subscribers.count < Self.maximumSubscribers else { return nil }
            state.nextID += 1
            state.subscribers.append(Subscriber(id: state.nextID, continuation: continuation, drops: drops))
            return state.nextID
        }
        guard let id else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.subscribers.removeAll { $0.id == id } }
        }
        return stream
    }

    /// Ends every subscription after what it has waiting.
    public func close() {
        let subscribers = state.withLock { state in
            state.isClosed = true
            return state.subscribers
        }
        for subscriber in subscribers { subscriber.continuation.finish() }
    }

    private func counter(for name: String, in state: inout State) -> Counter {
        if let known = state.counters[name] { return known }
        let counted = state.counters.count < Self.countedNames ? name : "other"
        let counter = Counter(label: "gateway_events_total", dimensions: [("event", counted)], factory: factory)
        if state.counters.count < Self.countedNames { state.counters[name] = counter }
        return counter
    }
}
