public import AudioCodec

/// An engine that speaks. It owns its workers and never blocks the caller.
public protocol SpeechSynthesizer: Sendable {
    /// Its name in the configuration, e.g. `flite`.
    var name: String { get }
    /// The voices it has, e.g. `kal`, `rms`.
    var voices: [String] { get }

    /// Speaks one clause.
    /// - Parameters:
    ///   - words: text already normalised for speech.
    ///   - voice: one of ``voices``.
    ///   - sampleRate: what the audio is wanted at; the engine resamples.
    ///   - events: audio in order, then exactly one `finished` or `failed`; called from any thread. After
    ///     ``SynthesisJob/cancel()`` nothing more is reported but what another thread is already delivering.
    func speak(
        _ words: String, voice: String, sampleRate: SampleRate, events: @escaping @Sendable (SynthesisEvent) -> Void
    ) -> any SynthesisJob
}

/// A clause that is being spoken.
public protocol SynthesisJob: Sendable {
    /// Stops the work. Returns at once; safe to call twice and from any thread.
    func cancel()
}

public enum SynthesisEvent: Sendable, Equatable {
    /// Mono PCM at the asked rate: silence trimmed to 20 ms in front and 100 ms behind.
    case audio([Int16])
    case finished
    case failed(SpeechEngineError)
}
