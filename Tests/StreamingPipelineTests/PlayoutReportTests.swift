import StreamingPipeline
import Testing

@Suite("Playout: what a listener says it has heard is believed as far as the clock allows", .everyFormat)
struct PlayoutReportTests {
    @Test("a report that lags behind the clock credits itself and what has passed since")
    func lag() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 2_000, generation: 1)
        carrier.run(milliseconds: 600)
        #expect(carrier.heard(1) == 600 * 8)
        #expect(carrier.report(milliseconds: 450, generation: 1) == .heard(samples: 450 * 8))
        #expect(carrier.heard(1) == 450 * 8)
        carrier.run(milliseconds: 100)
        #expect(carrier.heard(1) == 550 * 8)
        #expect(carrier.stop(1)?.heard == 550 * 8)
    }

    @Test("a report never takes back what an earlier one said")
    func backwards() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 2_000, generation: 1)
        carrier.run(milliseconds: 600)
        #expect(carrier.report(milliseconds: 500, generation: 1) == .heard(samples: 500 * 8))
        #expect(carrier.report(milliseconds: 100, generation: 1) == .heard(samples: 100 * 8))
        #expect(carrier.heard(1) == 500 * 8)
    }

    @Test("more than can have been played is no evidence", arguments: [621, 700, 5_000, 1_000_000_000])
    func implausible(milliseconds: Int) {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 2_000, generation: 1)
        carrier.run(milliseconds: 600)
        #expect(carrier.report(milliseconds: milliseconds, generation: 1) == .implausible)
        #expect(carrier.heard(1) == 600 * 8 && carrier.counters.implausibleMarks == 1)
        #expect(carrier.report(milliseconds: 620, generation: 1) == .heard(samples: 620 * 8))
    }

    @Test("a report on a reply that is over, or was never begun, says nothing", arguments: [0, 2, -1])
    func unknown(generation: Int) {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 200, generation: 1)
        carrier.run(milliseconds: 100)
        #expect(carrier.report(milliseconds: 50, generation: generation) == .unknown)
        #expect(carrier.report(milliseconds: -50, generation: 1) == .unknown)
        carrier.stop(1)
        #expect(carrier.report(milliseconds: 50, generation: 1) == .unknown)
    }

    @Test("marks that the ear has passed are taken once, in order, and no further than a report reaches")
    func marks() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 100, generation: 1)
        let first = try #require(carrier.mark(1))
        carrier.append(milliseconds: 100, generation: 1)
        let second = try #require(carrier.mark(1))
        carrier.append(milliseconds: 500, generation: 1)
        carrier.run(milliseconds: 400)
        #expect(carrier.takeMark(heardBy: 99) == nil)
        #expect(carrier.takeMark(heardBy: 400, upTo: 99) == nil)
        #expect(carrier.takeMark(heardBy: 400, upTo: 100) == first)
        #expect(carrier.takeMark(heardBy: 400, upTo: 100) == nil)
        #expect(carrier.takeMark(heardBy: 199) == nil)
        #expect(carrier.takeMark(heardBy: 200) == second)
        #expect(carrier.takeMark(heardBy: 400) == nil)
    }
}
