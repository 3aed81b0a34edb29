import Foundation
import Orchestrator

/// Reads a domain pack, `domains/NAME/{domain,workflows,intents,entities,words}.yaml` and `prompts/decision.md`, and has it judged.
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
        for prompt in PromptTemplate.placeholders.keys.sorted() { pack.prompts[prompt] = readPrompt(prompt) }
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

    /// - Returns: `nil` when there is no such file.
    private func readPrompt(_ prompt: String) -> PromptTemplate? {
        guard let path = prompts.map({ "\($0)/\(prompt).md" }), FileManager.default.fileExists(atPath: path) else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(validating: bytes, as: UTF8.self) else {
            report.problem(path, "cannot be read: give a text in UTF-8")
            return nil
        }
        do { return try PromptTemplate(prompt, file: text) } catch {
            report.problem(path, error.description)
            return nil
        }
    }

    private func reader(_ file: String) -> ConfigurationReader { ConfigurationReader(document(file).root, report: report) }
}
