import EventLoop
import Foundation
import HTTPTransport
import Orchestrator
import Synchronization
import TextChannel
import WebSocketTransport
import WireJSON

/// Ctrl-C, counted by the signal's handler, which may do nothing else.
private let interruptsSeen = Atomic<Int>(0)

/// The interactive shell: what is typed goes out, what comes is shown, commands ask the API.
final class ChatShell: Sendable {
    private let terminal: Terminal
    private let http: HTTPClient
    private let base: String
    private let apiKey: Secret?
    /// The session to go on with.
    private let wanted: String?
    private let view = Mutex(ShellView())
    private let session = Mutex("")
    private let waiting = Mutex(Waiting())

    /// How the shell was left.
    enum Ending: Sendable {
        /// The input ended, or somebody wanted to.
        case left
        /// The input ended; of its lines so many got no answer.
        case unanswered(Int)
        /// Ctrl-C, twice while one answer was waited for.
        case interrupted
        /// The gateway went away.
        case gone
        /// There is no session.
        case refused(ChatError)
    }
    /// What came of something that was sent.
    private enum Outcome: Sendable { case answered, failed(ChatError), overdue, interrupted, gone }
    private enum Input: Sendable { case line(String), end, gone }

    /// What the shell waits for: an answer, or the next line.
    private struct Waiting {
        var continuation: CheckedContinuation<Outcome, Never>?
        /// Of the message whose answer it is; `nil` is satisfied with any.
        var id: String?
        /// Numbers what is waited for.
        var serial = 0
        /// Ctrl-C, since it is waited for.
        var interrupts = 0
        var reader: CheckedContinuation<Input, Never>?
        var isGone = false
    }
    /// An answer that has not come by then is not waited for any longer; it is shown when it comes.
    private static let patience = Duration.seconds(30)
    /// Until then a line from a pipe is sent again while the gateway is too busy for it.
    private static let persistence = Duration.seconds(60)

    /// - Parameters:
    ///   - base: `http://HOST:PORT` of the gateway.
    ///   - wanted: the session to go on with; `nil` begins one.
    init(terminal: Terminal, http: HTTPClient, base: String, apiKey: Secret?, wanted: String?) {
        (self.terminal, self.http, self.base, self.apiKey, self.wanted) = (terminal, http, base, apiKey, wanted)
    }

    /// The session's id; empty before there is one.
    var sessionID: String { session.withLock { $0 } }

    /// An event came: shows it. An answer or an error lets the next line be typed.
    func heard(_ event: ChatEvent) {
        switch event {
        case .session(let opened):
            // The gateway offers a session to whoever says nothing for a moment; that is not the one that was asked for.
            guard wanted == nil || wanted == opened.id else { return }
            session.withLock { $0 = opened.id }
            show(event)
            goOn(.answered) { $0 == nil }
        // Shown by whoever waits: it may be sent again.
        case .error(let error): if !goOn(.failed(error)) { show(event) }
        case .message(let message) where message.role == .assistant:
            show(event)
            goOn(.answered) { $0 == nil || $0 == message.replyTo }
        case .code:
            show(event)
            goOn(.answered) { $0 == nil }
        default: show(event)
        }
    }

    func ended() {
        let reader = waiting.withLock { waiting -> CheckedContinuation<Input, Never>? in
            waiting.isGone = true
            return waiting.reader.take()
        }
        goOn(.gone)
        reader?.resume(returning: .gone)
    }

    /// Whoever waits for it waits no longer.
    /// - Returns: whether anybody did.
    @discardableResult
    private func goOn(_ outcome: Outcome, if isMeant: (String?) -> Bool = { _ in true }) -> Bool {
        let continuation = waiting.withLock { waiting -> CheckedContinuation<Outcome, Never>? in
            guard waiting.continuation != nil, isMeant(waiting.id) else { return nil }
            return waiting.continuation.take()
        }
        continuation?.resume(returning: outcome)
        return continuation != nil
    }

    /// Ctrl-C: takes back what is being answered. A gateway that hangs does not hear it; the second one leaves.
    private func interrupted(_ client: ChatClient) {
        let count = waiting.withLock { waiting -> Int in
            guard waiting.continuation != nil else { return 0 }
            waiting.interrupts += 1
            return waiting.interrupts
        }
        if count > 1 { goOn(.interrupted) } else if count == 1 { client.send(["type": "cancel"]) }
    }

    /// Sends, and waits for what comes of it.
    private func answer(to id: String?, _ client: ChatClient, _ message: [String: String]) async -> Outcome {
        signal(SIGINT) { _ in interruptsSeen.add(1, ordering: .relaxed) }
        let watching = Task { [self] in
            var seen = interruptsSeen.load(ordering: .relaxed)
            while (try? await Task.sleep(for: .milliseconds(50))) != nil {
                let now = interruptsSeen.load(ordering: .relaxed)
                for _ in seen..<now { interrupted(client) }
                seen = now
            }
        }
        let outcome = await withCheckedContinuation { continuation in
            let serial = waiting.withLock { waiting -> Int? in
                guard !waiting.isGone else { return nil }
                waiting.serial += 1
                (waiting.continuation, waiting.id, waiting.interrupts) = (continuation, id, 0)
                return waiting.serial
            }
            guard let serial else { return continuation.resume(returning: .gone) }
            client.send(message)
            Task {
                try? await Task.sleep(for: Self.patience)
                let isStill = waiting.withLock { $0.serial == serial }
                if isStill { goOn(.overdue) }
            }
        }
        watching.cancel()
        // Whoever leaves by it gets the exit code of that, however often it is pressed.
        if case .interrupted = outcome {} else { signal(SIGINT, SIG_DFL) }
        return outcome
    }

    /// Sends, and waits for what comes of it. What a script sends faster than the gateway takes it is sent again when the gateway said.
    private func exchange(_ client: ChatClient, id: String? = nil, _ message: [String: String]) async -> Outcome {
        let end = ContinuousClock.now + Self.persistence
        while true {
            let outcome = await answer(to: id, client, message)
            guard !LineEditor.isInteractive, case .failed(let error) = outcome, let pause = error.retryAfter,
                [.rateLimited, .queueFull, .busy].contains(error.code), ContinuousClock.now + pause < end
            else { return outcome }
            try? await Task.sleep(for: pause)
        }
    }

    /// Says what a person must know of it.
    /// - Parameter unanswered: counts what got no answer.
    /// - Returns: how the shell ends; `nil` when it goes on.
    private func ending(after outcome: Outcome, counting unanswered: inout Int) -> Ending? {
        switch outcome {
        case .answered: return nil
        case .failed(let error):
            unanswered += 1
            show(.error(error))
            return nil
        case .overdue:
            unanswered += 1
            terminal.line(terminal.styled("no answer yet", .dim))
            return nil
        case .interrupted: return .interrupted
        case .gone: return .gone
        }
    }

    private func show(_ event: ChatEvent) {
        let pieces = view.withLock { $0.pieces(for: event) }
        for piece in pieces { show(piece) }
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
    func run(_ client: ChatClient) async -> Ending {
        let hello = wanted.map { ["type": "hello", "session_id": $0] } ?? ["type": "hello"]
        let greeted = await exchange(client, hello)
        if case .failed(let error) = greeted { return .refused(error) }
        var unanswered = 0, sent = 0
        if let ending = ending(after: greeted, counting: &unanswered) { return ending }
        let editor = LineEditor()
        if LineEditor.isInteractive { terminal.line(terminal.styled("/help lists the commands; Ctrl-D leaves", .dim)) }
        while true {
            let input = await read(editor)
            if case .gone = input {
                // The editor's thread still waits for a line, and has the terminal.
                editor.restoreTerminal()
                if LineEditor.isInteractive { terminal.line() }
                return .gone
            }
            guard case .line(let line) = input, ShellInput(line) != .command(.quit) else {
                return unanswered > 0 && !LineEditor.isInteractive ? .unanswered(unanswered) : .left
            }
            guard let outcome = await act(on: ShellInput(line), client, &sent) else { continue }
            if let ending = ending(after: outcome, counting: &unanswered) { return ending }
        }
    }

    /// - Parameter sent: numbers what was said.
    /// - Returns: `nil` for what needs no answer.
    private func act(on input: ShellInput, _ client: ChatClient, _ sent: inout Int) async -> Outcome? {
        switch input {
        case .nothing: break
        case .unknown(let name): terminal.line("no command /\(name); /help lists them")
        case .say(let text):
            sent += 1
            return await exchange(client, id: "\(sent)", ["type": "message", "text": text, "id": "\(sent)"])
        case .command(.person): return await exchange(client, ["type": "handoff"])
        case .command(.phone): return await exchange(client, ["type": "code"])
        case .command(.cancel): client.send(["type": "cancel"])
        case .command(let command): await explain(command)
        }
        return nil
    }

    /// Off the pool's threads: it waits for a person.
    private func read(_ editor: LineEditor) async -> Input {
        await withCheckedContinuation { continuation in
            let isGone = waiting.withLock { waiting -> Bool in
                if !waiting.isGone { waiting.reader = continuation }
                return waiting.isGone
            }
            if isGone { return continuation.resume(returning: .gone) }
            Thread.detachNewThread { [self] in
                let line = editor.next(prompt: "you    ")
                let reader = waiting.withLock { $0.reader.take() }
                reader?.resume(returning: line.map { Input.line($0) } ?? .end)
            }
        }
    }

    // MARK: Commands

    private func explain(_ command: ShellCommand) async {
        if command == .help { return ShellCommand.list.forEach { terminal.line($0) } }
        let id = sessionID
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
            intent      \(text(last["intent"])) (confidence \(hundredths(last["confidence"])))
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

    private static func hundredths(_ value: BoundedJSON?) -> String { value?.double.map { String(format: "%.2f", $0) } ?? text(value) }

    private static func integer(_ value: BoundedJSON?) -> Int? { if case .number(let text) = value { Int(text) } else { nil } }
}
