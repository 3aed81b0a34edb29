import Synchronization
import Testing

@testable import Orchestrator

@Suite("Fair gate: so many run at once, conversations take turns, and no place is lost")
struct FairGateTests {
    @Test("conversations take turns; within one the first comes first")
    func turns() {
        var queue = FairQueue(places: 1, maximumWaiting: 10)
        #expect(queue.enter(0, "a") == .admitted)
        for (id, conversation) in [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c"), (6, "b")] { #expect(queue.enter(id, conversation) == .waiting) }
        #expect((0..<7).map { _ in queue.leave() } == [1, 4, 5, 2, 6, 3, nil])
        #expect(queue.taken == 0 && queue.waiting == 0)
    }

    @Test("who gives up is passed over; beyond the bound nobody may wait")
    func bounds() {
        var queue = FairQueue(places: 1, maximumWaiting: 2)
        #expect(queue.enter(0, "a") == .admitted)
        #expect(queue.enter(1, "a") == .waiting && queue.enter(2, "b") == .waiting)
        #expect(queue.enter(3, "c") == .full)
        queue.giveUp(1, "a")
        queue.giveUp(1, "a")
        queue.giveUp(9, "nobody")
        #expect(queue.enter(4, "c") == .waiting)
        #expect([queue.leave(), queue.leave(), queue.leave()] == [2, 4, nil])
    }

    @Test(
        "whatever comes and goes: the places are all used, none is lost, and nobody waits while another is served twice",
        arguments: 1...40 as ClosedRange<UInt64>)
    func property(seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        let places = Int(random.next() % 5) + 1, names = ["a", "b", "c", "d"]
        var queue = FairQueue(places: places, maximumWaiting: 20)
        var running: Set<Int> = [], waiting: [(id: Int, name: String)] = [], nextID = 0
        /// How often each was served since somebody has been waiting.
        var servedSince: [String: [String: Int]] = [:]

        func admitted(_ id: Int, _ name: String) {
            running.insert(id)
            servedSince[name] = nil
            for other in Set(waiting.map(\.name)) where other != name {
                servedSince[other, default: [:]][name, default: 0] += 1
                #expect(servedSince[other]?[name] ?? 0 <= 1, "\(name) twice, while \(other) waits")
            }
        }
        for _ in 0..<2_000 {
            switch random.next() % 5 {
            case 0, 1:
                let id = nextID, name = random.pick(names)
                nextID += 1
                switch queue.enter(id, name) {
                case .admitted:
                    #expect(waiting.isEmpty)
                    running.insert(id)
                case .waiting:
                    #expect(running.count == places)
                    waiting.append((id, name))
                case .full: #expect(waiting.count == 20)
                }
            case 2, 3:
                guard let leaver = running.first else { continue }
                running.remove(leaver)
                if let next = queue.leave() {
                    let at = waiting.firstIndex { $0.id == next }
                    guard let at else {
                        Issue.record("\(next) does not wait")
                        return
                    }
                    let name = waiting.remove(at: at).name
                    #expect(!waiting[..<at].contains { $0.name == name }, "out of order within \(name)")
                    admitted(next, name)
                } else {
                    #expect(waiting.isEmpty)
                }
            default:
                guard !waiting.isEmpty else { continue }
                let one = waiting.remove(at: Int(random.next() % UInt64(waiting.count)))
                queue.giveUp(one.id, one.name)
                if !waiting.contains(where: { $0.name == one.name }) { servedSince[one.name] = nil }
            }
            #expect(queue.taken == running.count && queue.waiting == waiting.count)
        }
    }

    @Test("one who waits goes when its time is over, or it is cancelled, and the next one still gets the place")
    func leaving() async throws {
        let clock = ManualClock(), gate = FairGate(places: 1, clock: clock)
        try await gate.enter("a", waiting: .seconds(1))
        let late = Task { try await gate.enter("b", waiting: .seconds(2)) }
        await clock.sleeper(until: .seconds(2))
        let cancelled = Task { try await gate.enter("c", waiting: .seconds(3)) }
        await clock.sleeper(until: .seconds(3))
        let patient = Task { try await gate.enter("d", waiting: .seconds(4)) }
        await clock.sleeper(until: .seconds(4))
        #expect(gate.waiting == 3)

        clock.advance(by: .seconds(2))
        await #expect(throws: FairGate.Refusal.timedOut) { try await late.value }
        cancelled.cancel()
        await #expect(throws: FairGate.Refusal.cancelled) { try await cancelled.value }
        #expect(gate.running == 1 && gate.waiting == 1)
        gate.leave()
        try await patient.value
        #expect(gate.running == 1 && gate.waiting == 0)
        gate.leave()
        #expect(gate.running == 0)
    }

    @Test("one who is cancelled before it comes takes no place")
    func early() async {
        let gate = FairGate(places: 1, clock: ManualClock())
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            try await gate.enter("a", waiting: .seconds(1))
        }
        await #expect(throws: FairGate.Refusal.cancelled) { try await task.value }
        #expect(gate.running == 0)
    }

    @Test("four hundred at once, a third of them cancelled: never more than fifty run, and all places come back")
    func many() async {
        let gate = FairGate(places: 50, maximumWaiting: 256, clock: ManualClock())
        let peak = Peak()
        let outcomes = await withTaskGroup(of: String.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let task = Task {
                        try await gate.run(for: "\(index % 7)", waiting: .seconds(1)) {
                            peak.enter()
                            for _ in 0..<5 { await Task.yield() }
                            peak.leave()
                        }
                    }
                    if index % 3 == 0 { task.cancel() }
                    do {
                        try await task.value
                        return "ran"
                    } catch { return (error as? FairGate.Refusal)?.rawValue ?? "other" }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes["other"] == nil && outcomes["timed_out"] == nil)
        #expect(outcomes.values.reduce(0, +) == 400)
        #expect(peak.most <= 50)
        #expect(gate.running == 0 && gate.waiting == 0)
    }
}

/// How many were inside at once.
private final class Peak: Sendable {
    private let count = Mutex((now: 0, most: 0))
    var most: Int { count.withLock { $0.most } }
    func enter() { count.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { count.withLock { $0.now -= 1 } }
}
