/// A language model behind some provider's wire. It advises, and never acts.
public protocol LanguageModel: Probed {
    /// Its name in the configuration, e.g. `llm.primary`: in records, metrics and errors.
    var name: String { get }
    var price: ModelPrice { get }

    /// Sends one prompt.
    ///
    /// Cancelling the task, here or while the answer is read, ends the request down to its socket.
    /// - Parameter within: for all of it, to the answer's end.
    /// - Returns: as soon as the provider has begun to answer; the text follows as it is written.
    /// - Throws: ``ModelError``, from here or from the answer's iteration.
    func answer(_ prompt: ModelPrompt, within: Duration) async throws(ModelError) -> ModelAnswer

    /// Opens a connection, or keeps one open, so that the next prompt finds it. Fails in silence: the prompt will say why.
    func warmUp() async
}

extension LanguageModel {
    /// Asks for a word, to see whether the provider answers again.
    /// - Throws: ``ModelError``; an answer that ran into its limit or a filter, or a request that this model takes for wrong, is no error here:
    ///   the provider is there.
    public func probe(within: Duration) async throws(ModelError) {
        let prompt = ModelPrompt(system: "Answer with OK.", messages: [.init(.user, "OK?")], maximumTokens: 16)
        do {
            let answer = try await answer(prompt, within: within)
            for try await _ in answer {}
        } catch let error where error.code == .refused || error.code == .truncated && !error.isRetryable || error.code == .rejected && error.status != 404 {
            // It reads and writes.
        }
    }
}

/// What a model is asked.
public struct ModelPrompt: Sendable, Equatable {
    public struct Message: Sendable, Equatable {
        public enum Role: String, Sendable { case user, assistant }
        public var role: Role, text: String
        public init(_ role: Role, _ text: String) { (self.role, self.text) = (role, text) }
    }
    /// What form the whole answer has.
    public enum Output: Sendable, Equatable {
        case text
        /// One JSON object; the prompt must say so as well.
        case json
        /// One JSON object that a JSON Schema describes; `name` is of letters, digits, `_` and `-`.
        case schema(name: String, json: String)
    }
    public var system: String
    /// Oldest first; the last one is the user's.
    public var messages: [Message]
    /// Of the answer.
    public var maximumTokens: Int
    /// 0…1, or `nil` for the model's own.
    public var temperature: Double?
    public var output: Output
    /// How long the asker waits for the first text; the answer as a whole may take longer. `nil`: as long as the model's settings say.
    public var firstTextWithin: Duration?
    /// Of the template that `system` was made from (``PromptTemplate/version``), for records; no model is told.
    public var version: String?
    public init(
        system: String = "", messages: [Message], maximumTokens: Int = 512, temperature: Double? = nil, output: Output = .text
    ) {
        (self.system, self.messages, self.maximumTokens) = (system, messages, maximumTokens)
        (self.temperature, self.output) = (temperature, output)
    }

    /// Bytes of text in it, by which its tokens are estimated.
    public var textBytes: Int { messages.reduce(system.utf8.count) { $0 + $1.text.utf8.count } }
}

/// A part of an answer, in the order in which they come.
public enum ModelPiece: Sendable, Equatable {
    /// Never empty.
    case text(String)
    /// At most once, after the text.
    case usage(ModelUsage)
}
