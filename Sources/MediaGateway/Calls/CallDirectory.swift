import EventLoop
import Synchronization

/// The calls that are live, by the carrier's name for them. Safe from any thread.
final class CallDirectory: Sendable {
    private let calls = Mutex<[ObjectIdentifier: Call]>([:])
    /// Calls that are over and whose last turns are still being written.
    private let closing = Atomic<Int>(0)

    var count: Int { calls.withLock { $0.count } }
    func add(_ call: Call) { calls.withLock { $0[ObjectIdentifier(call)] = call } }
    func remove(_ call: Call) { _ = calls.withLock { $0.removeValue(forKey: ObjectIdentifier(call)) } }
    /// Runs what a call leaves behind: its books and its records.
    func close(_ work: @escaping @Sendable () async -> Void) {
        closing.add(1, ordering: .relaxed)
        Task {
            await work()
            closing.subtract(1, ordering: .releasing)
        }
    }
    /// Calls that are live, or not yet written down whole.
    var unfinished: Int { count + closing.load(ordering: .acquiring) }
    var all: [Call] { calls.withLock { Array($0.values) } }

    /// Ends a call that the carrier says is over, though its stream still stands.
    func end(callSid: String, reason: String) {
        for call in all where call.identity.callSid == callSid {
            call.loop.post { call.assumeIsolated { $0.hangUp(reason) } }
        }
    }
}
