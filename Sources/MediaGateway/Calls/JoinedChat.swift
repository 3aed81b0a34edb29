import EventLoop
import Orchestrator
import TextChannel

/// A chat session on the phone: what is said is shown on its devices, what is typed there is a turn of the call.
final class JoinedChat: SpokenLine, @unchecked Sendable {
    let conversation: Conversation
    /// The newest turn of the conversation when the call came to it.
    let generation: Int
    private let session: ChatSession
    private let lines: AsyncStream<(event: ChatEvent, device: ObjectIdentifier?)>.Continuation
    // Set once, before anybody types: the call's loop hands it over with the line.
    private weak var call: Call?
    /// Events that may wait for the session.
    private static let capacity = 256

    private init(_ session: ChatSession, _ conversation: Conversation, _ generation: Int) {
        (self.session, self.conversation, self.generation) = (session, conversation, generation)
        let (stream, lines) = AsyncStream.makeStream(
            of: (event: ChatEvent, device: ObjectIdentifier?).self, bufferingPolicy: .bufferingOldest(Self.capacity))
        self.lines = lines
        Task { for await (event, device) in stream { await session.relay(event, typedOn: device) } }
    }

    /// Takes the session to the phone.
    /// - Throws: ``ChatError`` when it is on the phone already, or has ended.
    static func open(_ session: ChatSession) async throws(ChatError) -> JoinedChat {
        let (conversation, generation) = try await session.beginCall()
        return JoinedChat(session, conversation, generation)
    }

    func attach(_ call: Call) {
        self.call = call
        Task { await session.speak(on: self) }
    }

    func typed(_ message: ChatRequest.Message, on device: ObjectIdentifier?) {
        onCall { _ = $0.typed(message, on: device) }
    }

    func cancel() { onCall { $0.cancelReply() } }

    func end() { onCall { $0.hangUp("session_ended") } }

    private func onCall(_ body: @escaping @Sendable (isolated Call) -> Void) {
        guard let call else { return }
        call.loop.post { call.assumeIsolated { body($0) } }
    }

    /// What the caller said or typed: a turn of the conversation, and numbered like one.
    func show(_ user: ChatRequest.Message, turn: Int, traceID: String, typedOn device: ObjectIdentifier?) {
        let source = user.id == nil && device == nil ? "phone" : "user"
        lines.yield((.message(.user(user, messageID: ChatMessageID.text(turn), traceID: traceID, source: source)), device))
    }

    func show(_ line: CallLine) {
        switch line {
        case .delta(let turn, let text): lines.yield((.delta(messageID: ChatMessageID.text(turn), text: text), nil))
        case .message(let message):
            let shown = ChatEvent.Message(
                messageID: ChatMessageID.text(message.turn), role: .assistant, text: message.text, replyTo: message.replyTo, agent: message.agent,
                intent: message.intent, confidence: message.confidence, source: message.source, latency: message.latency, traceID: message.traceID,
                next: .listen, slots: [:])
            lines.yield((.message(shown), nil))
        // Words that are still guessed at are not shown; those that count come with their turn.
        case .transcript, .latency: break
        }
    }

    /// The call is over: the chat goes on by itself.
    func leave() async {
        lines.finish()
        await session.endCall()
    }
}
