import Synchronization

/// Tokens of one request, as the provider bills them.
public struct ModelUsage: Sendable, Equatable, Codable {
    /// All of the prompt's, the cached ones included.
    public var inputTokens: Int
    /// Those of ``inputTokens`` that the provider had in its cache.
    public var cachedInputTokens: Int
    /// Reasoning that nobody sees included.
    public var outputTokens: Int
    /// Counted by us, because the provider's figures never came.
    public var isEstimated: Bool
    public init(inputTokens: Int, cachedInputTokens: Int = 0, outputTokens: Int, isEstimated: Bool = false) {
        (self.inputTokens, self.cachedInputTokens) = (inputTokens, cachedInputTokens)
        (self.outputTokens, self.isEstimated) = (outputTokens, isEstimated)
    }

    /// Four bytes of English text are about one token.
    static func estimate(inputBytes: Int, outputBytes: Int) -> ModelUsage {
        ModelUsage(inputTokens: (inputBytes + 3) / 4, outputTokens: (outputBytes + 3) / 4, isEstimated: true)
    }
}

/// What a model's tokens cost, in micro-dollars per million of them: `2_500_000` is 2.50 dollars.
public struct ModelPrice: Sendable, Equatable, Codable {
    public var input: Int
    public var cachedInput: Int
    public var output: Int
    public init(input: Int, cachedInput: Int? = nil, output: Int) {
        (self.input, self.cachedInput, self.output) = (input, cachedInput ?? input, output)
    }
    /// Of a model that runs on our own machines.
    public static let free = ModelPrice(input: 0, output: 0)

    /// - Returns: micro-dollars, rounded up; `Int.max` when it is more than an integer holds.
    public func cost(of usage: ModelUsage) -> Int {
        let cached = min(max(0, usage.cachedInputTokens), max(0, usage.inputTokens))
        let parts = [(max(0, usage.inputTokens) - cached, input), (cached, cachedInput), (max(0, usage.outputTokens), output)]
        var total = 999_999
        for (tokens, price) in parts {
            let (part, overflows) = tokens.multipliedReportingOverflow(by: price)
            let (sum, overflowsToo) = total.addingReportingOverflow(part)
            guard !overflows, !overflowsToo else { return .max }
            total = sum
        }
        return total / 1_000_000
    }
}

/// Counts what one request uses, also when it is cancelled before the provider says so. From any thread.
public final class UsageMeter: Sendable {
    private let state: Mutex<(outputBytes: Int, reported: ModelUsage?)>
    private let inputBytes: Int

    public init(_ prompt: ModelPrompt) {
        inputBytes = prompt.textBytes
        state = Mutex((0, nil))
    }

    /// Text that came.
    public func count(_ text: String) { state.withLock { $0.outputBytes += text.utf8.count } }
    /// The provider's own figures; the latest count.
    public func report(_ usage: ModelUsage) { state.withLock { $0.reported = usage } }

    public var usage: ModelUsage {
        state.withLock { $0.reported ?? .estimate(inputBytes: inputBytes, outputBytes: $0.outputBytes) }
    }
}
