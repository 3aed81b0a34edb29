import CoreMetrics
import Synchronization

/// A count that only grows. Whole and broken increments are kept apart, so that a large count loses nothing.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let broken = AtomicDouble()

    /// A counter cannot shrink: what is below zero is not counted.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        broken.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        broken.store(0)
    }

    var text: String {
        let fraction = broken.value, count = whole.load(ordering: .relaxed)
        return fraction == 0 ? String(count) : PrometheusText.number(Double(count) + fraction)
    }
}
