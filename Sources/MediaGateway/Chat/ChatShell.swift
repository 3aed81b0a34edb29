import EventLoop
import Foundation
import HTTPTransport
import Orchestrator
import Synchronization
import TextChannel
import WebSocketTransport
import WireJSON

/// The interactive shell: what is typed goes out, what comes is shown, commands ask the API.
final class ChatShell: Sendable {
    private let terminal: Terminal
    private let http: HTTPClient
    private let base: String
    private let apiKey: Secret?
    private let view = Mutex(ShellView())
    private let session = Mutex("")
    private let waiting = Mutex(Waiting())

    /// What the shell waits for before the next line is typed.
    private struct Waiting {
        var continuation: CheckedContinuation<Bool, Never>?
        /// Of the message whose answer it is; `nil` is satisfied with any.
        var id: String?
        /// Numbers what is waited for.
        var serial = 0
        /// The first words came before anybody waited for them.
        var isGreeted = false, isGone = false
    }
    /// An answer that has not come by then is not waited for any longer; it is shown when it comes.
    private static let patience = Duration.seconds(30)

    /// - Parameter base: `http://HOST:PORT` of the gateway.
    init(terminal: Terminal, http: HTTPClient, base: String, apiKey: Secret?) {
        (self.terminal, self.http, self.base, self.apiKey) = (terminal, http, base, apiKey)
    }

    /// An event came: shows it. An answer or an error lets the next line be typed.
    func heard(_ event: ChatEvent) {
        if case .session(let opened) = event { session.withLock { $0 = opened.id } }
        let pieces = view.withLock { $0.pieces(for: event) }
        for piece in pieces { show(piece) }
        switch event {
        case .message(let message) where message.role == .assistant: goOn(true) { $0 == nil || $0 == message.replyTo }
        case .error, .session: goOn(true) { _ in true }
        default: break
        }
    }

    func ended() {
        waiting.withLock { $0.isGone = true }
        goOn(false) { _ in true }
    }

    /// Whoever waits for it waits no longer.
    private func goOn(_ isThere: Bool, if isMeant: (String?) -> Bool) {
        let continuation = waiting.withLock { waiting -> CheckedContinuation<Bool, Never>? in
            if waiting.serial == 0 { waiting.isGreeted = true }
            guard waiting.continuation != nil, isMeant(waiting.id) else { return nil }
            return waiting.continuation.take()
        }
        continuation?.resume(returning: isThere)
    }

    /// Sends, and waits for what comes of it; Ctrl-C takes it back.
    /// - Returns: false when the gateway went away.
    private func answer(to id: String? = nil, _ client: ChatClient, _ send: () -> Void) async -> Bool {
        signal(SIGINT, SIG_IGN)
        let interrupts = DispatchSource.makeSignalSource(signal: SIGINT)
        interrupts.setEventHandler { client.send(["type": "cancel"]) }
        interrupts.activate()
        defer {
            interrupts.cancel()
            signal(SIGINT, SIG_DFL)
        }
        return await withCheckedContinuation { continuation in
            let (serial, isThere) = waiting.withLock { waiting -> (Int, Bool?) in
                waiting.serial += 1
                if waiting.isGone { return (waiting.serial, false) }
                if waiting.serial == 1, waiting.isGreeted { return (1, true) }
                (waiting.continuation, waiting.id) = (continuation, id)
                return (waiting.serial, nil)
            }
            if let isThere { return continuation.resume(returning: isThere) }
            send()
            Task {
                try? await Task.sleep(for: Self.patience)
                let isStill = waiting.withLock { $0.serial == serial }
                if isStill { goOn(true) { _ in true } }
            }
        }
    }

    private func show(_ piece: ShellView.Piece) {
        let text =
            switch piece.style {
            case .agent: terminal.styled(piece.text, .cyan)
            case .note: terminal.styled(piece.text, .dim)
            case .trouble: terminal.styled(piece.text, .red)
            }
        terminal.text(piece.endsLine ? text + "\n" : text)
    }

    /// Runs until the input or the connection ends.
    /// - Returns: false when the gateway went away.
    func run(_ client: ChatClient) async -> Bool {
        guard await answer(client, {}) else { return false }
        let editor = LineEditor()
        if editor.isInteractive { terminal.line(terminal.styled("/help lists the commands; Ctrl-D leaves", .dim)) }
        var sent = 0
        while let line = await Self.read(editor, prompt: "you    ") {
            switch ShellInput(line) {
            case .nothing: continue
            case .unknown(let name): terminal.line("no command /\(name); /help lists them")
            case .say(let text):
                sent += 1
                let id = "\(sent)"
                guard await answer(to: id, client, { client.send(["type": "message", "text": text, "id": id]) }) else { return false }
            case .command(.quit): return true
            case .command(.person):
                guard await answer(client, { client.send(["type": "handoff"]) }) else { return false }
            case .command(.phone): client.send(["type": "code"])
            case .command(.cancel): client.send(["type": "cancel"])
            case .command(let command): await explain(command)
            }
        }
        return true
    }

    /// Off the pool's threads: it waits for a person.
    private static func read(_ editor: LineEditor, prompt: String) async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: editor.next(prompt: prompt)) }
        }
    }

    // MARK: Commands

    private func explain(_ command: ShellCommand) async {
        if command == .help { return ShellCommand.list.forEach { terminal.line($0) } }
        let id = session.withLock { $0 }
        if command == .session { return terminal.line(id) }
        guard let view = await overview(of: id) else { return terminal.line("nothing is known yet: say something first") }
        switch command {
        case .why: terminal.line(Self.why(view))
        case .slots: terminal.line(Self.slots(view))
        case .cost: terminal.line(Self.integer(view["cost_micro"]).map(dollars) ?? "unknown")
        default: break
        }
    }

    private func overview(of id: String) async -> BoundedJSON? {
        let headers = apiKey.map { [("Authorization", "Bearer \($0.revealed)")] } ?? []
        let request = HTTPClient.Request(url: "\(base)/v1/sessions/\(id)", headers: headers)
        guard let response = try? await http.send(request, timeout: .seconds(5)), response.status == 200 else { return nil }
        return try? BoundedJSON(response.body.span)
    }

    private static func why(_ view: BoundedJSON) -> String {
        guard let last = view["last_decision"], last != .null else { return "nothing was decided yet" }
        let entities: [String] =
            if case .array(let items) = last["entities"] { items.map { "\(text($0["type"])) = \(text($0["value"]))" } } else { [] }
        return """
            intent      \(text(last["intent"])) (confidence \(text(last["confidence"])))
            act         \(text(last["act"]))
            entities    \(entities.isEmpty ? "none" : entities.joined(separator: ", "))
            workflow    \(text(last["workflow"]))
            next        \(text(last["next_action"]))
            advised by  \(text(last["source"])) in \(text(last["decision_ms"])) ms, spoken by \(text(last["agent"]))
            """
    }

    private static func slots(_ view: BoundedJSON) -> String {
        var lines: [String] = []
        if case .object(let slots) = view["slots"] { lines = slots.map { "\($0.key) = \(text($0.value))" } }
        if let open = view["expecting"], open != .null { lines.append("open question: \(text(open["name"])) (\(text(open["type"])))") }
        return lines.isEmpty ? "no workflow is in progress" : lines.joined(separator: "\n")
    }

    private static func text(_ value: BoundedJSON?) -> String {
        switch value {
        case .string(let text), .number(let text): text
        case .bool(let flag): "\(flag)"
        default: "none"
        }
    }

    private static func integer(_ value: BoundedJSON?) -> Int? { if case .number(let text) = value { Int(text) } else { nil } }
}
