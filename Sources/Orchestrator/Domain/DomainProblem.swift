/// One thing that is wrong in a domain pack, said so that its author can mend it.
public struct DomainProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where, e.g. `workflows.change_plan.steps.quote.call`.
    public var path: String
    /// What stands there.
    public var value: String
    /// What may stand there.
    public var allowed: String
    public init(path: String, value: String, allowed: String) { (self.path, self.value, self.allowed) = (path, value, allowed) }
    public var description: String { "\(path) = \"\(value)\": \(allowed)" }
}
