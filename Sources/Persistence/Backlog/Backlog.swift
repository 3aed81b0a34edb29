/// What was accepted while the database was out of order, oldest first. Bounded: when it is full the newest is refused.
struct Backlog: Sendable {
    struct Limits: Sendable, Equatable {
        var writes = 20_000
        /// Of ``StoredWrite/estimatedBytes``.
        var bytes = 64 << 20
    }
    struct Entry: Sendable {
        var write: StoredWrite
        /// The run that it comes from.
        var runID: String
    }
    let limits: Limits
    private var entries: [Entry] = []
    /// Entries before it were taken; moved to the front now and then, so that taking costs nothing.
    private var head = 0
    private var bytes = 0
    /// Records that were refused because it was full, or dropped because they could not be written.
    private(set) var lost = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    var count: Int { entries.count - head }
    var isEmpty: Bool { count == 0 }
    var all: ArraySlice<Entry> { entries[head...] }
    func first(_ most: Int) -> ArraySlice<Entry> { entries[head...].prefix(most) }

    /// - Returns: false when it is full; the write counts as lost then.
    mutating func append(_ write: StoredWrite, runID: String) -> Bool {
        let size = write.estimatedBytes
        guard count < limits.writes, bytes + size <= limits.bytes else {
            lost += write.count
            return false
        }
        bytes += size
        entries.append(Entry(write: write, runID: runID))
        return true
    }

    mutating func removeFirst(_ number: Int) {
        for entry in first(number) { bytes -= entry.write.estimatedBytes }
        head += min(number, count)
        guard head * 2 >= entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }

    mutating func drop(_ records: Int) { lost += records }
}
