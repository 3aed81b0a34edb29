/// An ordered list of steps that serves an intent. Steps only lead forward, so a workflow always ends.
public struct WorkflowDefinition: Sendable, Equatable {
    public var name: String
    /// What it does, as in "I can …" and "would you like me to …?": `check your data balance`.
    public var title: String
    /// The agent that the caller talks to meanwhile; `nil` leaves the one who is there.
    public var agent: String?
    /// True for a part that other workflows include and nobody asks for.
    public var isFragment: Bool
    /// Questions that may be asked in all, repetitions and corrections included; after that a person takes over.
    public var maximumQuestions: Int
    public var steps: [WorkflowStep]
    public init(
        name: String, title: String = "", agent: String? = nil, isFragment: Bool = false, maximumQuestions: Int = 8,
        steps: [WorkflowStep]
    ) {
        (self.name, self.title, self.agent, self.isFragment) = (name, title, agent, isFragment)
        (self.maximumQuestions, self.steps) = (maximumQuestions, steps)
    }
}
