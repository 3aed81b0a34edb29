/// An answer that is still being written. For one consumer.
///
/// When the last copy goes before the end, or the reading task is cancelled, the request is cancelled.
public struct ModelAnswer: AsyncSequence, Sendable {
    public typealias Element = ModelPiece
    public typealias Failure = ModelError
    public typealias Pull = @Sendable () async throws(ModelError) -> ModelPiece?

    private let meter: UsageMeter
    private let pull: Pull
    private var judge: (@Sendable (ModelError) -> Void)?

    /// - Parameters:
    ///   - meter: counts what this answer used; fed by whoever makes the pieces.
    ///   - pull: the next piece, `nil` at the end and ever after. What it holds is let go with the answer.
    public init(meter: UsageMeter, pull: @escaping Pull) { (self.meter, self.pull) = (meter, pull) }

    /// What has been used up to now: as the provider counted it, else an estimate.
    public var usage: ModelUsage { meter.usage }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let pull: Pull
        /// - Throws: ``ModelError``, `cancelled` when the task is.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(ModelError) -> ModelPiece? { try await pull() }
        public mutating func next() async throws(ModelError) -> ModelPiece? { try await pull() }
    }
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pull: pull) }

    /// Tells the model's guard that the answer was of no use to its reader: too late, or not in the form that was asked for.
    public func condemn(_ error: ModelError) { judge?(error) }

    /// The same answer, each pull of which goes through `step`; `judge` hears what its reader thinks of it.
    func through(
        _ step: @escaping @Sendable (Pull) async throws(ModelError) -> ModelPiece?, judge: @escaping @Sendable (ModelError) -> Void
    ) -> ModelAnswer {
        var answer = ModelAnswer(meter: meter) { [pull] () async throws(ModelError) in try await step(pull) }
        answer.judge = judge
        return answer
    }
}
