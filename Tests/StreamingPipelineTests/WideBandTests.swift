import AudioCodec
import StreamingPipeline
import Testing

@Suite("Inbound at 16 kHz: the ear hears every sample, voice is judged by a copy at 8 kHz, media time is exact")
struct WideBandTests {
    @Test("the same call has the same events at both rates, within a frame")
    func events() {
        func events(_ rate: SampleRate) -> [CallEvent] {
            var call = TestCall(sampleRate: rate)
            for (loud, milliseconds) in [(false, 1_000), (true, 600), (false, 300), (true, 400), (false, 1_000)] {
                call.hears(loud: loud, milliseconds: milliseconds)
            }
            return call.events
        }
        let (narrow, wide) = (events(.hz8000), events(.hz16000))
        #expect(narrow.map(Self.name) == wide.map(Self.name))
        #expect(zip(narrow, wide).allSatisfy { abs((Self.time($0) - Self.time($1)) / .milliseconds(1)) <= 20 })
    }

    private static func name(_ event: CallEvent) -> String { "\(event)".split(separator: "(").first.map(String.init) ?? "" }
    private static func time(_ event: CallEvent) -> Duration {
        switch event {
        case .speechStarted(_, let at): at
        case .utteranceEnded(_, _, let at): at
        default: .zero
        }
    }

    @Test("the ear is fed what came, and the preroll counts at its rate")
    func ear() {
        let ear = NotingEar()
        var call = TestCall(ear: ear, sampleRate: .hz16000)
        call.hears(loud: false, milliseconds: 1_000)
        call.hears(loud: true, milliseconds: 200)
        #expect(ear.heard.count == 1_200 * 16)
        #expect(abs(ear.starts[0] - 700 * 16) <= 20 * 16)
        let time = call.pipeline.mediaTime
        #expect(time == .milliseconds(1_200))
    }

    @Test("media time is exact whatever the pieces", arguments: [1, 3, 320, 333, 5_000])
    func mediaTime(piece: Int) {
        var pipeline = InboundPipeline(sampleRate: .hz16000, voiceActivity: nil, ear: nil)
        for start in stride(from: 0, to: 48_000, by: piece) {
            var frame = [Int16](repeating: 0, count: min(piece, 48_000 - start)), span = frame.mutableSpan
            pipeline.process(&span) { _ in }
            let time = pipeline.mediaTime, fed = start + min(piece, 48_000 - start)
            #expect(time == .nanoseconds(fed * 62_500))
        }
    }

    @Test(
        "the network hears the same utterances in the copy as on a telephone",
        .enabled(if: TestData.hasWeights, Comment(rawValue: TestData.noWeights)))
    func network() throws {
        let telephone = SyntheticVoice.samples(24_000)
        var narrow = TestCall(model: try TestData.model()), wide = TestCall(model: try TestData.model(), sampleRate: .hz16000)
        narrow.hears(telephone)
        wide.hears(Resampler.converted(telephone, from: .hz8000, to: .hz16000))
        let starts = [narrow.events, wide.events].map { events in
            events.compactMap { if case .speechStarted(_, let at) = $0 { Int(at / .milliseconds(1)) } else { nil } }
        }
        #expect(starts[0].count == starts[1].count && zip(starts[0], starts[1]).allSatisfy { abs($0 - $1) <= 64 }, "\(starts)")
    }
}
