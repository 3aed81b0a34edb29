/// A line typed into the chat shell.
public enum ShellInput: Equatable, Sendable {
    case say(String)
    case command(ShellCommand)
    case unknown(String)
    case nothing

    public init(_ line: String) {
        let text = line.drop(while: \.isWhitespace)
        guard !text.isEmpty else {
            self = .nothing
            return
        }
        // Two slashes say something that begins with one.
        if text.hasPrefix("//") {
            self = .say(String(text.dropFirst()))
        } else if text.hasPrefix("/") {
            let name = text.dropFirst().prefix { !$0.isWhitespace }
            self = ShellCommand(rawValue: String(name)).map { .command($0) } ?? .unknown(String(name))
        } else {
            self = .say(String(text))
        }
    }
}

/// What the chat shell can be asked for.
public enum ShellCommand: String, CaseIterable, Sendable {
    case help, why, slots, cost, session, person, phone, cancel, quit

    public var explanation: String {
        switch self {
        case .help: "this list"
        case .why: "the last decision: intent, confidence, who advised, what follows"
        case .slots: "what is known for the workflow in progress, and the open question"
        case .cost: "what the session has cost so far"
        case .session: "the session's id, to go on with it later: media-gateway chat --session ID"
        case .person: "ask for a person"
        case .phone: "a code to go on with this chat by phone"
        case .cancel: "take back what is being answered, as Ctrl-C does while you wait for it"
        case .quit: "leave; the session stays"
        }
    }
    /// Lines of `/help`.
    public static var list: [String] { allCases.map { "  /\($0.rawValue)".padded(to: 12) + $0.explanation } }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
