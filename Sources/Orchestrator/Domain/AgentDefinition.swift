/// One role that the caller meets: what it is for, what it may use, how it speaks, and to whom it may hand the caller.
public struct AgentDefinition: Sendable, Equatable {
    /// The longest ``prompt``, in characters.
    public static let maximumPrompt = 2_000

    /// As in the records, e.g. `reception`.
    public var name: String
    /// What it does, in one sentence, for a language model's prompt.
    public var role: String
    /// Opens the call if this agent is the first; a template over `organisation`. Without one, the pack's `greeting`.
    public var greeting: String?
    /// Names of the agents it may hand over to.
    public var handsOverTo: [String]
    /// Tools that a workflow may call while this agent runs it; `nil` for all.
    public var tools: [String]?
    /// How it speaks, when a model's own words are wanted; see ``PromptTemplate/placeholders`` under `agent`.
    public var prompt: PromptTemplate?
    /// Names of ``QualificationRules/words``: a caller who says one of those, and whom nothing else in the pack answers, is passed on to
    /// this agent.
    public var takesOverOn: [String]
    /// What it says then; variants take turns.
    public var opening: [String]
    public init(
        name: String, role: String, greeting: String? = nil, handsOverTo: [String] = [], tools: [String]? = nil, prompt: PromptTemplate? = nil,
        takesOverOn: [String] = [], opening: [String] = []
    ) {
        (self.name, self.role, self.greeting, self.handsOverTo) = (name, role, greeting, handsOverTo)
        (self.tools, self.prompt, self.takesOverOn, self.opening) = (tools, prompt, takesOverOn, opening)
    }

    func mayUse(_ tool: String) -> Bool { tools?.contains(tool) ?? true }
}

extension DomainPack {
    public func agent(_ name: String) -> AgentDefinition? { agents.first { $0.name == name } }

    /// The agents by whom a caller gets from one to another, both included: directly, or by way of the first agent.
    /// An agent that the pack does not know, one of the operator's own, passes on as the first one does.
    /// - Returns: empty where the pack allows neither; the one agent where the two are the same.
    func path(from: String, to: String) -> [String] {
        guard agent(from) != nil else { return to == agents.first?.name ? [from, to] : path(from: agents.first?.name ?? "", to: to) }
        func may(_ from: String, _ to: String) -> Bool { agent(from)?.handsOverTo.contains(to) ?? false }
        guard from != to else { return [from] }
        let first = agents.first?.name ?? ""
        return may(from, to) ? [from, to] : may(from, first) && may(first, to) ? [from, first, to] : []
    }
}
