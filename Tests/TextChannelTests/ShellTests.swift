import Orchestrator
import Testing
import TextChannel

@Suite("The chat shell: what is typed, and how events are shown")
struct ShellTests {
    @Test(
        "lines",
        arguments: [
            ("hello", .say("hello")), ("  hello", .say("hello")), ("/why", .command(.why)), ("/cost now", .command(.cost)), ("//slash", .say("/slash")),
            ("/nope", .unknown("nope")), ("", .nothing), ("   ", .nothing),
        ] as [(String, ShellInput)])
    func reads(_ line: String, _ input: ShellInput) { #expect(ShellInput(line) == input) }

    @Test("pieces stand on one line behind the name, and the whole ends it")
    func streams() {
        var view = ShellView()
        let message = ChatEvent.Message(
            messageID: "m1", role: .assistant, text: "One. Two.", agent: "a", intent: "i", confidence: 1, source: "s", latency: .zero, traceID: "t",
            next: .listen, slots: [:])
        let events: [ChatEvent] = [.delta(messageID: "m1", text: "One. "), .delta(messageID: "m1", text: "Two."), .message(message)]
        let shown = events.flatMap { view.pieces(for: $0) }.map { $0.text + ($0.endsLine ? "\n" : "") }.joined()
        #expect(shown == "agent  One. Two.\n")
    }

    @Test(
        "what the server writes, the client reads",
        arguments: [
            .session(.init(id: "chat-1", isResumed: false, greeting: "Hello")), .delta(messageID: "m1", text: "a \"quote\""),
            .progress(.init(tool: "get_bill", percent: nil, text: "working")), .progress(.init(tool: "get_bill", percent: 100, text: "done")),
            .agent(from: "a", to: "b", reason: "r"), .handoff(.timedOut), .error(ChatError(.rateLimited, "slow down", retryAfter: .seconds(2))), .pong(id: "7"),
            .pong(id: nil),
        ] as [ChatEvent])
    func roundTrip(_ event: ChatEvent) throws { #expect(try ChatEvent(parsing: Array(event.json.utf8).span) == event) }
}
