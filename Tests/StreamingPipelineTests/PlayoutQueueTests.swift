import AudioCodec
import StreamingPipeline
import Testing

@Suite("Playout queue: bounded, in order, tagged with the turn's generation", .everyFormat)
struct PlayoutQueueTests {
    @Test("a full queue takes what fits, and more once something has left") func bound() {
        let carrier = TestCarrier(PlayoutConfiguration(capacity: .seconds(1)))
        carrier.begin(1)
        #expect(carrier.append(milliseconds: 700, generation: 1) == 5_600)
        #expect(carrier.append(milliseconds: 700, generation: 1) == 2_400)
        #expect(carrier.append(milliseconds: 700, generation: 1) == 0)
        #expect(carrier.room == 0 && carrier.queued == .seconds(1))
        carrier.run(milliseconds: 5)
        #expect(carrier.room == 3 * 160)
        #expect(carrier.append(milliseconds: 700, generation: 1) == 480)
    }

    @Test("only the last generation begun takes bytes, and only until it is finished") func generations() {
        let carrier = TestCarrier()
        #expect(carrier.append(milliseconds: 20, generation: 1) == 0)
        #expect(carrier.begin(2))
        #expect(!carrier.begin(2) && !carrier.begin(1))
        #expect(carrier.append(milliseconds: 20, generation: 1) == 0)
        #expect(carrier.append(milliseconds: 20, generation: 2) == 160)
        #expect(carrier.mark(1) == nil)
        carrier.finish(1)
        #expect(carrier.generation == 2)
        carrier.finish(2)
        #expect(carrier.generation == nil)
        #expect(carrier.append(milliseconds: 20, generation: 2) == 0)
    }

    @Test("the last frame of a reply is filled up with silence; an unfinished one waits for a whole frame") func padding() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 30, generation: 1)
        carrier.run(milliseconds: 100)
        #expect(carrier.frameTimes.count == 1)
        carrier.finish(1)
        carrier.run(milliseconds: 100)
        #expect(carrier.bytes.count == 320)
        #expect(carrier.bytes[240...].allSatisfy { $0 == MuLaw.silence })
        #expect(carrier.heard(1) == 240)
    }

    @Test("PCM is encoded on its way in") func pcm() {
        let carrier = TestCarrier()
        carrier.begin(1)
        guard TestCarrier.format == .telephone else { return }
        let pcm = (0..<1_000).map { Int16(truncatingIfNeeded: $0 * 61) }
        let taken = carrier.append(pcm, generation: 1)
        carrier.finish(1)
        carrier.run(milliseconds: 300)
        #expect(taken == 1_000)
        #expect(Array(carrier.bytes.prefix(1_000)) == pcm.map(MuLaw.encode))
    }

    @Test("a mark leaves directly behind the frame with the last byte before it, once") func marks() throws {
        let carrier = TestCarrier()
        carrier.begin(4)
        let first = try #require(carrier.mark(4))
        carrier.append(milliseconds: 50, generation: 4)
        let second = try #require(carrier.mark(4))
        carrier.append(milliseconds: 30, generation: 4)
        let third = try #require(carrier.mark(4))
        carrier.finish(4)
        carrier.run(milliseconds: 200)
        let order = carrier.sent.map { if case .mark(let mark) = $0.what { "m\(mark.number)" } else { "f" } }
        #expect(order == ["m1", "f", "f", "f", "m2", "f", "m3"])
        #expect(carrier.marks == [first, second, third])
    }

    @Test("marks are bounded") func tooManyMarks() {
        let carrier = TestCarrier(PlayoutConfiguration(marks: 3))
        carrier.begin(1)
        let marks = (0..<5).map { _ in carrier.mark(1) }
        #expect(marks.map { $0 != nil } == [true, true, true, false, false])
    }

    @Test("finished replies are said one after the other; an unfinished one is dropped by the next") func succession() {
        let carrier = TestCarrier()
        carrier.begin(1)
        carrier.append(milliseconds: 100, generation: 1, from: 0)
        carrier.finish(1)
        carrier.begin(2)
        carrier.append(milliseconds: 500, generation: 2, from: 50)
        carrier.begin(3)
        carrier.append(milliseconds: 100, generation: 3, from: 200)
        carrier.finish(3)
        carrier.run(milliseconds: 1_000)
        #expect(carrier.bytes.count == 1_600)
        #expect(carrier.bytes[0] == 0 && carrier.bytes[799] == 99 && carrier.bytes[800] == 200)
        #expect(carrier.silences == 0)
    }

    @Test("the ring may wrap as often as it likes", arguments: 1...10 as ClosedRange<UInt64>)
    func wrapping(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let carrier = TestCarrier(PlayoutConfiguration(capacity: .milliseconds(333)))
        var said = 0
        for generation in 1...30 {
            carrier.begin(generation)
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                said += carrier.append(milliseconds: Int.random(in: 1...90, using: &random), generation: generation, from: said / 8)
                carrier.run(milliseconds: Int.random(in: 0...80, using: &random))
            }
            // Bytes are counted in whole ms, so a reply that ends with a whole frame keeps the count simple.
            let fill = (160 - said % 160) % 160 / 8
            while carrier.room < fill * 8 { carrier.run(milliseconds: 20) }
            said += carrier.append(milliseconds: fill, generation: generation, from: said / 8)
            carrier.finish(generation)
        }
        carrier.run(milliseconds: 2_000)
        #expect(carrier.bytes.count == said)
        #expect(carrier.bytes.enumerated().allSatisfy { $0.element == UInt8(truncatingIfNeeded: $0.offset / 8) })
    }
}
