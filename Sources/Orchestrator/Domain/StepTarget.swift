/// Where a step leads.
public enum StepTarget: Sendable, Hashable {
    case next
    /// The workflow has served its purpose. In a fragment: on with what follows its inclusion.
    case done
    /// The caller did not want it after all.
    case abandon
    /// A person takes over.
    case handoff
    /// A later step of the same workflow.
    case step(String)

    /// Reads `next`, `done`, `abandon`, `handoff` or a step's id.
    public init(_ text: String) {
        switch text {
        case "next": self = .next
        case "done": self = .done
        case "abandon": self = .abandon
        case "handoff": self = .handoff
        default: self = .step(text)
        }
    }
}
