import CLibUV
import Synchronization

/// What a loop is doing, and since when: relaxed stores by the loop, read by the ``LoopWatchdog``.
///
/// A turn is what a loop does between two sleeps. Its first piece of work reads the clock, and so does its end; the others store a
/// pointer. Loop-confined but for what is atomic.
@safe final class LoopActivity: @unchecked Sendable {
    /// When the turn under way began, in nanoseconds of ``EventLoop/now``, which also tells turns apart; 0 asleep.
    let since = Atomic<Int64>(0)
    /// Of a `StaticString`, which ends with NUL and never goes away; 0 when nothing was named.
    let name = Atomic<UInt>(0)
    /// The last turn that took ``limit`` or longer.
    let stalledSince = Atomic<Int64>(0)
    let stalledFor = Atomic<Int64>(0)
    /// Nanoseconds; the greatest while nobody watches.
    let limit = Atomic<Int64>(.max)

    private var isAwake = false

    /// A piece of work begins.
    @inline(__always)
    func begin(_ activity: StaticString) {
        if !isAwake { wake() }
        name.store(Self.pointer(activity), ordering: .relaxed)
    }

    private func wake() {
        guard limit.load(ordering: .relaxed) != .max else { return }
        isAwake = true
        since.store(mg_monotonic_ns(), ordering: .relaxed)
    }

    /// The turn is over: the loop is about to sleep.
    @inline(__always)
    func sleep() {
        guard isAwake else { return }
        isAwake = false
        let began = since.load(ordering: .relaxed)
        let elapsed = mg_monotonic_ns() - began
        if elapsed >= limit.load(ordering: .relaxed) {
            stalledFor.store(elapsed, ordering: .relaxed)
            stalledSince.store(began, ordering: .releasing)
        }
        since.store(0, ordering: .relaxed)
    }

    @inline(__always)
    private static func pointer(_ activity: StaticString) -> UInt {
        activity.hasPointerRepresentation ? UInt(bitPattern: unsafe activity.utf8Start) : 0
    }

    static func text(_ name: UInt) -> String {
        guard let start = unsafe UnsafePointer<CChar>(bitPattern: name) else { return "something without a name" }
        return unsafe String(cString: start)
    }
}

extension EventLoop {
    /// Names what the loop does while `body` runs, for the report of a stall. Costs two stores. On the loop only.
    /// - Parameter activity: a few words with a verb or the name of a part: `"twilio frame"`, `"GET /metrics"`.
    public func doing<Result, Failure: Error>(_ activity: StaticString, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let outer = beginNamed(activity)
        defer { endNamed(outer) }
        return try body()
    }

    package func beginNamed(_ activity: StaticString) -> UInt {
        let outer = self.activity.name.load(ordering: .relaxed)
        self.activity.begin(activity)
        return outer
    }

    package func endNamed(_ outer: UInt) { activity.name.store(outer, ordering: .relaxed) }
}
