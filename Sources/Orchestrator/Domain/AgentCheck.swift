/// The agents of a pack, and what agents are told.
extension DomainCheck {
    mutating func agents() {
        let names = pack.agents.map(\.name)
        if names.isEmpty { add("agents", "", "at least one; the first greets") }
        unique(names, "agents")
        var takers: [String: String] = [:]
        for agent in pack.agents {
            let path = "agents.\(agent.name)"
            for other in agent.handsOverTo where !names.contains(other) || other == agent.name {
                add("\(path).hands_over_to", other, Self.oneOf(names.filter { $0 != agent.name }))
            }
            if let greeting = agent.greeting {
                problems += TemplateCheck.problems(greeting, "\(path).greeting", allowed: Phrases.Key.greeting.placeholders)
            }
            let tools = pack.tools.map(\.name)
            unique(agent.tools ?? [], "\(path).tools")
            for tool in agent.tools ?? [] where !tools.contains(tool) { add("\(path).tools", tool, Self.oneOf(tools)) }
            if let prompt = agent.prompt {
                if prompt.text.count > AgentDefinition.maximumPrompt {
                    add("\(path).prompt", "\(prompt.text.count) characters", "at most \(AgentDefinition.maximumPrompt)")
                }
                placeholders(of: prompt, as: "agent", "\(path).prompt")
            }
            takeOver(agent, path, &takers)
        }
    }

    /// - Parameter takers: who takes a group of words already.
    private mutating func takeOver(_ agent: AgentDefinition, _ path: String, _ takers: inout [String: String]) {
        let groups = pack.qualification.words.map(\.name)
        for group in agent.takesOverOn {
            if !groups.contains(group) { add("\(path).takes_over_on", group, "a group of qualification.words; " + Self.oneOf(groups)) }
            if let other = takers.updateValue(agent.name, forKey: group) {
                add("\(path).takes_over_on", group, "each group once: \(other) takes it already")
            }
        }
        if let group = agent.takesOverOn.first, let first = pack.agents.first, pack.path(from: first.name, to: agent.name).isEmpty {
            let allowed = Self.oneOf([first.name] + first.handsOverTo)
            add("\(path).takes_over_on", group, "groups for agents that \(first.name) hands over to; \(allowed)")
        }
        if agent.opening.isEmpty, !agent.takesOverOn.isEmpty { add("\(path).opening", "", "at least one text: what it says when it takes over") }
        for text in agent.opening {
            if text.isEmpty { add("\(path).opening", text, "a text that is not empty") }
            problems += TemplateCheck.problems(text, "\(path).opening", allowed: Phrases.Key.outOfScope.placeholders)
        }
    }

    mutating func prompts() {
        for (name, prompt) in pack.prompts.sorted(by: { $0.key < $1.key }) {
            guard PromptTemplate.names.contains(name) else {
                add("prompts.\(name)", name, Self.oneOf(PromptTemplate.names))
                continue
            }
            placeholders(of: prompt, as: name, "prompts.\(name)")
        }
    }

    private mutating func placeholders(of prompt: PromptTemplate, as kind: String, _ path: String) {
        if prompt.text.allSatisfy(\.isWhitespace) { add(path, "", "a text that is not empty") }
        for placeholder in prompt.unknownPlaceholders(as: kind) {
            add(path, "{\(placeholder)}", Self.oneOf(PromptTemplate.list(of: kind)))
        }
    }

    /// A phrase in any other form could never be said.
    mutating func words() {
        unique(pack.qualification.words.map(\.name), "qualification.words")
        let limit = QualificationRules.maximumPhrase
        for group in pack.qualification.words {
            for phrase in group.words {
                let words = QualificationRules.words(of: phrase), written = words.joined(separator: " ")
                guard phrase != written || !(1...limit ~= words.count) else { continue }
                let instead = written.isEmpty || words.count > limit ? "" : ", here: \(written)"
                add(
                    "qualification.words.\(group.name).words", phrase,
                    "1...\(limit) words in lower case, of letters, digits and apostrophes, with one blank between them\(instead)")
            }
        }
    }
}
