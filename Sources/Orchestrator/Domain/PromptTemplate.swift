/// What a language model is told, as a versioned file of the pack: `prompts/NAME.md`.
///
/// The first line is `version: TEXT`; the rest is the text, in which placeholders stand in braces.
public struct PromptTemplate: Sendable, Equatable {
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// What is wrong, and what to give.
        public var description: String
    }
    public static let maximumBytes = 32_768
    /// What a prompt may hold, by its name.
    public static let placeholders: [String: Set<String>] = [
        "decision": ["organisation", "agent", "role", "channel", "intents", "acts", "values", "today", "state"]
    ]

    public var version: String
    public var text: String
    public init(version: String, text: String) { (self.version, self.text) = (version, text) }

    /// Reads a file.
    /// - Throws: ``Fault``.
    public init(_ name: String, file: String) throws(Fault) {
        guard file.utf8.count <= Self.maximumBytes else {
            throw Fault(description: "has \(file.utf8.count) bytes: give at most \(Self.maximumBytes)")
        }
        let parts = file.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head = String(parts[0]), version = head.dropFirst("version:".count).drop { $0 == " " }
        guard head.hasPrefix("version:"), !version.isEmpty else { throw Fault(description: "its first line is not a version: give `version: 1`") }
        self.init(version: String(version), text: parts.count > 1 ? String(parts[1]) : "")
        guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(description: "is empty: give the text behind the version") }
        let known = Self.placeholders[name] ?? []
        for placeholder in Self.placeholders(in: text) where !known.contains(placeholder) {
            throw Fault(description: "{\(placeholder)} is none of its placeholders: give \(known.sorted().map { "{\($0)}" }.joined(separator: ", "))")
        }
    }

    /// The text with its placeholders filled in; what is filled in is not read again.
    func filled(_ values: [String: String]) -> String {
        var result = "", rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            let name = rest[rest.index(after: open)...].prefix { $0.isLowercase || $0 == "_" }
            if !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == "}", let value = values[String(name)] {
                result += value
                rest = rest[rest.index(after: name.endIndex)...]
            } else {
                result += "{"
                rest = rest[rest.index(after: open)...]
            }
        }
        return result + rest
    }

    private static func placeholders(in text: String) -> [String] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            let name = part.prefix { $0.isLowercase || $0 == "_" }
            return !name.isEmpty && name.endIndex < part.endIndex && part[name.endIndex] == "}" ? String(name) : nil
        }
    }
}
