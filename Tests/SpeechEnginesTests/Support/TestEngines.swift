import AudioCodec
import SpeechEngines
import StreamingPipeline

/// The real engines, loaded once for all tests.
enum TestEngines {
    static func recognizer(workers: Int = 1, queueCapacity: Int = 64, maximumStreams: Int = 1_024, repair: @escaping @Sendable (String) -> String = { $0 })
        throws -> WhisperRecognizer
    {
        try WhisperRecognizer(
            configuration: WhisperConfiguration(
                model: TestMachine.model, workers: workers, queueCapacity: queueCapacity, maximumStreams: maximumStreams, repair: repair))
    }
    static let shared = Result { try recognizer() }
    static let flite = Result { try FliteSynthesizer() }

    /// A sentence as a caller's phone brings it: 300 ms of the line before and after it.
    static func call(_ words: String, voice: String, noise: TelephoneChannel.Noise = .level(dBFS: -60), seed: UInt64 = 1) async throws -> [Int16] {
        let silence = [Int16](repeating: 0, count: 2_400)
        let speech = try await flite.get().audio(of: words, voice: voice, sampleRate: .hz8000)
        return TelephoneChannel(noise: noise, seed: seed).apply(silence + speech + silence)
    }

    static func recording(_ path: String) throws -> [Int16] {
        try WAVFile(bytes: TestMachine.bytes(of: path)).samples(at: .hz8000)
    }
}
