import CWhisper
import StreamingPipeline

/// One worker's state of the network: decodes one utterance after another, each as if it were the first.
///
/// Used by one thread at a time. It grows to about 36 MB with the longest utterance.
@safe final class WhisperDecoder: @unchecked Sendable {
    /// What the network wrote, before anybody judges it.
    struct Hypothesis {
        struct Token {
            var id: whisper_token
            var probability: Float
            var logProbability: Float
        }
        /// Text tokens only; a loop is cut.
        var tokens: [Token]
        /// The network's belief that nobody speaks, 0…1.
        var noSpeech: Double
        var isLoop: Bool
    }

    static let sampleRate = 16_000
    /// Shorter audio is padded with silence: the network invents words for less.
    static let shortest = sampleRate
    /// What one window of the network holds.
    static let longest = 30 * sampleRate
    private static let samplesPerStep = 320
    /// Beyond the audio itself. Less cuts words off, more costs time.
    private static let contextMargin = 64
    private static let longestContext = 1_500
    /// A closing timestamp this close to the end ends the decode.
    private static let closingMargin = sampleRate * 400 / 1_000

    let model: WhisperModel
    let state: OpaquePointer
    /// Of the last decode. Kept, because the library's backend goes on asking it whatever is computed next.
    private var control: DecodeControl?

    /// - Throws: ``SpeechEngineError``, `unavailable` when there is no memory.
    init(model: WhisperModel) throws(SpeechEngineError) {
        guard let state = unsafe whisper_init_state(model.context) else {
            throw SpeechEngineError(.unavailable, engine: WhisperRecognizer.engineName, "no memory for a worker (about 36 MB)")
        }
        self.model = model
        unsafe self.state = state
    }

    deinit { unsafe whisper_free_state(state) }

    /// Writes down one utterance.
    /// - Parameters:
    ///   - samples: mono at 16 kHz, -1…1; padded to ``shortest``.
    ///   - spoken: how many of them are audio rather than padding.
    /// - Returns: nil when cancelled.
    /// - Throws: ``SpeechEngineError``, `unavailable`, with the library's code.
    func decode(_ samples: [Float], spoken: Int, isCancelled: CancellationFlag) throws(SpeechEngineError) -> Hypothesis? {
        let control = DecodeControl(
            model: model, isCancelled: isCancelled, lastStep: max(0, spoken - Self.closingMargin) / Self.samplesPerStep)
        self.control = control
        let status = unsafe "en".withCString { language in
            var parameters = unsafe Self.parameters(sampleCount: samples.count, language: language)
            unsafe control.install(in: &parameters)
            return unsafe samples.withUnsafeBufferPointer { samples in
                unsafe whisper_full_with_state(model.context, state, parameters, samples.baseAddress, CInt(samples.count))
            }
        }
        if isCancelled.value { return nil }
        guard status == 0 else {
            throw SpeechEngineError(
                .unavailable, engine: WhisperRecognizer.engineName, "whisper.cpp failed with \(status) on \(samples.count) samples")
        }
        return hypothesis()
    }

    private static func parameters(sampleCount: Int, language: UnsafePointer<CChar>) -> whisper_full_params {
        var parameters = unsafe whisper_full_default_params(WHISPER_SAMPLING_GREEDY)
        // One thread a job: ggml's threads spin, and starve each other on a shared core.
        unsafe parameters.n_threads = 1
        unsafe parameters.language = language
        unsafe parameters.no_context = true
        unsafe parameters.single_segment = true
        // Without timestamps a trimmed context loops, and the probability of silence is read at the wrong place.
        unsafe parameters.no_timestamps = false
        // What is not speech shows as "[", "(music)": it must stay sayable.
        unsafe parameters.suppress_nst = false
        unsafe parameters.temperature_inc = 0
        unsafe parameters.greedy.best_of = 1
        // Above 1: the segment always comes back, and we decide.
        unsafe parameters.no_speech_thold = 2
        unsafe parameters.max_tokens = CInt(12 + sampleCount / sampleRate * 8)
        unsafe parameters.audio_ctx = CInt(min(longestContext, (sampleCount + samplesPerStep - 1) / samplesPerStep + contextMargin))
        unsafe parameters.print_progress = false
        unsafe parameters.print_realtime = false
        unsafe parameters.print_timestamps = false
        unsafe parameters.print_special = false
        return unsafe parameters
    }

    private func hypothesis() -> Hypothesis {
        var result = Hypothesis(tokens: [], noSpeech: 0, isLoop: false)
        for segment in 0..<(unsafe whisper_full_n_segments_from_state(state)) {
            result.noSpeech = max(result.noSpeech, Double(unsafe whisper_full_get_segment_no_speech_prob_from_state(state, segment)))
            for index in 0..<(unsafe whisper_full_n_tokens_from_state(state, segment)) {
                let token = unsafe whisper_full_get_token_data_from_state(state, segment, index)
                guard token.id < model.endOfText else { continue }
                result.tokens.append(.init(id: token.id, probability: token.p, logProbability: token.plog))
            }
        }
        if let length = Repetition.length(in: result.tokens.map { model.folded($0.id) }) {
            result.tokens.removeLast(length)
            result.isLoop = true
        }
        return result
    }
}
