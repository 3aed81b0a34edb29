/// One wait on a loop's tick. Loop-confined.
public final class LoopTimer {
    let deadline: Duration
    private var work: (() -> Void)?

    init(deadline: Duration, work: @escaping () -> Void) {
        self.deadline = deadline
        self.work = work
    }

    /// Still to come.
    public var isPending: Bool { work != nil }

    /// Its work will not run, and is let go at once. After it fired: nothing.
    public func cancel() { work = nil }

    func fire() {
        let work = work
        self.work = nil
        work?()
    }
}

/// Timers by deadline: a binary heap, in which a cancelled timer stays until its time comes, or until half of all are such.
struct TimerHeap {
    private var heap: [LoopTimer] = []

    var count: Int { heap.count }

    mutating func insert(_ timer: LoopTimer) {
        if heap.count >= 64, heap.count == heap.capacity { prune() }
        heap.append(timer)
        rise(heap.count - 1)
    }

    /// The earliest timer if its deadline is not after `now`.
    mutating func removeFirst(until now: Duration) -> LoopTimer? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(0)
        return first
    }

    /// Lets go of cancelled timers before the array grows.
    private mutating func prune() {
        heap.removeAll { !$0.isPending }
        for index in stride(from: heap.count / 2, through: 0, by: -1) { sink(index) }
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
