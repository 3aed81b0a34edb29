import Orchestrator

extension DomainPack {
    /// The test pack with two agents more, who take over on words.
    static let staffed: DomainPack = {
        var pack = DomainPack.telecom
        pack.agents[0].handsOverTo += ["technical", "retention"]
        pack.agents[0].tools = []
        pack.agents[1].tools = ["find_customer", "get_usage", "get_bill"]
        pack.agents += [
            AgentDefinition(
                name: "technical", role: "Mends.", handsOverTo: ["reception", "billing"], tools: ["find_customer"],
                prompt: PromptTemplate(version: "1", text: "{agent} is patient."), takesOverOn: ["trouble"],
                opening: ["{agent}: switch it off and on, or say human."]),
            AgentDefinition(
                name: "retention", role: "Listens.", handsOverTo: ["reception"], takesOverOn: ["leaving"], opening: ["Sorry to hear that."]),
        ]
        pack.qualification.words += [
            .init(name: "trouble", words: ["not working", "no signal"], weight: 0),
            .init(name: "leaving", words: ["cancel my contract", "leave you"], weight: 0.1),
        ]
        return pack
    }()
}
