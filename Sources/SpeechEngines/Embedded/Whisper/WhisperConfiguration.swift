/// `speech.recogniser.*` for the embedded recogniser.
public struct WhisperConfiguration: Sendable {
    /// A whisper.cpp model file, `Models/whisper-tiny.en-q8_0.bin` after `make setup`.
    public var model: String
    /// Decodes at once, each on one thread of its own with about 36 MB. More than the cores are worth nothing: ggml
    /// slows down several times over where two jobs share a core.
    public var workers: Int
    /// Decodes that may wait. A full queue drops the oldest speculative decode for an awaited one, and refuses what is
    /// left; both are counted.
    public var queueCapacity: Int
    /// Ears open at once.
    public var maximumStreams: Int
    /// Below this confidence an utterance counts as not understood. At 0.35 fewer than four words in ten are right.
    public var minimumConfidence: Double
    /// Repairs what was misheard, word by word, with the words of the domain.
    public var repair: @Sendable (String) -> String

    public init(
        model: String, workers: Int = WhisperConfiguration.defaultWorkers, queueCapacity: Int = 64, maximumStreams: Int = 1_024,
        minimumConfidence: Double = WhisperConfiguration.defaultMinimumConfidence,
        repair: @escaping @Sendable (String) -> String = { $0 }
    ) {
        (self.model, self.workers, self.queueCapacity) = (model, max(1, workers), max(1, queueCapacity))
        (self.maximumStreams, self.minimumConfidence, self.repair) = (max(1, maximumStreams), minimumConfidence, repair)
    }

    /// The model's name under `models.path`.
    public static let modelFileName = "whisper-tiny.en-q8_0.bin"

    /// One decode a core at most, and one core left to the event loops and the voices. One worker answers 31 to 41
    /// callers who talk a third of the time.
    public static var defaultWorkers: Int { max(1, WorkerThread.cores - 1) }

    public static let defaultMinimumConfidence = 0.35
}
