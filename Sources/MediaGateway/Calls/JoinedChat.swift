import EventLoop
import Orchestrator
import TextChannel

/// A chat session on the phone: what is said is shown on its devices, what is typed there is a turn of the call.
final class JoinedChat: SpokenLine, @unchecked Sendable {
    let conversation: Conversation
    /// The newest turn of the conversation when the call came to it.
    let generation: Int
    private let session: ChatSession
    private let lines: AsyncStream<ChatEvent>.Continuation
    // Set once, before anybody types: the call's loop hands it over with the line.
    private weak var call: Call?
    /// Events that may wait for the session.
    private static let capacity = 256

    private init(_ session: ChatSession, _ conversation: Conversation, _ generation: Int) {
        (self.session, self.conversation, self.generation) = (session, conversation, generation)
        let (stream, lines) = AsyncStream.makeStream(of: ChatEvent.self, bufferingPolicy: .bufferingOldest(Self.capacity))
        self.lines = lines
        Task { for await event in stream { await session.relay(event) } }
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

    func typed(_ text: String, traceID: String?) {
        guard let call else { return }
        call.loop.post { call.assumeIsolated { $0.typed(text, traceID: traceID) } }
    }

    func show(_ line: CallLine) {
        switch line {
        case .transcript(let text, let isFinal):
            guard isFinal else { return }
            lines.yield(.message(.spoken(text)))
        case .delta(let messageID, let text): lines.yield(.delta(messageID: messageID, text: text))
        case .message(let message):
            lines.yield(
                .message(
                    ChatEvent.Message(
                        messageID: message.messageID, role: .assistant, text: message.text, agent: message.agent, intent: message.intent,
                        confidence: message.confidence, source: message.source, latency: message.latency, traceID: message.traceID, next: .listen,
                        slots: [:])))
        case .latency: break
        }
    }

    /// The call is over: the chat goes on by itself.
    func leave() async {
        lines.finish()
        await session.endCall()
    }
}
