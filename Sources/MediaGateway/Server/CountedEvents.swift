import Orchestrator
import Synchronization

/// Lifecycle events that a peer, or a bad day, can cause at will: counted, and told once a second, one event of each kind with its `count`.
final class CountedEvents: Sendable {
    private struct Kind: Hashable { var name: String, what: String }
    private struct Counted {
        var count = 0, size = 0
        var attributes: [String: String] = [:]
    }
    private let events: any EventSink
    private let waiting = Mutex<[Kind: Counted]>([:])

    init(_ events: any EventSink) { self.events = events }

    /// Any thread.
    /// - Parameters:
    ///   - what: counted apart from the others of that name: a reason, a loop. Of a bounded set.
    ///   - size: the largest one's attributes are told; of equals, the last one's.
    ///   - count: 0 tells of something that goes on and is counted at its end.
    func note(_ name: String, of what: String, size: Int = 0, count: Int = 1, _ attributes: [String: String]) {
        waiting.withLock { waiting in
            var counted = waiting[Kind(name: name, what: what)] ?? Counted()
            counted.count += count
            if size >= counted.size { (counted.size, counted.attributes) = (size, attributes) }
            waiting[Kind(name: name, what: what)] = counted
        }
    }

    /// Once a second.
    func tell() {
        let told = waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        for (kind, counted) in told.sorted(by: { ($0.key.name, $0.key.what) < ($1.key.name, $1.key.what) }) {
            var attributes = counted.attributes
            attributes["count"] = "\(counted.count)"
            events.emit(LifecycleEvent(kind.name, subject: "gateway", attributes))
        }
    }
}
