public import struct Foundation.Date
public import Orchestrator
import Synchronization

/// Appends lifecycle events to the table `events`: at most one write is under way, what arrives meanwhile goes with the next.
public final class SQLiteEventSink: EventSink {
    /// Events that wait at once; further ones are dropped and counted.
    public static let capacity = 4_096
    /// Events in one write.
    static let largestBatch = 512

    private struct State {
        var waiting: [StoredEvent] = []
        var isWriting = false
        var dropped = 0
        var whenWritten: [CheckedContinuation<Void, Never>] = []
    }
    private let database: GatewayDatabase
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    public init(_ database: GatewayDatabase, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.database, self.now) = (database, now)
    }

    /// Events that were lost: the queue was full, or the database refused them.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Whether all that was emitted is written or dropped.
    public var isIdle: Bool { state.withLock { !$0.isWriting } }

    public func emit(_ event: LifecycleEvent) {
        let at = now()
        let starts = state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(StoredEvent(at: at, event: event))
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { Task { await writeAll() } }
    }

    /// Returns when all that was emitted before is written or dropped.
    public func flush() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isWriting { state.whenWritten.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
    }

    private func writeAll() async {
        while true {
            let (batch, idle) = state.withLock { state -> (ArraySlice<StoredEvent>, [CheckedContinuation<Void, Never>]) in
                let batch = state.waiting.prefix(Self.largestBatch)
                state.waiting.removeFirst(batch.count)
                guard batch.isEmpty else { return (batch, []) }
                state.isWriting = false
                defer { state.whenWritten = [] }
                return (batch, state.whenWritten)
            }
            for continuation in idle { continuation.resume() }
            if batch.isEmpty { return }
            do {
                try await database.write(.events(Array(batch)))
            } catch {
                state.withLock { $0.dropped += batch.count }
            }
        }
    }
}
