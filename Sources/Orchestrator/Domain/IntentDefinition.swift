/// Something a caller may want, with sentences that ask for it.
public struct IntentDefinition: Sendable, Equatable {
    public var name: String
    /// The workflow that serves it.
    public var workflow: String?
    /// True when only a person serves it.
    public var handoff: Bool
    /// A fixed answer, for what needs no workflow; a template over `organisation`.
    public var answer: String?
    /// Sentences that the embedded understanding learns from.
    public var examples: [String]
    public init(name: String, workflow: String? = nil, handoff: Bool = false, answer: String? = nil, examples: [String] = []) {
        (self.name, self.workflow, self.handoff, self.answer, self.examples) = (name, workflow, handoff, answer, examples)
    }
}
