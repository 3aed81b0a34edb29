import Synchronization

/// A double that many threads add to.
struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(0)  // of 0.0

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ increment: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: old) + increment
            let (exchanged, found) = bits.weakCompareExchange(expected: old, desired: sum.bitPattern, ordering: .relaxed)
            if exchanged { return }
            old = found
        }
    }
}
