public import AudioCodec
public import StreamingPipeline

/// Flite's voices, in this process, on threads of their own. Needs no model and cannot be out of reach.
///
/// `kal` (8 kHz diphones) and `rms` (statistical, male) speak for the gateway; `slt` and `awb` are the callers of
/// tests and demonstrations. The statistical voices use noise for excitation, so that only lengths repeat.
public final class FliteSynthesizer: SpeechSynthesizer {
    public static let engineName = "flite"
    public static let voiceNames = ["kal", "rms", "slt", "awb"]

    public let name = FliteSynthesizer.engineName
    public let voices = FliteSynthesizer.voiceNames
    public let configuration: FliteConfiguration
    private let pool: WorkerPool<FliteJob>

    /// - Throws: ``SpeechEngineError``, `missing` when Flite has not one of the voices.
    public init(configuration: FliteConfiguration = FliteConfiguration()) throws(SpeechEngineError) {
        self.configuration = configuration
        for voice in voices where FliteVoice.all[voice] == nil {
            throw SpeechEngineError(.missing, engine: Self.engineName, "voice \(voice) is not in libflite; run: make setup")
        }
        pool = WorkerPool(
            name: "flite", capacity: configuration.queueCapacity,
            bodies: Array(repeating: { job in job.run() }, count: configuration.workers))
    }

    public func speak(
        _ words: String, voice: String, sampleRate: SampleRate, events: @escaping @Sendable (SynthesisEvent) -> Void
    ) -> any SynthesisJob {
        let known = FliteVoice.all[voice]
        guard let known, words.count <= configuration.maximumCharacters else {
            let problem =
                known == nil
                ? "no voice \(voice); it has \(voices.joined(separator: ", "))"
                : "a clause of \(words.count) characters; at most \(configuration.maximumCharacters)"
            return refusal(SpeechEngineError(.rejected, engine: name, problem), events)
        }
        guard let phrase = FlitePhrase.speakable(words) else {
            return refusal(nil, events)
        }
        let job = FliteJob(phrase: phrase, voice: known, sampleRate: sampleRate, events: events)
        if case .refused = pool.submit(job, as: .awaited) {
            return refusal(
                SpeechEngineError(.busy, engine: name, "\(configuration.queueCapacity) clauses wait already"), events)
        }
        return job
    }

    /// Speaks one clause and gives all of it.
    /// - Returns: mono PCM at `sampleRate`.
    /// - Throws: ``SpeechEngineError``.
    public func audio(of words: String, voice: String, sampleRate: SampleRate) async throws -> [Int16] {
        let whole = Monitor<[Int16]>([])
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[Int16], any Error>) in
            _ = speak(words, voice: voice, sampleRate: sampleRate) { event in
                switch event {
                case .audio(let piece): whole.withLock { $0 += piece }
                case .finished: continuation.resume(returning: whole.withLock { $0 })
                case .failed(let error): continuation.resume(throwing: error)
                }
            }
        }
    }

    /// Clauses that wait now.
    public var queueDepth: Int { pool.depth }

    /// A job that ends at once: with an error, or, without one, because there is nothing to say.
    private func refusal(_ error: SpeechEngineError?, _ events: @escaping @Sendable (SynthesisEvent) -> Void) -> any SynthesisJob {
        let silence = SilentJob(events: events)
        Delivery.shared { silence.report(error.map { .failed($0) } ?? .finished) }
        return silence
    }
}

/// A clause without a sound.
private final class SilentJob: SynthesisJob {
    private let events: @Sendable (SynthesisEvent) -> Void
    private let isCancelled = CancellationFlag()
    init(events: @escaping @Sendable (SynthesisEvent) -> Void) { self.events = events }
    func cancel() { isCancelled.set() }
    func report(_ event: SynthesisEvent) {
        if !isCancelled.value { events(event) }
    }
}
