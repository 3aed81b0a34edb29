import CoreMetrics
import Orchestrator

/// Lifecycle events on their way to the store. While a component is down, those that only describe how turns went are left out and
/// counted, so that what must be kept has the room; what happened to callers is always written.
struct Analytics: EventSink {
    let sink: any EventSink
    let isOff: @Sendable () -> Bool
    let skipped: Counter

    private static let descriptive: Set<String> = Set(
        [ConversationEvent.turnCompleted, .turnSuperseded, .decisionRejected, .engineFailed, .decisionFallback, .toolPending].map(\.rawValue))

    func emit(_ event: LifecycleEvent) {
        guard Self.descriptive.contains(event.name), isOff() else { return sink.emit(event) }
        skipped.increment()
    }
}
