import Foundation
import Orchestrator

/// The shipped telecom pack, as far as understanding needs it: sentences, plans and words from its files, and workflows that ask for
/// the slots the real ones ask for.
enum TelecomPack {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let pack: DomainPack = {
        let intents = PlainYAML(file("intents")), plans = PlainYAML(file("entities")), words = PlainYAML(file("words"))
        return DomainPack(
            name: "telecom", organisation: "Northwind Mobile", agents: [],
            intents: intents.items("intents").map {
                IntentDefinition(
                    name: $0["name"]?.first ?? "", workflow: $0["workflow"]?.first, handoff: $0["handoff"] == ["true"], examples: $0["examples"] ?? [])
            },
            background: intents.list("background"),
            acts: Dictionary(uniqueKeysWithValues: DialogueAct.allCases.map { ($0, intents.list("acts", $0.rawValue)) }),
            entities: [
                EntityDefinition(type: .plan, values: plans.items("values").map { EntityValue(name: $0["name"]?.first ?? "", synonyms: $0["synonyms"] ?? []) })
            ],
            words: words.items("words").map { DomainWord(word: $0["word"]?.first ?? "", heard: $0["heard"] ?? []) },
            workflows: [
                WorkflowDefinition(name: "data_balance", title: "check your data balance", steps: [ask("phone", .phone)]),
                WorkflowDefinition(name: "billing_summary", title: "go over your bill", steps: [ask("phone", .phone), ask("month", .month)]),
                WorkflowDefinition(name: "change_plan", title: "change your plan", steps: [ask("phone", .phone), ask("plan", .plan)]),
            ])
    }()

    private static func ask(_ slot: String, _ type: SlotType) -> WorkflowStep {
        WorkflowStep(id: slot, action: .ask(AskStep(slot: slot, type: type, question: ["Your \(slot), please?"])))
    }

    private static func file(_ name: String) -> String {
        (try? String(contentsOf: root.appending(path: "config/domains/telecom/\(name).yaml"), encoding: .utf8)) ?? ""
    }
}

/// Just enough YAML for the pack's own sentence files: mappings, block lists, `[a, b]` and `{k: v}` on one line.
struct PlainYAML {
    private let lines: [(indent: Int, text: String)]

    init(_ text: String) {
        lines = text.split(separator: "\n").map { line in (line.prefix { $0 == " " }.count, line.trimmingCharacters(in: .whitespaces)) }
            .filter { !$0.1.isEmpty && !$0.1.hasPrefix("#") }
    }

    /// The texts of the list under a key, or under a key of a section.
    func list(_ section: String, _ key: String? = nil) -> [String] {
        var body = block(section)
        if let key {
            guard let start = body.firstIndex(where: { Self.unquoted(String($0.text.dropLast())) == key }) else { return [] }
            let indent = body[start].indent
            body = Array(body[(start + 1)...].prefix { $0.indent > indent })
        }
        return body.filter { $0.text.hasPrefix("- ") }.map { Self.unquoted(String($0.text.dropFirst(2))) }
    }

    /// The mappings of the list under a key; each value is a list of texts.
    func items(_ section: String) -> [[String: [String]]] {
        let body = block(section)
        guard let indent = body.first?.indent else { return [] }
        var items: [[String: [String]]] = []
        var key = ""
        for line in body {
            var text = line.text
            if line.indent == indent, text.hasPrefix("- ") {
                items.append([:])
                text = String(text.dropFirst(2))
            }
            guard !items.isEmpty else { continue }
            if text.hasPrefix("{") {
                for (key, values) in Self.flow(text) { items[items.count - 1][key] = values }
            } else if text.hasPrefix("- ") {
                items[items.count - 1][key, default: []].append(Self.unquoted(String(text.dropFirst(2))))
            } else if let colon = text.firstIndex(of: ":") {
                key = String(text[..<colon])
                let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                if !value.isEmpty { items[items.count - 1][key] = Self.values(value) }
            }
        }
        return items
    }

    private func block(_ section: String) -> [(indent: Int, text: String)] {
        guard let start = lines.firstIndex(where: { $0.text == section + ":" }) else { return [] }
        let indent = lines[start].indent
        return Array(lines[(start + 1)...].prefix { $0.indent > indent })
    }

    private static func flow(_ text: String) -> [(String, [String])] {
        let inner = text.dropFirst().dropLast()
        guard let comma = inner.range(of: ", heard: ") else { return [("word", [unquoted(String(inner.dropFirst(6)))])] }
        return [("word", [unquoted(String(inner[..<comma.lowerBound].dropFirst(6)))]), ("heard", values(String(inner[comma.upperBound...])))]
    }

    private static func values(_ text: String) -> [String] {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return [unquoted(text)] }
        return text.dropFirst().dropLast().split(separator: ",").map { unquoted($0.trimmingCharacters(in: .whitespaces)) }
    }

    private static func unquoted(_ text: String) -> String { text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text }
}
