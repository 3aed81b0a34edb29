import Synchronization

/// The prompts in force: a pack's, until others take their place while the gateway runs. From any thread.
///
/// Who makes a question of one asks for it each time, so that a new one counts from the next question on.
public final class PromptBook: Sendable {
    private let prompts: Mutex<[String: PromptTemplate]>

    /// - Parameter prompts: of the pack, by one of ``PromptTemplate/names``.
    public init(_ prompts: [String: PromptTemplate] = [:]) { self.prompts = Mutex(prompts) }

    /// - Returns: `nil` where there is none: a model is then asked with ours.
    public func current(_ name: String) -> PromptTemplate? { prompts.withLock { $0[name] } }

    public func set(_ prompt: PromptTemplate, as name: String) { prompts.withLock { $0[name] = prompt } }
}
