/// What the model server does with one request.
public struct ModelScript: Sendable {
    /// How it is spoken to; decided by the request's path.
    public enum Dialect: String, Sendable, CaseIterable { case chatCompletions, ollama, gemini, anthropic }

    public enum Behaviour: Sendable {
        /// The text, its end and its counts.
        case answer
        /// The same, a byte at a time.
        case answerByByte
        /// All of it, with the body left open.
        case answerAndStall
        /// Ends for the token limit, or for a filter.
        case limitReached, filtered
        /// An error reply: status, header fields, body.
        case refuse(Int, [(String, String)] = [], body: String = "")
        /// Takes the request, and never answers.
        case stallBeforeHead
        /// A head, and nothing behind it.
        case stallAfterHead
        /// So many pieces, then nothing more, with the connection left open.
        case stallAfter(Int)
        /// So many pieces, then the body ends as if that were all.
        case stopAfter(Int)
        /// So many pieces, then the connection breaks.
        case breakAfter(Int)
        /// So many pieces, then the dialect's error message.
        case errorAfter(Int, body: String)
        /// So many pieces, then these bytes, then the body ends.
        case garbageAfter(Int, [UInt8])
    }
    public var behaviour: Behaviour
    public var pieces: [String]
    /// From the request to the first piece, and from one to the next.
    public var firstDelay: Duration
    public var pieceDelay: Duration
    /// Prompt, cached, written.
    public var tokens: (input: Int, cached: Int, output: Int)

    public init(
        _ behaviour: Behaviour = .answer, pieces: [String] = ["Hello", ", ", "caller."], firstDelay: Duration = .zero, pieceDelay: Duration = .zero,
        tokens: (input: Int, cached: Int, output: Int) = (9, 0, 3)
    ) {
        (self.behaviour, self.pieces, self.tokens) = (behaviour, pieces, tokens)
        (self.firstDelay, self.pieceDelay) = (firstDelay, pieceDelay)
    }
}
