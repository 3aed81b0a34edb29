/// One role that the caller meets: a name, what it is for, and to whom it may hand the caller.
public struct AgentDefinition: Sendable, Equatable {
    /// As in the records, e.g. `reception`.
    public var name: String
    /// What it does, in one sentence; a language model's prompt will start with it.
    public var role: String
    /// Opens the call if this agent is the first; a template over `organisation`. Without one, the pack's `greeting`.
    public var greeting: String?
    /// Names of the agents it may hand over to.
    public var handsOverTo: [String]
    public init(name: String, role: String, greeting: String? = nil, handsOverTo: [String] = []) {
        (self.name, self.role, self.greeting, self.handsOverTo) = (name, role, greeting, handsOverTo)
    }
}
