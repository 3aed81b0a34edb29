import EventLoop
import Testing

@Suite("Ticks: one timer a loop, four phases of 5 ms, each handler every 20 ms")
struct TickTests {
    /// Counts, and reports its hundredth of a second later on.
    private final class Ticker: LoopTicking {
        private(set) var times: [Duration] = []
        private let onTick: (Ticker) -> Void
        init(_ onTick: @escaping (Ticker) -> Void = { _ in }) { self.onTick = onTick }
        func tick(now: Duration) {
            times.append(now)
            onTick(self)
        }
    }

    @Test("a handler hears the time, which does not run back, and after removal nothing more")
    func ticks() async throws {
        try await withLoop { loop in
            let times: [Duration] = await next { done in
                loop.post {
                    loop.addTick(
                        Ticker { ticker in
                            guard ticker.times.count == 5 else { return }
                            loop.removeTick(ticker)
                            loop.after(.milliseconds(50)) { done(ticker.times) }
                        })
                }
            }
            #expect(times.count == 5)
            #expect(times == times.sorted())
            // Five ticks of 20 ms, four of them between first and last, whatever stalls there were.
            #expect(times[4] - times[0] >= .milliseconds(40))
        }
    }

    @Test("handlers spread over the four phases, and a freed place is taken again")
    func phases() async throws {
        try await withLoop { loop in
            let phases: [Int] = await next { done in
                loop.post {
                    let tickers = (0..<8).map { _ in Ticker() }
                    var phases = tickers.map { loop.addTick($0) }
                    loop.removeTick(tickers[2])
                    phases.append(loop.addTick(Ticker()))
                    done(phases)
                }
            }
            #expect(phases == [0, 1, 2, 3, 0, 1, 2, 3, 2])
        }
    }

    @Test("a handler may remove any other of its sweep, and add new ones")
    func removalInSweep() async throws {
        try await withLoop { loop in
            let counts: [Int] = await next { done in
                loop.post {
                    let victims = (0..<8).map { _ in Ticker() }
                    let killer = Ticker { killer in
                        if killer.times.count == 1 {
                            for victim in victims { loop.removeTick(victim) }
                            loop.addTick(Ticker())
                        }
                        if killer.times.count == 4 { done(victims.map(\.times.count)) }
                    }
                    loop.addTick(killer)
                    for victim in victims { loop.addTick(victim) }
                }
            }
            #expect(counts.allSatisfy { $0 <= 1 })
        }
    }

    @Test("timers fire in the order of their deadlines, never early; a cancelled one never")
    func timers() async throws {
        try await withLoop { loop in
            let (order, early): ([Int], Int) = await next { done in
                loop.post {
                    var order: [Int] = [], early = 0
                    let start = EventLoop.now
                    for delay in [30, 10, 20, 0, 15].shuffled() {
                        loop.after(.milliseconds(delay)) {
                            if EventLoop.now - start < .milliseconds(delay) { early += 1 }
                            order.append(delay)
                        }
                    }
                    let cancelled = loop.after(.milliseconds(5)) { order.append(-1) }
                    cancelled.cancel()
                    let timers = (0..<500).map { _ in loop.after(.seconds(100)) { order.append(-2) } }
                    for timer in timers { timer.cancel() }
                    loop.after(.milliseconds(60)) { done((order, early)) }
                }
            }
            #expect(order == [0, 10, 15, 20, 30])
            #expect(early == 0)
        }
    }

    @Test("stopping lets handlers and timers go")
    func released() async throws {
        final class Witness: Sendable {}
        weak var witness: Witness?
        let loop = try EventLoop(name: "test")
        let isSet: Bool = await next { done in
            let kept = Witness()
            witness = kept
            loop.post {
                loop.addTick(Ticker { _ in withExtendedLifetime(kept) {} })
                loop.after(.seconds(100)) { withExtendedLifetime(kept) {} }
                done(true)
            }
        }
        #expect(isSet)
        await loop.stop()
        #expect(witness == nil)
    }
}
