import AudioCodec
import StreamingPipeline

/// An ear that writes down what it is told, one line a word.
final class NotingEar: RecognitionStream {
    private(set) var notes: [String] = []
    private(set) var heard: [Int16] = []
    /// The samples that each utterance was said to begin with.
    private(set) var starts: [Int] = []

    func feed(_ frame: Span<Int16>) { for index in frame.indices { heard.append(frame[index]) } }
    func utteranceStarted(_ utterance: Int, preroll: Int) {
        notes.append("started \(utterance)")
        starts.append(heard.count - preroll)
    }
    func pauseBegan() { notes.append("pause") }
    func speechResumed() { notes.append("resumed") }
    func utteranceEnded() { notes.append("ended") }
    func cancel() { notes.append("cancelled") }
    func close() { notes.append("closed") }
}

/// A call's inbound audio path with a scripted caller.
struct TestCall: ~Copyable {
    var pipeline: InboundPipeline
    private(set) var events: [CallEvent] = []

    init(
        model: VoiceActivityModel? = nil, ear: (any RecognitionStream)? = nil,
        configuration: EndpointingConfiguration = EndpointingConfiguration(), sampleRate: SampleRate = .hz8000
    ) {
        pipeline = InboundPipeline(sampleRate: sampleRate, configuration: configuration, voiceActivity: model, ear: ear)
    }

    /// Feeds a recording in frames of 20 ms; the last one may be shorter.
    mutating func hears(_ pcm: [Int16]) {
        let step = pipeline.sampleRate.samplesPerFrame
        for start in stride(from: 0, to: pcm.count, by: step) {
            var frame = Array(pcm[start..<min(start + step, pcm.count)])
            let before = frame
            var span = frame.mutableSpan
            pipeline.process(&span) { events.append($0) }
            precondition(frame == before, "a loopback sends back what it received")
        }
    }

    /// Feeds noise: loud is voice to the energy detector, soft is not.
    mutating func hears(loud: Bool, milliseconds: Int) {
        var random = SeededGenerator(seed: UInt64(milliseconds))
        let level: Int16 = loud ? 6_000 : 60
        let count = milliseconds * pipeline.sampleRate.hertz / 1_000
        hears((0..<count).map { _ in Int16.random(in: -level...level, using: &random) })
    }
}
