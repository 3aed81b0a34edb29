import Foundation
import Orchestrator

/// Reads a domain pack, `domains/NAME/{domain,workflows,intents,entities,words}.yaml`, `prompts/{decision,reply,judge,summary}.md` and
/// `prompts/agents/AGENT.md`, and has it judged.
struct DomainPackLoader {
    let name: String
    let report: ConfigurationReport
    /// The file of that name, without its ending.
    private let document: (String) -> ConfigurationDocument
    /// Where its prompts are; `nil` for a pack without any.
    private let prompts: String?

    init(folder: String, name: String, report: ConfigurationReport) {
        self.init(name: name, report: report, prompts: "\(folder)/prompts") { ConfigurationDocument(path: "\(folder)/\($0).yaml", report: report) }
    }

    /// - Parameter document: reads a file of the pack: `domain`, `workflows`, `intents`, `entities` or `words`.
    init(name: String, report: ConfigurationReport, prompts: String? = nil, document: @escaping (String) -> ConfigurationDocument) {
        (self.name, self.report, self.prompts, self.document) = (name, report, prompts, document)
    }

    /// Always returns a pack, so that every file is read; it is sound if the report has no problem.
    func load() -> DomainPack {
        let domain = reader("domain"), workflows = reader("workflows"), intents = reader("intents")
        let entities = reader("entities"), words = reader("words")
        let problemsBefore = report.problems.count
        var pack = DomainPack(
            name: name,
            organisation: domain.text("organisation"),
            currency: domain.text("currency", default: "USD", length: 3...3),
            agents: domain.items("agents", in: 1...50, DomainPackReader.agent),
            intents: intents.items("intents", in: 1...500, DomainPackReader.intent),
            background: intents.texts("background", in: 0...20_000),
            acts: DomainPackReader.acts(intents),
            entities: entities.items("entities", in: 0...100, DomainPackReader.entity),
            words: words.items("words", in: 0...5_000, DomainPackReader.word),
            tools: domain.items("tools", in: 0...200, DomainPackReader.tool),
            workflows: workflows.items("workflows", in: 0...200, DomainPackReader.workflow),
            phrases: DomainPackReader.phrases(domain),
            qualification: domain.section("qualification", DomainPackReader.qualification),
            limits: domain.section("limits", DomainPackReader.limits))
        for reader in [domain, workflows, intents, entities, words] { reader.finish() }
        for prompt in PromptTemplate.names { pack.prompts[prompt] = readPrompt(prompt, as: prompt) }
        for index in pack.agents.indices { readPrompt(of: &pack.agents[index], domain) }
        // A pack with holes in it would be found faulty again for what is already reported.
        guard report.problems.count == problemsBefore else { return pack }
        for problem in pack.validate() {
            let path = problem.path.split(separator: ".").map(String.init)
            let reader =
                switch path.first {
                case "workflows": workflows
                case "intents", "background", "acts": intents
                case "entities": entities
                case "words": words
                default: domain
                }
            report.problem(
                reader.origin(ofPath: path), "\(problem.path) = \(ConfigurationReader.quoted(problem.value)): give \(problem.allowed)")
        }
        return pack
    }

    /// An agent's prompt that is one word is the name of a file; anything else is the text itself.
    private func readPrompt(of agent: inout AgentDefinition, _ domain: ConfigurationReader) {
        guard let name = agent.prompt?.text, name.utf8.allSatisfy(Self.isOfName) else { return }
        let before = report.problems.count
        agent.prompt = readPrompt("agents/\(name)", as: "agent")
        guard agent.prompt == nil, report.problems.count == before else { return }
        report.problem(
            domain.origin(ofPath: ["agents", agent.name, "prompt"]),
            "agents.\(agent.name).prompt = \(ConfigurationReader.quoted(name)): give the name of a file prompts/agents/NAME.md, or the text itself")
    }

    /// Letters, digits, `_` and `-`: no way out of the folder.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }

    /// - Parameters:
    ///   - file: below `prompts`, without its ending.
    ///   - kind: which placeholders it may hold (``PromptTemplate/placeholders``).
    /// - Returns: `nil` when there is no such file.
    private func readPrompt(_ file: String, as kind: String) -> PromptTemplate? {
        guard let path = prompts.map({ "\($0)/\(file).md" }), FileManager.default.fileExists(atPath: path) else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(validating: bytes, as: UTF8.self) else {
            report.problem(path, "cannot be read: give a text in UTF-8")
            return nil
        }
        do { return try PromptTemplate(kind, file: text) } catch {
            report.problem(path, error.description)
            return nil
        }
    }

    private func reader(_ file: String) -> ConfigurationReader { ConfigurationReader(document(file).root, report: report) }
}
