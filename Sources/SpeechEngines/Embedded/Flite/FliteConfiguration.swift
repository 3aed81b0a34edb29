/// `speech.voices.flite.*`.
public struct FliteConfiguration: Sendable, Equatable {
    /// Clauses made at once, each on one thread of its own.
    public var workers: Int
    /// Clauses that may wait; one more fails with `busy`.
    public var queueCapacity: Int
    /// Characters of one clause, 20 s of speech; a longer one fails with `rejected`.
    public var maximumCharacters: Int

    public init(workers: Int = FliteConfiguration.defaultWorkers, queueCapacity: Int = 256, maximumCharacters: Int = 300) {
        (self.workers, self.queueCapacity) = (max(1, workers), max(1, queueCapacity))
        self.maximumCharacters = max(1, maximumCharacters)
    }

    /// A clause costs 20 to 60 ms of one core.
    public static var defaultWorkers: Int { min(4, WorkerThread.cores) }
}
