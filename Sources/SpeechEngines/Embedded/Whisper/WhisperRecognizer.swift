public import AudioCodec
public import StreamingPipeline

/// Whisper on whisper.cpp, in this process, on threads of its own.
///
/// Every worker owns one state of the network and decodes one utterance at a time; calls own none. Results do not
/// depend on what a worker decoded before.
public final class WhisperRecognizer: SpeechRecognizer {
    static let engineName = "whisper"

    public let name = WhisperRecognizer.engineName
    public let configuration: WhisperConfiguration
    private let bench: DecodeBench

    /// Loads the model and makes the workers, 0.1 to 0.2 s.
    /// - Throws: ``SpeechEngineError``, `missing` without the model or on a CPU without AVX2.
    public init(configuration: WhisperConfiguration) throws(SpeechEngineError) {
        self.configuration = configuration
        let model = try WhisperModel(path: configuration.model)
        var decoders: [WhisperDecoder] = []
        for _ in 0..<configuration.workers { decoders.append(try WhisperDecoder(model: model)) }
        bench = DecodeBench(configuration: configuration, decoders: decoders)
    }

    deinit { bench.close() }

    /// - Throws: ``SpeechEngineError``, `busy` beyond `maximumStreams`.
    public func open(
        sampleRate: SampleRate, events: @escaping @Sendable (RecognitionEvent) -> Void
    ) throws(SpeechEngineError) -> any RecognitionStream {
        try WhisperStream(bench: bench, sampleRate: sampleRate, events: events)
    }

    /// Writes down one utterance, for a file rather than a call.
    /// - Parameters:
    ///   - samples: mono, at most 30 s.
    ///   - sampleRate: 8 kHz as a phone call carries it, or wide-band.
    ///   - expectation: the phrases to choose among, if the answer is one of them.
    /// - Throws: ``SpeechEngineError``: `rejected` when it is too long, `busy`, `unavailable`; `CancellationError`.
    public func transcribe(
        _ samples: [Int16], sampleRate: SampleRate = .hz8000, expecting expectation: RecognitionExpectation? = nil
    ) async throws -> Transcript {
        let length = sampleRate.duration(samples: samples.count), longest = WhisperStream.longestUtterance
        guard length <= longest else {
            throw SpeechEngineError(
                .rejected, engine: name, "\(length.components.seconds) s of audio; one utterance is at most \(longest.components.seconds) s")
        }
        let handle = Monitor<DecodeJob?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Transcript, any Error>) in
                let once = Monitor<CheckedContinuation<Transcript, any Error>?>(continuation)
                @Sendable func resume(_ result: Result<Transcript, any Error>) {
                    once.withLock { waiting in
                        defer { waiting = nil }; return waiting
                    }?.resume(with: result)
                }
                let job = DecodeJob(samples: samples, sampleRate: sampleRate, expectation: expectation, isAwaited: true) { outcome in
                    switch outcome {
                    case .transcript(let transcript): resume(.success(transcript))
                    case .failure(let error): resume(.failure(error))
                    }
                } cancelled: {
                    resume(.failure(CancellationError()))
                }
                handle.withLock { $0 = job }
                if Task.isCancelled { bench.cancel(job) } else { bench.submit(job) }
            }
        } onCancel: {
            if let job = handle.withLock({ $0 }) { bench.cancel(job) }
        }
    }

    public var statistics: WhisperStatistics { bench.statistics }
}
