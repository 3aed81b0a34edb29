import CLibUV
import Glibc
import Synchronization

/// A thread that looks at the loops of a group, and reports the one that is held up.
final class LoopWatchdog: Sendable {
    private let loops: [EventLoop]
    private let limit: Int64
    private let report: @Sendable (StallReport) -> Void
    private let isStopping = Atomic<Bool>(false)
    private let thread = PosixMutex<LoopThread?>(nil)
    let stalls = Atomic<Int>(0)
    let longest = Atomic<Int64>(0)

    /// Looks within one limit.
    private static let looks: Int64 = 5

    init(_ loops: [EventLoop], limit: Duration, report: @escaping @Sendable (StallReport) -> Void) throws(EventLoopError) {
        self.loops = loops
        self.limit = max(1_000_000, Int64(limit / .nanoseconds(1)))
        self.report = report
        let started = try LoopThread.start(name: "watchdog") { [self] in run() }
        thread.withLock { $0 = started }
        for loop in loops { loop.activity.limit.store(self.limit, ordering: .relaxed) }
    }

    func stop() {
        guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for loop in loops { loop.activity.limit.store(.max, ordering: .relaxed) }
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
    }

    private func run() {
        let interval = limit / Self.looks
        var judges = loops.map { _ in StallJudge(limit: limit) }
        var last = mg_monotonic_ns()
        while !isStopping.load(ordering: .acquiring) {
            var pause = timespec(tv_sec: Int(interval / 1_000_000_000), tv_nsec: Int(interval % 1_000_000_000))
            unsafe nanosleep(&pause, nil)
            let now = mg_monotonic_ns()
            let lateness = now - last - interval
            last = now
            for index in loops.indices {
                guard let look = Self.look(at: loops[index].activity, now: now, lateness: lateness > interval ? lateness : 0) else { continue }
                for finding in judges[index].look(look) { tell(finding, of: index) }
            }
        }
    }

    /// - Returns: nil when the loop went on meanwhile, which is good news.
    private static func look(at activity: LoopActivity, now: Int64, lateness: Int64) -> StallJudge.Look? {
        let endedSince = activity.stalledSince.load(ordering: .acquiring)
        let endedAfter = activity.stalledFor.load(ordering: .relaxed)
        let since = activity.since.load(ordering: .acquiring)
        let name = activity.name.load(ordering: .acquiring)
        guard activity.since.load(ordering: .relaxed) == since else { return nil }
        return StallJudge.Look(now: now, since: since, activity: name, endedSince: endedSince, endedAfter: endedAfter, lateness: lateness)
    }

    private func tell(_ finding: StallJudge.Finding, of index: Int) {
        if finding.isOver {
            stalls.add(1, ordering: .relaxed)
            longest.max(finding.elapsed, ordering: .relaxed)
        }
        report(
            StallReport(
                loop: index, activity: LoopActivity.text(finding.activity), elapsed: .nanoseconds(finding.elapsed), isOver: finding.isOver))
    }
}

extension EventLoopGroup {
    /// Watches the loops until they stop: one that is held up for `limit` or longer is reported while it is, and again when it goes on;
    /// one that went on before it was looked at is reported once. Replaces an earlier watch.
    ///
    /// Costs a loop two readings of the clock for each time that it wakes up, and a store for each piece of work.
    /// - Parameters:
    ///   - limit: at least 1 ms; looked at five times within it.
    ///   - report: called on the watchdog's thread.
    /// - Throws: ``EventLoopError``.
    public func watch(limit: Duration = .milliseconds(50), report: @escaping @Sendable (StallReport) -> Void) throws(EventLoopError) {
        stopWatching()
        let started = try LoopWatchdog(loops, limit: limit, report: report)
        watchdog.withLock { $0 = started }
    }

    /// Stalls that are over, since ``watch(limit:report:)``.
    public var stallCount: Int { watchdog.withLock { $0 }?.stalls.load(ordering: .relaxed) ?? 0 }
    /// The longest of them.
    public var longestStall: Duration { .nanoseconds(watchdog.withLock { $0 }?.longest.load(ordering: .relaxed) ?? 0) }

    func stopWatching() { watchdog.withLock { $0 }?.stop() }
}
