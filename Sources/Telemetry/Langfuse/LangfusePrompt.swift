import Foundation
import Orchestrator

/// A prompt as Langfuse answers it: a text, or the messages of a chat.
///
/// ```
/// {"type": "text", "name": "reply", "version": 3, "prompt": "You are {{agent}}.", …}
/// {"type": "chat", "name": "reply", "version": 3, "prompt": [{"role": "system", "content": "You are {{agent}}."}], …}
/// ```
struct LangfusePrompt: Decodable, Sendable {
    /// Why it cannot be used; in Langfuse's terms, for whoever wrote it there.
    struct Refusal: Error, Sendable, Equatable {
        var reason: String
    }
    struct Message: Decodable, Sendable {
        /// `placeholder` where others are to be put in; `chatmessage` or nothing else.
        var type: String?
        var role: String?, content: String?
    }
    enum Content: Sendable {
        case text(String)
        case chat([Message])
    }
    var version: Int
    var content: Content

    private enum Key: String, CodingKey { case version, prompt }
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        version = try fields.decode(Int.self, forKey: .version)
        if let text = try? fields.decode(String.self, forKey: .prompt) {
            content = .text(text)
        } else {
            content = .chat(try fields.decode([Message].self, forKey: .prompt))
        }
    }

    /// What to call a version of Langfuse's: a file of the pack may have the same number.
    static func name(ofVersion version: Int) -> String { "langfuse:\(version)" }

    /// As one of ours, which a file of the pack could hold as well.
    /// - Parameter name: one of ``PromptTemplate/names``.
    func template(as name: String) throws(Refusal) -> PromptTemplate {
        let text = try Self.converted(instructions, as: name)
        do throws(PromptTemplate.Fault) { return try PromptTemplate(name, version: Self.name(ofVersion: version), text: text) } catch {
            throw Refusal(reason: error.description)
        }
    }

    /// The instructions alone: what is said stands in messages of ours.
    private var instructions: String {
        get throws(Refusal) {
            switch content {
            case .text(let text): return text
            case .chat(let messages):
                var parts: [String] = []
                for (index, message) in messages.enumerated() {
                    guard message.type != "placeholder", message.role == "system", let content = message.content else {
                        throw Refusal(reason: "a chat prompt whose message \(index + 1) is not of the system: give a text prompt, or system messages only")
                    }
                    parts.append(content)
                }
                return parts.joined(separator: "\n\n")
            }
        }
    }

    /// `{{name}}` there is `{name}` here, with or without blanks around the name. A name in single braces is only text there and would be
    /// filled in here, so that it is refused.
    private static func converted(_ text: String, as kind: String) throws(Refusal) -> String {
        let known = PromptTemplate.placeholders[kind] ?? []
        func literal(_ part: Substring) throws(Refusal) -> Substring {
            guard let name = PromptTemplate.placeholders(in: String(part)).first else { return part }
            throw Refusal(reason: "{\(name.prefix(40))} stands in single braces: give {{name}} for a placeholder")
        }
        var result = "", rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = rest[open.upperBound..<close.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
            guard known.contains(name) else {
                let list = known.sorted().map { "{{\($0)}}" }.joined(separator: ", ")
                throw Refusal(reason: "{{\(readable(name))}} is none of its placeholders: give \(list)")
            }
            result += try literal(rest[..<open.lowerBound]) + "{\(name)}"
            rest = rest[close.upperBound...]
        }
        return result + (try literal(rest))
    }

    /// On one line, for a log, and no longer than a name is.
    private static func readable(_ text: String) -> String {
        String(text.prefix(40).map { $0.isLetter || $0.isNumber || $0.isPunctuation ? $0 : " " })
    }
}
