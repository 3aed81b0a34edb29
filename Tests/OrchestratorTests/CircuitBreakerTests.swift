import Orchestrator
import Testing

/// A breaker's life as a drawing, one column a second: what happens above, what it does below.
struct BreakerScene: Sendable, CustomTestStringConvertible {
    var name: String, happens: String, does: String
    init(_ name: String, happens: String, does: String) { (self.name, self.happens, self.does) = (name, happens, does) }
    var testDescription: String { name }

    func played() -> String {
        var breaker = CircuitBreaker(.init(failures: 3, openTime: .seconds(5)))
        return happens.enumerated().map { second, letter in
            guard let event = Self.events[letter] else { return "." }
            return switch breaker.handle(event, at: .seconds(second)) {
            case .none: "."
            case .admit: "a"
            case .refuse: "-"
            case .opened: "O"
            case .probe: "p"
            case .closed: "C"
            }
        }.joined()
    }
    private static let events: [Character: CircuitBreaker.Event] = [
        "r": .requested, "s": .succeeded, "f": .failed, "l": .rateLimited(nil), "2": .rateLimited(.seconds(2)), "9": .rateLimited(.seconds(9)),
        "0": .rateLimited(.zero), "b": .barred(nil), "B": .barred(.seconds(9)), "t": .openTimeOver, "S": .probeSucceeded, "F": .probeFailed(nil),
        "N": .probeFailed(.seconds(9)),
    ]
}

@Suite("Circuit breaker: 3 failures in a row open it for 5 s; one probe, which is no caller, closes it")
struct CircuitBreakerTests {
    @Test(
        "r request, s success, f failure, l/2/9/0 rate limited, b/B barred, t open time over, S/F/N probe   a admit, - refuse, O opened, p probe, C closed",
        arguments: [
            BreakerScene("closed passes", happens: "rsrsr", does: "a.a.a"),
            BreakerScene("two failures are not three", happens: "ffsffr", does: ".....a"),
            BreakerScene("three in a row open", happens: "fffr", does: "..O-"),
            BreakerScene("nothing passes until the probe", happens: "fffrrrrrr", does: "..O------"),
            BreakerScene("no probe before its time", happens: "fff.t.tr", does: "..O....-"),
            BreakerScene("a probe when it is time", happens: "fff....tr", does: "..O....p-"),
            BreakerScene("one probe, however many ask", happens: "fff....ttt", does: "..O....p.."),
            BreakerScene("a good probe closes", happens: "fff....tSrffr", does: "..O....pCa..a"),
            BreakerScene("a bad probe opens again", happens: "fff....tFr....t", does: "..O....pO-....p"),
            BreakerScene("a probe is told to stay away for longer", happens: "fff....tN.....t...t", does: "..O....pO.........p"),
            BreakerScene("callers from before change nothing", happens: "fffsfs.tsfr", does: "..O....p..-"),
            BreakerScene("a limit opens it for its time", happens: "2rt", does: "O-p"),
            BreakerScene("a long limit, too", happens: "9.....t..t", does: "O........p"),
            BreakerScene("a limit without a time is a failure", happens: "l0lr", does: "..O-"),
            BreakerScene("a longer limit while open counts", happens: "fff9...t....t", does: "..O.........p"),
            BreakerScene("a shorter one does not", happens: "fff2.t.t", does: "..O....p"),
            BreakerScene("a lost key opens at once", happens: "br...t", does: "O-...p"),
            BreakerScene("and for as long as it says", happens: "B....t...t", does: "O........p"),
        ])
    func plays(_ scene: BreakerScene) { #expect(scene.played() == scene.does) }

    @Test("nobody is believed for more than a day")
    func longest() {
        var breaker = CircuitBreaker()
        #expect(breaker.handle(.rateLimited(.seconds(1 << 40)), at: .zero) == .opened(until: .seconds(86_400)))
    }

    @Test("whatever happens: open means refused, its time never shrinks, and there is one probe at most", arguments: 1...50 as ClosedRange<UInt64>)
    func property(seed: UInt64) {
        let random = SeededGenerator(seed: seed)
        var breaker = CircuitBreaker(.init(failures: 3, openTime: .seconds(5)))
        var now = Duration.zero, isProbing = false
        for _ in 0..<2_000 {
            now += .milliseconds(Int64(random.next() % 3_000))
            var events: [CircuitBreaker.Event] = [
                .requested, .succeeded, .failed, .rateLimited(.seconds(Int64(random.next() % 20))), .rateLimited(nil), .barred(nil), .openTimeOver,
            ]
            if isProbing { events += [.probeSucceeded, .probeFailed(nil)] }
            let event = random.pick(events), before = breaker.state
            let action = breaker.handle(event, at: now)
            switch before {
            case .closed: if event == .requested { #expect(action == .admit) }
            case .open(let until):
                if event == .requested { #expect(action == .refuse(max(.zero, until - now))) }
                if case .open(let later) = breaker.state { #expect(later >= until) } else { #expect(event == .openTimeOver && now >= until) }
            case .halfOpen:
                if event == .requested { #expect(action == .refuse(nil)) }
                #expect(action != .probe)
            }
            if action == .probe {
                #expect(!isProbing)
                isProbing = true
            }
            if event == .probeSucceeded || event == .probeFailed(nil) { isProbing = false }
            #expect(isProbing == (breaker.state == .halfOpen))
        }
    }
}
