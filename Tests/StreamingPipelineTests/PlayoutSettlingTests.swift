import AudioCodec
import StreamingPipeline
import Testing

@Suite("Playout settling: what was heard, and how a reply ends before its time", .everyFormat)
struct PlayoutSettlingTests {
    @Test("after a stop nothing of that generation is handed out") func stop() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 300, generation: 1)
        let first = try #require(carrier.mark(1))
        carrier.append(milliseconds: 1_000, generation: 1)
        let second = try #require(carrier.mark(1))
        carrier.run(milliseconds: 350)
        let settlement = try #require(carrier.stop(1))
        let sent = carrier.bytes.count
        #expect(
            settlement
                == PlayoutSettlement(
                    generation: 1, sent: sent, heard: 350 * 8, dropped: 1_300 * 8 - sent,
                    outstanding: [.init(mark: first, isHeard: true)], pending: [second], needsCarrierClear: true))
        #expect(carrier.append(milliseconds: 20, generation: 1) == 0)
        carrier.run(milliseconds: 500)
        #expect(carrier.bytes.count == sent)
        #expect(carrier.stop(1) == nil)
        #expect(!carrier.isSpeaking)
    }

    @Test("a stop of a reply that is through, or has not begun to sound, needs no clear") func stopQuiet() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        let unheard = try #require(carrier.stop(1))
        #expect(!unheard.needsCarrierClear && unheard.sent == 0 && unheard.heard == 0)
        carrier.begin(2)
        carrier.append(milliseconds: 100, generation: 2)
        carrier.finish(2)
        carrier.run(milliseconds: 500)
        let through = try #require(carrier.stop(2))
        #expect(!through.needsCarrierClear && through.heard == 800 && through.dropped == 0)
    }

    @Test("stopping one of several replies leaves the others") func stopOne() throws {
        for stopped in 1...3 {
            let carrier = TestCarrier()
            for generation in 1...3 {
                carrier.begin(generation)
                carrier.append(milliseconds: 100, generation: generation, from: generation * 50)
                carrier.finish(generation)
            }
            let settlement = try #require(carrier.stop(stopped))
            #expect(settlement.dropped == 800)
            carrier.run(milliseconds: 1_000)
            let said = stride(from: 0, to: carrier.bytes.count, by: 800).map { Int(carrier.bytes[$0]) / 50 }
            #expect(said == [1, 2, 3].filter { $0 != stopped })
        }
    }

    @Test("clear drops everything and settles each reply") func clear() {
        let carrier = TestCarrier()
        for generation in 1...2 {
            carrier.begin(generation)
            carrier.append(milliseconds: 200, generation: generation)
            carrier.mark(generation)
            carrier.finish(generation)
        }
        carrier.run(milliseconds: 150)
        let settlements = carrier.clear()
        #expect(settlements.map(\.generation) == [1, 2])
        #expect(settlements[0].sent == 1_600 && settlements[0].heard == 1_200 && settlements[0].needsCarrierClear)
        #expect(settlements[1].heard == 0 && settlements[1].pending.count == 1)
        carrier.carrierClears()
        let sent = carrier.bytes.count
        carrier.run(milliseconds: 300)
        #expect(carrier.bytes.count == sent)
        #expect(carrier.clear().isEmpty)
        // The next reply starts afresh.
        #expect(carrier.begin(3))
        carrier.append(milliseconds: 100, generation: 3)
        carrier.run(milliseconds: 5)
        #expect(carrier.bytes.count == sent + 3 * 160)
    }

    @Test(
        "a mark proves what was heard only if its audio can have been played; else it is left to the clock",
        arguments: [
            (0, MarkVerdict.implausible), (40, .implausible), (75, .implausible),
            (80, .heard(samples: 800)), (100, .heard(samples: 800)), (900, .heard(samples: 800)),
        ])
    func plausibility(milliseconds: Int, verdict: MarkVerdict) throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 100, generation: 1)
        let mark = try #require(carrier.mark(1))
        carrier.append(milliseconds: 1_000, generation: 1)
        carrier.run(milliseconds: 1_000)
        let isKept = verdict == .implausible
        #expect(carrier.acknowledge(mark, milliseconds: milliseconds) == verdict)
        #expect(carrier.counters.implausibleMarks == (isKept ? 1 : 0))
        #expect(carrier.acknowledge(mark, milliseconds: milliseconds) == (isKept ? MarkVerdict.implausible : .unknown))
        #expect(carrier.takeMark(heardBy: 100) == (isKept ? mark : nil))
        #expect(carrier.acknowledge(mark, milliseconds: 1_000) == .unknown)
    }

    @Test("a mark that came back too early counts when it comes back in time") func secondChance() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 100, generation: 1)
        let mark = try #require(carrier.mark(1))
        carrier.finish(1)
        carrier.run(milliseconds: 50)
        #expect(carrier.acknowledge(mark) == .implausible)
        carrier.run(milliseconds: 50)
        #expect(carrier.acknowledge(mark) == .heard(samples: 800))
    }

    @Test("marks that prove nothing do not pile up: those of replies that are over make room") func oldMarks() throws {
        let carrier = TestCarrier(PlayoutConfiguration(marks: 2))
        for generation in 1...5 {
            carrier.begin(generation)
            carrier.append(milliseconds: 100, generation: generation)
            let mark = try #require(carrier.mark(generation))
            #expect(carrier.mark(generation) != nil)
            #expect(carrier.mark(generation) == nil)
            carrier.finish(generation)
            carrier.run(milliseconds: 50)
            #expect(carrier.acknowledge(mark) == .implausible)
            carrier.run(milliseconds: 200)
        }
    }

    @Test("echoes after a clear are flushed, inventions are unknown") func echoes() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 100, generation: 1)
        let mark = try #require(carrier.mark(1))
        carrier.append(milliseconds: 1_000, generation: 1)
        carrier.run(milliseconds: 60)
        let invented = PlayoutMark(generation: 1, number: 77, epoch: 0)
        #expect(carrier.acknowledge(invented) == .unknown)
        carrier.stop(1)
        #expect(carrier.acknowledge(mark) == .flushed)
    }

    @Test(
        "a pause goes back to where the ear is; resumed, every byte is heard, at most 20 ms of them twice",
        arguments: 1...40 as ClosedRange<UInt64>)
    func pause(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 700, generation: 1)
        carrier.mark(1)
        carrier.finish(1)
        var heardBefore = 0
        for _ in 0..<3 {
            carrier.run(milliseconds: Int.random(in: 1...40, using: &random) * 5)
            let heard = try #require(carrier.heard(1))
            #expect(heard >= heardBefore)
            let sent = carrier.bytes.count
            if carrier.pause() { carrier.carrierClears() }
            carrier.run(milliseconds: 300)
            #expect(carrier.bytes.count == sent)
            let kept = try #require(carrier.heard(1))
            #expect(kept <= heard && heard - kept <= 160)
            heardBefore = kept
            carrier.resume()
        }
        carrier.run(milliseconds: 1_000)
        #expect(carrier.heard(1) == 5_600)
        #expect(carrier.bytes.suffix(8).allSatisfy { $0 == UInt8(truncatingIfNeeded: 699) })
        // The mark left for good with the last byte; what left of it before a pause is flushed.
        let last = try #require(carrier.marks.last)
        #expect(carrier.acknowledge(last) == .heard(samples: 5_600))
        for mark in carrier.marks.dropLast() { #expect(carrier.acknowledge(mark) == .flushed) }
        #expect(carrier.counters.underruns == 0)
    }

    @Test("a reply that is stopped while it is paused is settled at what was heard") func stopPaused() throws {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 1_000, generation: 1)
        carrier.run(milliseconds: 400)
        #expect(carrier.pause())
        carrier.carrierClears()
        carrier.run(milliseconds: 200)
        let settlement = try #require(carrier.stop(1))
        #expect(settlement.heard == 3_200 && !settlement.needsCarrierClear)
        #expect(!carrier.isPaused)
    }
}
