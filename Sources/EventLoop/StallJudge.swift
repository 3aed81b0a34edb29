/// Tells from what one loop shows, looked at again and again, when it is held up. No clock, no I/O; times in nanoseconds.
struct StallJudge {
    /// What a look at a loop's ``LoopActivity`` shows.
    struct Look {
        var now: Int64
        /// When the turn under way began; 0 asleep.
        var since: Int64
        var activity: UInt
        /// The last turn that took too long: when it began, and how long it took.
        var endedSince: Int64 = 0, endedAfter: Int64 = 0
        /// How much later than planned this look comes. Who looks is late when the whole process stood still (stopped, or the machine
        /// suspended), and then the loop's time was not spent in its activity.
        var lateness: Int64 = 0
    }

    struct Finding: Equatable {
        var activity: UInt
        var elapsed: Int64
        var isOver: Bool
    }

    private struct Turn {
        let since: Int64
        var isReported = false
        var excused: Int64 = 0
        /// How often each activity was seen.
        var seen: [UInt: Int] = [:]
        var activity: UInt { seen.max { $0.value < $1.value }?.key ?? 0 }
    }

    private let limit: Int64
    private var turn: Turn?
    private var lastEnded: Int64 = 0

    init(limit: Int64) { self.limit = limit }

    mutating func look(_ look: Look) -> [Finding] {
        var findings: [Finding] = []
        if look.endedSince != lastEnded {
            lastEnded = look.endedSince
            var ended = turn.flatMap { $0.since == look.endedSince ? $0 : nil } ?? Turn(since: look.endedSince)
            ended.excused += min(look.lateness, look.endedAfter)
            let elapsed = look.endedAfter - ended.excused
            if elapsed >= limit || ended.isReported { findings.append(Finding(activity: ended.activity, elapsed: elapsed, isOver: true)) }
        }
        guard look.since != 0 else {
            turn = nil
            return findings
        }
        var current = turn.flatMap { $0.since == look.since ? $0 : nil } ?? Turn(since: look.since)
        let elapsed = look.now - look.since
        current.excused += min(look.lateness, elapsed)
        // While everything stood still nothing was seen either.
        if look.lateness == 0 || current.seen.isEmpty { current.seen[look.activity, default: 0] += 1 }
        if !current.isReported, elapsed - current.excused >= limit {
            current.isReported = true
            findings.append(Finding(activity: current.activity, elapsed: elapsed - current.excused, isOver: false))
        }
        turn = current
        return findings
    }
}
