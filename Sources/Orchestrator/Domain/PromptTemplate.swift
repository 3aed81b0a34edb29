/// What a language model is told, as a versioned file of the pack: `prompts/NAME.md`, or `prompts/agents/NAME.md`.
///
/// The first line is `version: TEXT`; the rest is the text, in which placeholders stand in braces.
public struct PromptTemplate: Sendable, Equatable {
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// What is wrong, and what to give.
        public var description: String
    }
    public static let maximumBytes = 32_768
    /// The files that a pack may have, beside those of its agents: how a turn is read (`decision`), how own words are written (`reply`, filled
    /// into `decision`), how a finished conversation is rated (`judge`), and told to who takes over (`summary`).
    public static let names = ["decision", "reply", "judge", "summary"]
    /// What a prompt may hold, by its name; `agent` stands for all agents' prompts.
    public static let placeholders: [String: Set<String>] = [
        "decision": [
            "organisation", "agent", "role", "channel", "intents", "acts", "values", "today", "state", "reply", "agent_prompt",
        ],
        "reply": ["organisation", "agent", "role", "channel", "agent_prompt"],
        "judge": ["organisation", "channel", "capabilities", "today"],
        "summary": ["organisation", "agent", "role", "channel"],
        "agent": ["organisation", "agent", "role", "channel"],
    ]
    /// The version of a text that has none: it stands in another file of the pack.
    public static let inline = "inline"

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
        try self.init(name, version: String(version), text: parts.count > 1 ? String(parts[1]) : "")
    }

    /// A text from elsewhere, held to what a file is.
    /// - Throws: ``Fault``.
    public init(_ name: String, version: String, text: String) throws(Fault) {
        self.init(version: version, text: text)
        guard text.utf8.count <= Self.maximumBytes else {
            throw Fault(description: "has \(text.utf8.count) bytes: give at most \(Self.maximumBytes)")
        }
        guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(description: "is empty: give the text behind the version") }
        if let placeholder = unknownPlaceholders(as: name).first {
            throw Fault(description: "{\(placeholder)} is none of its placeholders: give \(Self.list(of: name).joined(separator: ", "))")
        }
    }

    /// Names in braces that a prompt of this name does not know.
    func unknownPlaceholders(as name: String) -> [String] {
        Self.placeholders(in: text).filter { Self.placeholders[name]?.contains($0) != true }
    }

    /// `{agent}`, `{role}` …: what a prompt of this name may hold.
    static func list(of name: String) -> [String] { (placeholders[name] ?? []).sorted().map { "{\($0)}" } }

    /// The text with its placeholders filled in; what is filled in is not read again.
    public func filled(_ values: [String: String]) -> String {
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

    /// Whatever looks like a name in braces, so that `{Agent}` is found to be none.
    public static func placeholders(in text: String) -> [String] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            let name = part.prefix { $0.isLetter || $0.isNumber || "_-".contains($0) }
            return !name.isEmpty && name.endIndex < part.endIndex && part[name.endIndex] == "}" ? String(name) : nil
        }
    }
}
