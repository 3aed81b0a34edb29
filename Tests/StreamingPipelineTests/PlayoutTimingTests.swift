import AudioCodec
import StreamingPipeline
import Testing

@Suite("Playout timing: 60 ms at once, 200 ms ahead of the ear at twice the speed of speech, one start instant", .everyFormat)
struct PlayoutTimingTests {
    @Test("the first frames of a reply") func schedule() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 2_000, generation: 1)
        carrier.run(milliseconds: 300)
        #expect(
            carrier.frameTimes == [
                0, 0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140,
                160, 180, 200, 220, 240, 260, 280,
            ])
        #expect(carrier.mostAhead == 200 && carrier.silences == 0)
        let lead = carrier.lead
        #expect(lead <= .milliseconds(200) && lead > .milliseconds(175))
    }

    @Test("two minutes do not drift: every frame leaves within a tick of its time") func drift() {
        let carrier = TestCarrier()
        carrier.begin(1)
        for second in 0..<120 {
            let taken = carrier.append(milliseconds: 1_000, generation: 1, from: second)
            #expect(taken == 8_000)
            carrier.run(milliseconds: second == 0 ? 500 : 1_000)
        }
        let times = carrier.frameTimes.dropFirst(17)
        #expect(times.enumerated().allSatisfy { $0.element == 160 + 20 * $0.offset })
        let counters = carrier.counters
        #expect(counters.lateFrames == 0 && counters.reanchors == 0 && counters.underruns == 0)
    }

    @Test("frames up to two frames late leave at once and are counted; the schedule stays") func late() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 3_000, generation: 1)
        carrier.run(milliseconds: 500)
        let before = carrier.frameTimes.count
        carrier.stall(milliseconds: 40)
        carrier.run(milliseconds: 60)
        // Due at 500, 520 and 540: the first two are late.
        #expect(carrier.frameTimes.dropFirst(before) == [540, 540, 540, 560, 580])
        #expect(carrier.counters.lateFrames == 2 && carrier.counters.reanchors == 0)
        #expect(carrier.silences == 0 && carrier.mostAhead == 200)
    }

    @Test("more than two frames late: one leaves at once, the others at twice the speed of speech, no burst") func reanchored() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 3_000, generation: 1)
        carrier.run(milliseconds: 500)
        let before = carrier.frameTimes.count
        carrier.stall(milliseconds: 100)
        carrier.run(milliseconds: 140)
        #expect(carrier.frameTimes.dropFirst(before) == [600, 610, 620, 630, 640, 650, 660, 670, 680, 690, 700, 720])
        #expect(carrier.counters.lateFrames == 1 && carrier.counters.reanchors == 1)
        #expect(carrier.silences == 0 && carrier.mostAhead == 200)
    }

    @Test("so late that the ear fell silent: it starts again with 60 ms") func silenced() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 3_000, generation: 1)
        carrier.run(milliseconds: 500)
        let before = carrier.frameTimes.count
        carrier.stall(milliseconds: 1_000)
        carrier.run(milliseconds: 30)
        #expect(carrier.frameTimes.dropFirst(before) == [1_500, 1_500, 1_500, 1_510, 1_520])
        #expect(carrier.counters.lateFrames == 1 && carrier.counters.reanchors == 1 && carrier.counters.underruns == 0)
        #expect(carrier.silences == 1 && carrier.mostAhead == 200)
    }

    @Test(
        "whatever the loop does, no more than 200 ms are ahead, bytes keep their order, and a short stall is not heard",
        arguments: 1...30 as ClosedRange<UInt64>)
    func stalls(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let carrier = TestCarrier()
        carrier.begin(1)
        var appended = 0, longest = 0
        for _ in 0..<250 {
            appended += carrier.append(milliseconds: Int.random(in: 0...60, using: &random), generation: 1, from: appended / 8)
            let stall = Int.random(in: 0..<10, using: &random) == 0 ? Int.random(in: 5...Int(seed) * 16, using: &random) : 5
            longest = max(longest, stall)
            carrier.stall(milliseconds: stall)
        }
        carrier.finish(1)
        carrier.run(milliseconds: appended / 8 + 400)
        #expect(carrier.mostAhead <= 200)
        #expect(carrier.bytes.prefix(appended).enumerated().allSatisfy { $0.element == UInt8(truncatingIfNeeded: $0.offset / 8) })
        #expect(carrier.bytes.count == (appended + 159) / 160 * 160)
        let counters = carrier.counters
        #expect(counters.frames * 160 == carrier.bytes.count)
        if longest <= 60 { #expect(carrier.silences == counters.underruns) }
        #expect(carrier.heard(1) == appended)
    }

    @Test("a reply that is made too slowly runs dry once, and starts again with 60 ms") func underrun() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 400, generation: 1)
        carrier.run(milliseconds: 1_000)
        #expect(carrier.counters.underruns == 1)
        // The first frame that was due and not there: the 21st.
        #expect(carrier.starvedSince == .milliseconds(carrier.start + 220))
        carrier.append(milliseconds: 400, generation: 1)
        carrier.run(milliseconds: 50)
        #expect(carrier.frameTimes.suffix(7) == [1_000, 1_000, 1_000, 1_010, 1_020, 1_030, 1_040])
        #expect(carrier.starvedSince == nil && carrier.silences == 1)
        #expect(carrier.counters.lateFrames == 0 && carrier.counters.reanchors == 0)
    }

    @Test("a reply that is over is no underrun, and neither is one that has not begun to sound") func quiet() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.run(milliseconds: 500)
        carrier.append(milliseconds: 100, generation: 1)
        carrier.finish(1)
        carrier.run(milliseconds: 500)
        let counters = carrier.counters
        #expect(
            counters
                == {
                    var expected = PlayoutCounters(); expected.frames = 5; return expected
                }())
        #expect(!carrier.isSpeaking)
    }

    @Test("a choked transport is offered the frame again") func choked() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 400, generation: 1)
        carrier.finish(1)
        carrier.roomForFrames = 4
        carrier.run(milliseconds: 100)
        #expect(carrier.frameTimes.count == 4)
        carrier.roomForFrames = .max
        carrier.run(milliseconds: 600)
        #expect(carrier.bytes == (0..<3_200).map { UInt8(truncatingIfNeeded: $0 / 8) })
        #expect(carrier.counters.chokes > 0 && carrier.mostAhead <= 200)
    }

    @Test("a clock that goes backwards is not followed") func backwards() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 1_000, generation: 1)
        carrier.run(milliseconds: 200)
        let before = carrier.frameTimes.count
        carrier.stall(milliseconds: -150)
        #expect(carrier.frameTimes.count == before)
    }
}
