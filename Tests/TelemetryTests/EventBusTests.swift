import CoreMetrics
import Orchestrator
import Synchronization
import Telemetry
import Testing

@Suite("The event bus hands on every event, never waits, and counts what it drops")
struct EventBusTests {
    let registry: PrometheusRegistry
    let bus: EventBus
    init() throws {
        registry = try PrometheusRegistry(EventBus.metrics)
        bus = EventBus(factory: registry)
    }

    func event(_ number: Int) -> LifecycleEvent { LifecycleEvent("turn.completed", subject: "CA\(number)") }

    @Test("to sinks at once, to subscribers in order")
    func delivers() async throws {
        let sink = Collector()
        bus.add(sink)
        let events = try #require(bus.events(for: "sse"))
        for number in 0..<10 { bus.emit(event(number)) }
        #expect(sink.events == (0..<10).map(event))
        bus.close()
        var received = [LifecycleEvent]()
        for await event in events { received.append(event) }
        #expect(received == (0..<10).map(event))
    }

    @Test("a slow subscriber loses what does not fit, for itself alone")
    func drops() async throws {
        let slow = try #require(bus.events(for: "slow", capacity: 3)), quick = try #require(bus.events(for: "quick"))
        for number in 0..<10 { bus.emit(event(number)) }
        bus.close()
        var received = [0, 0]
        for await _ in slow { received[0] += 1 }
        for await _ in quick { received[1] += 1 }
        #expect(received == [3, 10])
        #expect(bus.dropped == 7)
        let answer = ExpositionChecker(registry.render())
        #expect(answer.value("gateway_events_dropped_total", ["subscriber": "slow"]) == 7)
        #expect(answer.value("gateway_events_dropped_total", ["subscriber": "quick"]) == 0)
    }

    @Test("events are counted by name, and names are bounded")
    func counts() {
        bus.emit(event(1))
        bus.emit(event(2))
        for number in 0..<300 { bus.emit(LifecycleEvent("name.\(number)", subject: "x")) }
        let answer = ExpositionChecker(registry.render())
        #expect(answer.value("gateway_events_total", ["event": "turn.completed"]) == 2)
        #expect(answer.value("gateway_events_total", ["event": "other"]) == Double(300 - (EventBus.countedNames - 1)))
    }

    @Test("a subscription ends with its task; a closed bus takes no more")
    func ends() async throws {
        let events = try #require(bus.events(for: "sse"))
        let task = Task { for await _ in events {} }
        task.cancel()
        await task.value
        bus.emit(event(1))
        #expect(bus.dropped == 0)
        bus.close()
        #expect(bus.events(for: "sse") == nil)
    }

    @Test("subscribers are bounded")
    func bounded() {
        var streams = [AsyncStream<LifecycleEvent>]()
        for _ in 0..<EventBus.maximumSubscribers { if let stream = bus.events(for: "sse") { streams.append(stream) } }
        #expect(streams.count == EventBus.maximumSubscribers)
        #expect(bus.events(for: "sse") == nil)
    }
}

private final class Collector: EventSink {
    private let collected = Mutex<[LifecycleEvent]>([])
    var events: [LifecycleEvent] { collected.withLock { $0 } }
    func emit(_ event: LifecycleEvent) { collected.withLock { $0.append(event) } }
}
