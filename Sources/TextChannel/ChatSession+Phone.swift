public import Orchestrator
import Synchronization

/// A phone call that goes on with the session.
extension ChatSession {
    /// A code by which a phone call goes on with this session; comes as an event.
    public func issueCode() throws(ChatError) {
        guard !isOver else { throw Self.ended }
        deliver(.code(try services.codes.issue(for: id), lifetime: JoinCodes.lifetime))
    }

    /// A caller has brought the code: from here on turns are the call's.
    public func beginCall() async throws(ChatError) -> (conversation: Conversation, generation: Int) {
        guard !isOver else { throw Self.ended }
        guard !isOnPhone else { throw ChatError(.conflict, "the session is on the phone already") }
        isOnPhone = true
        activity.onPhone.store(true, ordering: .releasing)
        followUp?.cancel()
        let conversation = await ready()
        return (conversation, max(generation, await conversation.newestGeneration))
    }

    /// What is typed is said there.
    public func speak(on line: any SpokenLine) { if isOnPhone { self.line = line } }

    /// What is said on the phone is shown here.
    /// - Parameter device: on which it was typed, and which need not be told.
    public func relay(_ event: ChatEvent, typedOn device: ObjectIdentifier? = nil) {
        deliver(event, except: device)
        guard case .message(let message) = event, let turn = ChatMessageID.generation(message.messageID) else { return }
        remember(message.role, message.text, turn, message.traceID)
    }

    /// The call is over.
    public func endCall() async {
        (isOnPhone, line) = (false, nil)
        activity.onPhone.store(false, ordering: .releasing)
        if let conversation { generation = max(generation, await conversation.newestGeneration) }
        activity.touch(services.now())
    }
}
