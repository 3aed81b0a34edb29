import Synchronization

/// Called every 20 ms on its loop.
public protocol LoopTicking: AnyObject {
    /// - Parameter now: ``EventLoop/now`` at the start of the sweep, the same for all who are swept.
    func tick(now: Duration)
}

/// Who is called on which tick: four phases of 5 ms, so that the work of many calls spreads over the frame, and the rare waits.
struct TickSchedule {
    static let phaseCount = 4

    /// A removed handler leaves a hole, so that a sweep under way keeps its place; the sweep's end closes it.
    private var phases = Array(repeating: [(any LoopTicking)?](), count: phaseCount)
    private var counts = Array(repeating: 0, count: phaseCount)
    private var holes = Array(repeating: 0, count: phaseCount)
    private var phase = 0
    private(set) var timers = TimerHeap()

    /// - Returns: the phase, the one with the fewest handlers.
    mutating func add(_ handler: any LoopTicking) -> Int {
        let phase = counts.indices.min { counts[$0] < counts[$1] } ?? 0
        phases[phase].append(handler)
        counts[phase] += 1
        return phase
    }

    mutating func remove(_ handler: any LoopTicking) {
        for phase in phases.indices {
            guard let index = phases[phase].firstIndex(where: { $0 === handler }) else { continue }
            phases[phase][index] = nil
            counts[phase] -= 1
            holes[phase] += 1
            return
        }
    }

    mutating func add(_ timer: LoopTimer) { timers.insert(timer) }

    mutating func removeAll() { self = TickSchedule() }

    /// Advances by `elapsed` ticks: after a stall each phase is swept once, and stays where it belongs in time.
    mutating func nextPhases(elapsed: Int) -> (first: Int, count: Int) {
        let count = min(elapsed, Self.phaseCount)
        phase = (phase + elapsed) % Self.phaseCount
        return ((phase - count + 1 + Self.phaseCount) % Self.phaseCount, count)
    }

    func handlerCount(phase: Int) -> Int { phases[phase].count }
    func handler(phase: Int, at index: Int) -> (any LoopTicking)? {
        index < phases[phase].count ? phases[phase][index] : nil
    }

    mutating func closeHoles(phase: Int) {
        guard holes[phase] > 0 else { return }
        phases[phase].removeAll { $0 == nil }
        holes[phase] = 0
    }

    mutating func expiredTimer(now: Duration) -> LoopTimer? { timers.removeFirst(until: now) }
}

extension EventLoop {
    /// Calls `handler` every 20 ms from now on, in the phase with the fewest handlers; kept alive until removed. On the loop only.
    /// - Returns: the phase, 0...3.
    @discardableResult
    public func addTick(_ handler: any LoopTicking) -> Int {
        preconditionOnLoop()
        return schedule.add(handler)
    }

    /// Safe during a sweep, from the handler itself too. On the loop only.
    public func removeTick(_ handler: any LoopTicking) {
        preconditionOnLoop()
        schedule.remove(handler)
    }

    /// Runs `work` on the loop once `delay` has passed, to the next 5 ms tick. For rare waits; what happens every frame counts
    /// ticks instead. On the loop only.
    @discardableResult
    public func after(_ delay: Duration, _ work: @escaping () -> Void) -> LoopTimer {
        preconditionOnLoop()
        let timer = LoopTimer(deadline: Self.now + delay, work: work)
        schedule.add(timer)
        return timer
    }

    /// On the timerfd. Allocates nothing while nobody registers.
    func ticked() {
        activity.begin("tick")
        let elapsed = handles.elapsedTicks()
        guard elapsed > 0 else { return }
        if elapsed > 1 { lateTicks.add(elapsed - 1, ordering: .relaxed) }
        let now = Self.now
        let due = schedule.nextPhases(elapsed: elapsed)
        for step in 0..<due.count {
            let phase = (due.first + step) % TickSchedule.phaseCount
            for index in 0..<schedule.handlerCount(phase: phase) {
                schedule.handler(phase: phase, at: index)?.tick(now: now)
            }
            schedule.closeHoles(phase: phase)
        }
        activity.begin("timer")
        while let timer = schedule.expiredTimer(now: now) { timer.fire() }
    }
}
