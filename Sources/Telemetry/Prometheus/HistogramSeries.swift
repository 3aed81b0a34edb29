import CoreMetrics
import Synchronization

/// Values sorted into buckets. Recording is one search and two atomic additions; the count is the sum of the buckets, so that
/// `_count` and the bucket `+Inf` always agree. `_sum` may lack a value that is being recorded while it is read.
final class HistogramSeries: RecorderHandler, TimerHandler {
    private final class Cell: Sendable { let count = Atomic<UInt64>(0) }

    /// Upper bounds, ascending, without `+Inf`.
    let bounds: [Double]
    private let cells: [Cell]
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        cells = (0...bounds.count).map { _ in Cell() }
    }

    /// Durations are exported in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    /// A value that is not a number is not recorded: it would spoil the sum for ever.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        cells[bucket(of: value)].count.wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Counts up to each bound and, last, of everything; the sum of the values.
    var snapshot: (cumulative: [UInt64], sum: Double) {
        var running: UInt64 = 0
        let cumulative = cells.map { cell in
            running &+= cell.count.load(ordering: .relaxed)
            return running
        }
        return (cumulative, total.value)
    }

    /// The first whose bound is not below the value: `le` means at most.
    private func bucket(of value: Double) -> Int {
        var low = 0, high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
