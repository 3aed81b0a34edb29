import AudioCodec
import StreamingPipeline
import Testing

@Suite("Inbound: the ear is fed every frame and told what the turn detection hears")
struct InboundPipelineTests {
    @Test("one utterance with a pause") func utterance() {
        let ear = NotingEar()
        var call = TestCall(ear: ear)
        call.hears(loud: false, milliseconds: 1_000)
        call.hears(loud: true, milliseconds: 600)
        call.hears(loud: false, milliseconds: 300)
        call.hears(loud: true, milliseconds: 400)
        call.hears(loud: false, milliseconds: 1_000)
        #expect(
            call.events == [
                .speechStarted(utterance: 1, at: .milliseconds(1_000)), .pauseBegan(utterance: 1), .speechResumed(utterance: 1),
                .pauseBegan(utterance: 1), .utteranceEnded(utterance: 1, lastVoiced: .milliseconds(2_300), at: .milliseconds(2_800)),
            ])
        #expect(ear.notes == ["started 1", "pause", "resumed", "pause", "ended"])
        #expect(ear.heard.count == 3_300 * 8)
        let (time, isOpen, isVoice) = (call.pipeline.mediaTime, call.pipeline.isInUtterance, call.pipeline.isVoice)
        #expect(time == .milliseconds(3_300) && !isOpen && !isVoice)
    }

    @Test("the preroll reaches 300 ms before the onset") func preroll() {
        let ear = NotingEar()
        var call = TestCall(ear: ear)
        call.hears(loud: false, milliseconds: 1_000)
        call.hears(loud: true, milliseconds: 200)
        #expect(ear.starts == [700 * 8])
    }

    @Test("but not before the call, nor into the voice before it") func prerollLimits() {
        let ear = NotingEar()
        var call = TestCall(ear: ear, configuration: EndpointingConfiguration(silence: .milliseconds(220)))
        call.hears(loud: false, milliseconds: 100)
        call.hears(loud: true, milliseconds: 200)
        call.hears(loud: false, milliseconds: 240)
        call.hears(loud: true, milliseconds: 200)
        #expect(ear.starts == [0, 300 * 8])
    }

    @Test("an utterance without an end is cut into pieces of the longest length, and nothing is lost in between") func cap() {
        let ear = NotingEar()
        var call = TestCall(ear: ear, configuration: EndpointingConfiguration(maximumUtterance: .seconds(2)))
        call.hears(loud: false, milliseconds: 100)
        call.hears(loud: true, milliseconds: 4_500)
        #expect(call.events.contains(.utteranceCapped(utterance: 1)))
        #expect(ear.notes == ["started 1", "ended", "started 2", "ended", "started 3"])
        #expect(ear.starts == [0, 2_100 * 8, 4_100 * 8])
    }

    @Test("a turn's own silence") func silence() {
        var call = TestCall()
        call.hears(loud: false, milliseconds: 100)
        call.hears(loud: true, milliseconds: 400)
        call.pipeline.silence = .milliseconds(1_200)
        call.hears(loud: false, milliseconds: 1_180)
        let isOpen = call.pipeline.isInUtterance
        #expect(isOpen)
        call.hears(loud: false, milliseconds: 20)
        #expect(call.events.last == .utteranceEnded(utterance: 1, lastVoiced: .milliseconds(500), at: .milliseconds(1_700)))
        let silence = call.pipeline.silence
        #expect(silence == .milliseconds(1_200))
    }

    @Test("without an ear the events are the same: a loopback is a pipeline too") func loopback() {
        let ear = NotingEar()
        var listening = TestCall(ear: ear)
        var deaf = TestCall()
        for (loud, milliseconds) in [(false, 500), (true, 700), (false, 900), (true, 100), (false, 600)] {
            listening.hears(loud: loud, milliseconds: milliseconds)
            deaf.hears(loud: loud, milliseconds: milliseconds)
        }
        #expect(listening.events == deaf.events)
        #expect(deaf.events.count == 6)
    }

    @Test("a caller on hold is not listened to; the ear that comes back waits for the next utterance") func hold() {
        let ear = NotingEar(), later = NotingEar()
        var call = TestCall(ear: ear)
        call.hears(loud: false, milliseconds: 400)
        call.hears(loud: true, milliseconds: 300)
        call.pipeline.attach(nil)
        call.hears(loud: true, milliseconds: 300)
        call.pipeline.attach(later)
        call.hears(loud: true, milliseconds: 300)
        call.hears(loud: false, milliseconds: 600)
        call.hears(loud: true, milliseconds: 300)
        #expect(ear.notes == ["started 1", "cancelled"])
        #expect(later.notes == ["started 2"])
        // The new ear is never promised samples that it has not been fed.
        #expect(later.starts.allSatisfy { $0 >= 0 })
    }

    @Test("a cancelled utterance is not reported again") func cancel() {
        let ear = NotingEar()
        var call = TestCall(ear: ear)
        call.hears(loud: false, milliseconds: 400)
        call.hears(loud: true, milliseconds: 300)
        call.pipeline.cancelUtterance()
        call.hears(loud: false, milliseconds: 1_000)
        #expect(ear.notes == ["started 1", "cancelled"])
        #expect(call.events == [.speechStarted(utterance: 1, at: .milliseconds(400))])
    }

    @Test(
        "what the network judges: the end counts from the last voiced piece, not from the decision",
        .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)))
    func network() throws {
        let ear = NotingEar()
        var call = TestCall(model: try TestData.model(), ear: ear)
        call.hears(SyntheticVoice.samples(24_000))
        // By the reference probabilities, voice lasts from piece 16 to 21, 31 to 41, in 46, from 65 to 67 and from 78 to 83.
        #expect(
            call.events == [
                .speechStarted(utterance: 1, at: .milliseconds(16 * 32)), .pauseBegan(utterance: 1),
                .speechResumed(utterance: 1), .pauseBegan(utterance: 1),
                .utteranceEnded(utterance: 1, lastVoiced: .milliseconds(47 * 32), at: .milliseconds(2_020)),
                .speechStarted(utterance: 2, at: .milliseconds(65 * 32)), .pauseBegan(utterance: 2),
                .speechResumed(utterance: 2), .pauseBegan(utterance: 2),
            ])
        #expect(ear.starts == [(16 * 32 - 300) * 8, (65 * 32 - 300) * 8])
    }

    @Test("frames of any size make the same utterances within 20 ms", arguments: [1, 80, 240, 1_000])
    func frameSizes(size: Int) {
        var random = SeededGenerator(seed: 11)
        let pcm = [(60, 4_000), (6_000, 6_400), (60, 8_000)].flatMap { level, count in
            (0..<count).map { _ in Int16.random(in: Int16(-level)...Int16(level), using: &random) }
        }
        var pipeline = InboundPipeline(voiceActivity: nil, ear: nil), events: [CallEvent] = []
        for start in stride(from: 0, to: pcm.count, by: size) {
            var frame = Array(pcm[start..<min(start + size, pcm.count)])
            var span = frame.mutableSpan
            pipeline.process(&span) { events.append($0) }
        }
        let time = pipeline.mediaTime
        #expect(time == .microseconds(125 * pcm.count))
        #expect(events.count == 3)
    }
}
