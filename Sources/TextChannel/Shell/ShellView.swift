import Orchestrator

/// How the chat shell shows what comes: decides only, the terminal prints.
public struct ShellView: Sendable {
    public enum Style: Sendable { case agent, note, trouble }
    public struct Piece: Equatable, Sendable {
        public var text: String
        public var style: Style
        public var endsLine: Bool
    }
    /// The message whose deltas stand on the current line.
    private var showing: String?

    public init() {}

    /// - Returns: what to print, in order; empty for what does not concern a person.
    public mutating func pieces(for event: ChatEvent) -> [Piece] {
        switch event {
        case .session(let session): return opening(session)
        case .delta(let id, let text):
            let isFirst = showing != id
            showing = id
            return [Piece(text: (isFirst ? "agent  " : "") + text, style: .agent, endsLine: false)]
        case .message(let message): return closing(message)
        case .progress(let progress):
            guard showing == nil else { return [] }
            return [note(progress.percent.map { "\(progress.tool): \(progress.text), \($0) %" } ?? "\(progress.tool): \(progress.text) …")]
        case .agent(_, let to, _): return [note("\(to) takes over")]
        case .handoff(let state): return [note("a person: \(state.rawValue.replacing("_", with: " "))")]
        case .code(let code, let lifetime):
            return [note("phone us and key in \(code), within \(Int(lifetime / .seconds(60))) minutes")]
        case .error(let error): return [Piece(text: error.message, style: .trouble, endsLine: true)]
        case .pong: return []
        }
    }

    private func opening(_ session: ChatEvent.Session) -> [Piece] {
        var pieces = session.messages.map { note("\($0.role == .user ? "you  " : "agent")  \($0.text)") }
        if let greeting = session.greeting { pieces.append(Piece(text: "agent  \(greeting)", style: .agent, endsLine: true)) }
        return pieces
    }

    private mutating func closing(_ message: ChatEvent.Message) -> [Piece] {
        defer { showing = nil }
        if message.role == .user { return [note("you, elsewhere: \(message.text)")] }
        if message.source == ChatEvent.Message.cancelled { return [note("taken back")] }
        guard showing != message.messageID else { return [Piece(text: "", style: .agent, endsLine: true)] }
        return [Piece(text: "agent  \(message.text)", style: .agent, endsLine: true)]
    }

    private func note(_ text: String) -> Piece { Piece(text: text, style: .note, endsLine: true) }
}
