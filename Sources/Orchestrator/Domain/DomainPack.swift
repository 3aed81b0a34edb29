/// Everything that makes the gateway one business's: read from `config/domains/NAME/`, no code in it.
///
/// Plain values. The loader builds one, ``validate()`` judges it, and nothing changes it afterwards.
public struct DomainPack: Sendable, Equatable {
    /// The folder's name, e.g. `telecom`.
    public var name: String
    /// Who answers the phone, as it is spoken.
    public var organisation: String
    /// ISO 4217, e.g. `USD`: the sign in front of amounts.
    public var currency: String
    /// The first one greets.
    public var agents: [AgentDefinition]
    public var intents: [IntentDefinition]
    /// What people say that no intent covers; the classifier learns from it what to reject.
    public var background: [String]
    /// How people say the moves of every dialogue.
    public var acts: [DialogueAct: [String]]
    public var entities: [EntityDefinition]
    /// The domain's own words, which a recogniser tends to mishear.
    public var words: [DomainWord]
    /// What the workflows may call, and what those calls answer.
    public var tools: [ToolDefinition]
    public var workflows: [WorkflowDefinition]
    public var phrases: Phrases
    public var qualification: QualificationRules
    public var limits: ConversationLimits
    /// What language models are told, by one of ``PromptTemplate/names``. A model is asked with ours where the pack has none.
    public var prompts: [String: PromptTemplate] = [:]

    public init(
        name: String, organisation: String, currency: String = "USD", agents: [AgentDefinition], intents: [IntentDefinition] = [],
        background: [String] = [], acts: [DialogueAct: [String]] = [:], entities: [EntityDefinition] = [], words: [DomainWord] = [],
        tools: [ToolDefinition] = [], workflows: [WorkflowDefinition] = [], phrases: Phrases = Phrases(),
        qualification: QualificationRules = QualificationRules(), limits: ConversationLimits = ConversationLimits()
    ) {
        (self.name, self.organisation, self.currency, self.agents) = (name, organisation, currency, agents)
        (self.intents, self.background, self.acts, self.entities) = (intents, background, acts, entities)
        (self.words, self.tools, self.workflows, self.phrases) = (words, tools, workflows, phrases)
        (self.qualification, self.limits) = (qualification, limits)
    }

    public func intent(_ name: String) -> IntentDefinition? { intents.first { $0.name == name } }
    public func workflow(_ name: String) -> WorkflowDefinition? { workflows.first { $0.name == name } }
    public func tool(_ name: String) -> ToolDefinition? { tools.first { $0.name == name } }
    /// Canonical values of an entity type, in the pack's order; empty when the pack lists none.
    public func values(of type: SlotType) -> [String] {
        entities.filter { $0.type == type }.flatMap { $0.values.map(\.name) }
    }
}
