import AudioCodec
import CFlite
import StreamingPipeline

/// One clause on its way through a worker.
@safe final class FliteJob: SynthesisJob {
    let phrase: String
    let voice: FliteVoice
    let sampleRate: SampleRate
    let events: @Sendable (SynthesisEvent) -> Void
    private let isCancelled = CancellationFlag()

    init(phrase: String, voice: FliteVoice, sampleRate: SampleRate, events: @escaping @Sendable (SynthesisEvent) -> Void) {
        (self.phrase, self.voice, self.sampleRate, self.events) = (phrase, voice, sampleRate, events)
    }

    func cancel() { isCancelled.set() }

    /// Nothing is reported once cancelled.
    func report(_ event: SynthesisEvent) {
        if !isCancelled.value { events(event) }
    }

    /// Speaks, on a worker's thread.
    func run() {
        if isCancelled.value { return }
        let take = FliteTake(job: self)
        let data = unsafe Unmanaged.passUnretained(take).toOpaque()
        let isSpoken = withExtendedLifetime(take) { () -> Bool in
            guard let utterance = unsafe new_utterance() else { return false }
            defer { unsafe delete_utterance(utterance) }
            // Owned by the utterance from here on.
            guard let streaming = unsafe new_audio_streaming_info() else { return false }
            unsafe streaming.pointee.min_buffsize = 160
            unsafe streaming.pointee.userdata = data
            unsafe streaming.pointee.asc = { wave, start, size, _, streaming in
                guard let wave = unsafe wave, let data = unsafe streaming?.pointee.userdata, let samples = unsafe wave.pointee.samples
                else { return CST_AUDIO_STREAM_STOP }
                let take = unsafe Unmanaged<FliteTake>.fromOpaque(data).takeUnretainedValue()
                return unsafe take.hear(UnsafeBufferPointer(start: samples + Int(start), count: Int(size)))
                    ? CST_AUDIO_STREAM_CONT : CST_AUDIO_STREAM_STOP
            }
            unsafe cflite_set_text(utterance, phrase)
            unsafe cflite_set_streaming(utterance, streaming)
            return unsafe utt_init(utterance, voice.handle) != nil && utt_synth(utterance) != nil
        }
        if isCancelled.value { return }
        guard isSpoken else {
            return report(
                .failed(
                    SpeechEngineError(
                        .unavailable, engine: FliteSynthesizer.engineName, "could not speak \(phrase.count) characters with \(voice.name)")))
        }
        take.finish()
        report(.finished)
    }

    var shouldStop: Bool { isCancelled.value }
}
