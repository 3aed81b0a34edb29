import Orchestrator
import Synchronization
import Testing

@testable import MediaGateway

@Suite("A look at the store that does not come back in 2 s says that it is out; nobody waits for it, and none is started beside it", .timeLimit(.minutes(1)))
struct StoreWatchTests {
    private let clock = StandingClock()
    private let told = Told()

    private final class Told: Sendable {
        let findings = Mutex<[StoreWatch.Finding]>([])
        let looks = Atomic<Int>(0)
        var all: [StoreWatch.Finding] { findings.withLock { $0 } }
    }

    /// A store that answers what the test hands it, when it does.
    private func watch(_ answers: AsyncStream<Bool>) -> StoreWatch {
        StoreWatch(
            clock: clock,
            isUp: { [told] in
                told.looks.add(1, ordering: .relaxed)
                for await answer in answers { return answer }
                return false
            },
            changed: { [told] finding in told.findings.withLock { $0.append(finding) } })
    }

    @Test("it hangs, and comes back")
    func hangs() async {
        let (answers, store) = AsyncStream.makeStream(of: Bool.self)
        let watch = watch(answers), look = watch.look()
        clock.advance(by: .milliseconds(1_999))
        #expect(watch.look() == nil)
        #expect(told.all == [])
        clock.advance(by: .milliseconds(1))
        for _ in 1...3 { #expect(watch.look() == nil) }
        #expect(told.all == [.silent])
        store.yield(true)
        await look?.value
        #expect(told.all == [.silent, .up])
        #expect(told.looks.load(ordering: .relaxed) == 1)
    }

    @Test("it fails twice: told once, and once that it is back")
    func fails() async {
        let (answers, store) = AsyncStream.makeStream(of: Bool.self)
        let watch = watch(answers)
        for isUp in [true, false, false, true, true] {
            store.yield(isUp)
            await watch.look()?.value
        }
        #expect(told.all == [.failed, .up])
    }

    @Test("work that hangs is started once, and again when it has come back")
    func oneAtATime() async {
        let (answers, store) = AsyncStream.makeStream(of: Bool.self)
        let work = OneAtATime()
        let first = work.start { for await _ in answers { return } }
        #expect(first != nil)
        #expect(work.start {} == nil)
        store.yield(true)
        await first?.value
        #expect(work.start {} != nil)
    }
}

@Suite("What a peer can cause at will is told once a second, with its number")
struct CountedEventsTests {
    private final class Events: EventSink {
        let all = Mutex<[LifecycleEvent]>([])
        func emit(_ event: LifecycleEvent) { all.withLock { $0.append(event) } }
    }

    @Test("calls that are refused, by reason")
    func refused() throws {
        let events = Events(), counted = CountedEvents(events), clock = StandingClock()
        let admission = Admission(
            maximumCalls: 1, startTimeout: .seconds(15), clock: clock, refused: { counted.note("call.refused", of: $0.rawValue, ["reason": $0.rawValue]) })
        try admission.reserve(callSid: "CA1")
        #expect(throws: Admission.Refusal.full) { try admission.reserve(callSid: "CA2") }
        #expect(throws: Admission.Refusal.full) { try admission.begin(callSid: "CA2") }
        admission.drain()
        #expect(throws: Admission.Refusal.draining) { try admission.reserve(callSid: "CA3") }
        #expect(events.all.withLock { $0 } == [])
        counted.tell()
        counted.tell()
        #expect(
            events.all.withLock { $0 } == [
                LifecycleEvent("call.refused", subject: "gateway", ["reason": "draining", "count": "1"]),
                LifecycleEvent("call.refused", subject: "gateway", ["reason": "full", "count": "2"]),
            ])
    }

    @Test("of stalls the longest is told; one that goes on is not counted yet")
    func stalls() {
        let events = Events(), counted = CountedEvents(events)
        for (milliseconds, isOver) in [(50, false), (900, true), (60, true)] {
            counted.note("loop.stalled", of: "0", size: milliseconds, count: isOver ? 1 : 0, ["ms": "\(milliseconds)"])
        }
        counted.tell()
        #expect(events.all.withLock { $0 } == [LifecycleEvent("loop.stalled", subject: "gateway", ["ms": "900", "count": "2"])])
    }
}
