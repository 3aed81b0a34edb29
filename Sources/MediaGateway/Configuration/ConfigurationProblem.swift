/// One thing that is wrong with the configuration, as one line:
/// `config/gateway.yaml:12: endpointing.silence_ms = "40": give whole ms in 100...3000 (default 500)`.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where the value was written: `config/gateway.yaml:12`, `--set`, or `environment`.
    public var origin: String
    /// What is wrong and what would be right, in one sentence that names the key.
    public var message: String

    /// Keys are somebody's text as much as values are: what would break the line becomes U+FFFD.
    public init(origin: String, message: String) {
        (self.origin, self.message) = (PrintableLine.of(origin), PrintableLine.of(message))
    }
    public var description: String { "\(origin): \(message)" }
}

/// Everything that is wrong with the configuration, all at once.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) { self.problems = problems }
    /// One line a problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One key that the gateway reads: what it is called and what it takes. Made by reading it, so that it cannot lie.
public struct ConfigurationSetting: Sendable, Hashable {
    /// e.g. `endpointing.silence_ms`.
    public var path: String
    /// e.g. `whole ms in 100...3000 (default 500)`: the same words as in a problem, and above the key in the shipped file.
    public var expectation: String
    /// What is in force.
    public var value: String
}

/// Collects what readers find: problems to report, and the settings that were read.
public final class ConfigurationReport {
    private struct UnknownKey {
        var key: String, path: String, origin: String, siblings: [String], section: String
    }
    private var found: [ConfigurationProblem] = []
    private var unknown: [UnknownKey] = []
    public private(set) var settings: [ConfigurationSetting] = []

    public init() {}

    /// Every problem so far, file by file, from the top of each.
    public var problems: [ConfigurationProblem] {
        let all = found + unknown.map(describe)
        var files: [String: Int] = [:]
        for problem in all where files[Self.place(problem.origin).file] == nil {
            files[Self.place(problem.origin).file] = files.count
        }
        return all.enumerated().sorted { a, b in
            let (left, right) = (Self.place(a.element.origin), Self.place(b.element.origin))
            return (files[left.file] ?? 0, left.line, a.offset) < (files[right.file] ?? 0, right.line, b.offset)
        }.map(\.element)
    }

    public func problem(_ origin: String, _ message: String) { found.append(ConfigurationProblem(origin: origin, message: message)) }

    func setting(_ setting: ConfigurationSetting) { settings.append(setting) }

    func unknownKey(_ key: String, path: String, origin: String, siblings: [String], section: String) {
        unknown.append(UnknownKey(key: key, path: path, origin: origin, siblings: siblings, section: section))
    }

    /// - Throws: ``ConfigurationError`` with every problem, if there is one.
    public func finish() throws(ConfigurationError) {
        let problems = problems
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }

    /// Names the nearest key of the section, else a key of that name elsewhere. A secret's value is not repeated.
    private func describe(_ unknown: UnknownKey) -> ConfigurationProblem {
        let path = unknown.path
        let prefix = unknown.section.isEmpty ? "" : unknown.section + "."
        if let variable = GatewaySecrets.variable(for: unknown.key) {
            let remedy = unknown.siblings.contains("key_variable") ? "name the variable that holds it in \(prefix)key_variable" : "set \(variable) there"
            let message = "\(path): secrets come only from the environment: \(remedy) and take this line out"
            return ConfigurationProblem(origin: unknown.origin, message: message)
        }
        let elsewhere = settings.map(\.path).filter { $0.split(separator: ".").last.map(String.init) == unknown.key }
        let meant = NearestName.of(unknown.key, among: unknown.siblings).map { prefix + $0 } ?? elsewhere.first
        let hint = meant.map { "did you mean \($0)?" } ?? "known here: \(unknown.siblings.sorted().joined(separator: ", "))"
        return ConfigurationProblem(origin: unknown.origin, message: "\(path): unknown key; \(hint)")
    }

    private static func place(_ origin: String) -> (file: String, line: Int) {
        guard let colon = origin.lastIndex(of: ":"), let line = Int(origin[origin.index(after: colon)...]) else { return (origin, 0) }
        return (String(origin[..<colon]), line)
    }
}

/// Text on one line of a terminal or a log.
enum PrintableLine {
    /// The text with U+FFFD for each control character.
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { line.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return String(line)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
