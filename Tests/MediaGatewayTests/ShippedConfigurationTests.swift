import Foundation
import MediaGateway
import Orchestrator
import Testing
import TierManager

@Suite("The shipped files document every key, in the words of the code")
struct ShippedConfigurationTests {
    /// A key of a file with the last comment line above it.
    struct Documented { var path: String, comment: String }

    static func text(_ file: String) throws -> String {
        try String(contentsOf: Fixtures.root.appendingPathComponent("config/\(file)"), encoding: .utf8)
    }

    /// Every key with a value, by indentation; sections and further items of a list are left out.
    static func keys(_ file: String) throws -> [Documented] {
        var sections: [(indent: Int, name: String)] = [], comment = "", keys: [Documented] = [], items: [String: Int] = [:]
        for line in try text(file).split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("#") {
                comment = String(trimmed.dropFirst(2))
            } else if let colon = trimmed.firstIndex(of: ":") {
                let isItem = trimmed.hasPrefix("- ")
                let indent = line.prefix { $0 == " " }.count + (isItem ? 2 : 0)
                sections.removeAll { $0.indent >= indent - (isItem ? 1 : 0) && Int($0.name) == nil || $0.indent >= indent + (isItem ? 0 : 1) }
                if isItem {
                    let list = sections.filter { Int($0.name) == nil }.map(\.name).joined(separator: ".")
                    sections.removeAll { Int($0.name) != nil }
                    sections.append((indent - 1, "\(items[list, default: 0])"))
                    items[list, default: 0] += 1
                }
                let name = String(trimmed[..<colon].drop { "- ".contains($0) })
                let value = trimmed[trimmed.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                let path = (sections.map(\.name) + [name]).joined(separator: ".")
                if value.isEmpty && !["public_url", "certificate", "key", "url", "key_variable", "prefix"].contains(name) {
                    sections.append((indent, name))
                } else {
                    keys.append(.init(path: path, comment: comment))
                }
                comment = ""
            } else if trimmed.isEmpty {
                comment = ""
            }
        }
        return keys
    }

    static func loaded() throws -> LoadedConfiguration {
        let folder = try Workspace()
        defer { folder.remove() }
        try folder.write("gateway.yaml", text("gateway.yaml"))
        try folder.write("tiers.yaml", text("tiers.yaml"))
        try folder.writeDomain("telecom")
        return try ConfigurationSource(file: folder.path("gateway.yaml")).load(environment: [:])
    }

    @Test("each key of the code stands in a file, and each key of a file is read", arguments: [["gateway.yaml", "tiers.yaml"]])
    func complete(_ files: [String]) throws {
        let written = try files.flatMap { try Self.keys($0).map(\.path) }
        let read = try Self.loaded().settings.map(\.path)
        #expect(Set(written).subtracting(read) == [])
        #expect(Set(read).subtracting(written) == [])
    }

    @Test("the comment above a key is what a problem would say", arguments: ["gateway.yaml", "tiers.yaml"])
    func documented(_ file: String) throws {
        let expectations = Dictionary(try Self.loaded().settings.map { ($0.path, $0.expectation) }) { first, _ in first }
        // A list of sections is explained at its first item.
        for key in try Self.keys(file) where !key.path.hasPrefix("tiers.") || key.path.hasPrefix("tiers.0.") {
            #expect(key.comment == expectations[key.path], "\(file): \(key.path)")
        }
    }

    @Test("the values in gateway.yaml are the defaults")
    func defaults() throws {
        #expect(try GatewayConfiguration(yaml: Self.text("gateway.yaml")) == .defaults)
        #expect(try Self.loaded().tiers.escalation.qualificationThreshold == 0.7)
    }

    @Test("they load as they are, the shipped domain included")
    func sound() throws {
        let loaded = try ConfigurationSource(file: Fixtures.root.appendingPathComponent("config/gateway.yaml").path).load(environment: [:])
        #expect(loaded.domain.name == "telecom" && loaded.warnings.isEmpty)
        #expect(loaded.summary.hasPrefix("configuration is good"))
    }

    @Test(
        "the names and defaults that others rely on (DESIGN §6)",
        arguments: [
            ("server.host", "127.0.0.1"), ("server.port", "8080"), ("server.loops", "0"), ("pipeline.loopback", "false"),
            ("models.path", "Models"), ("agent.turn_deadline_ms", "1500"), ("agent.reply_budget_ms", "2000"), ("endpointing.silence_ms", "500"),
            ("metrics.interval_s", "30"), ("escalation.qualification_threshold", "0.7"), ("agent.enabled", "true"),
            ("escalation.enabled", "true"), ("budget.check", "true"), ("security.allow_open", "false"), ("admission.max_calls", "50"),
            ("server.public_url", "http://HOST:PORT"), ("agent.domain", "telecom"), ("storage.path", "var/gateway.sqlite"),
            ("storage.retention_days", "90"), ("storage.max_size_mb", "2048"),
        ])
    func fixedNames(path: String, value: String) throws {
        #expect(try Self.loaded().settings.first { $0.path == path }?.value == value)
    }
}
