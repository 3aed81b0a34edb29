public import CoreMetrics
public import Foundation
public import Orchestrator

/// Tells an operator's callbacks what lifecycle events say, one after the other, in a task of their own.
///
/// Notices wait in a bounded queue; for callbacks that are too slow the oldest is dropped and counted
/// (`gateway_callbacks_dropped_total`).
public final class CallbackSink: EventSink {
    /// Notices that wait, unless somebody says otherwise.
    public static let defaultCapacity = 1_000

    /// What to declare for the registry.
    public static let metrics = [
        MetricDeclaration("gateway_callbacks_dropped_total", .counter, help: "Notices that callbacks of this process were too slow for.")
    ]

    private let continuation: AsyncStream<CallbackNotice>.Continuation
    private let telling: Task<Void, Never>
    private let dropped: Counter
    private let clock: TurnClock
    private let now: @Sendable () -> Date

    public init(
        _ callbacks: any GatewayCallbacks, capacity: Int = defaultCapacity, factory: any MetricsFactory = MetricsSystem.factory,
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        let (stream, continuation) = AsyncStream.makeStream(of: CallbackNotice.self, bufferingPolicy: .bufferingNewest(max(1, capacity)))
        self.continuation = continuation
        telling = Task { for await notice in stream { await notice.tell(callbacks) } }
        dropped = Counter(label: "gateway_callbacks_dropped_total", dimensions: [], factory: factory)
        (self.clock, self.now) = (TurnClock.counting(clock), now)
    }

    deinit {
        continuation.finish()
        telling.cancel()
    }

    public func emit(_ event: LifecycleEvent) {
        guard let notice = CallbackNotice(event, at: now()) else { return }
        if case .dropped = continuation.yield(notice) { dropped.increment() }
    }

    /// Takes no more; what waits is still told, for at most that long. Callbacks that hang are left behind, cancelled.
    public func close(within limit: Duration) async {
        continuation.finish()
        _ = await BoundedWait.run(until: clock.elapsed() + limit, on: clock, cancelsWork: false) { [telling] in await telling.value }
        telling.cancel()
    }
}
