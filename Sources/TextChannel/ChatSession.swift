public import Orchestrator
import Synchronization

public import struct Foundation.Date
public import struct Foundation.UUID

/// One person's chat: a conversation, the devices it is shown on, and the messages that wait for their answers.
///
/// Messages are answered one after the other, each with its deltas and then the whole; every device sees all of it in the same order.
public actor ChatSession {
    public nonisolated let id: String
    nonisolated let activity: Activity
    let services: ChatServices
    let userID: String?

    public nonisolated let startedAt: Date
    /// Made with the first message: a session that is only open costs little.
    var conversation: Conversation?
    /// What the store had of it, until the conversation is made.
    private var stored: StoredConversation?
    /// What was said, oldest first, for whoever joins or comes back: also what the store does not have yet.
    public internal(set) var messages: [StoredMessage]
    private var devices: [ObjectIdentifier: any ChatDevice] = [:]
    var waiting: [Waiting] = []
    var isWorking = false
    private(set) var isOver = false
    /// Numbers turns; goes on where the store left off.
    var generation: Int
    var limit: RateLimit
    private var feedbackLimit: RateLimit
    /// Messages that the client named, newest last: one that is sent again is not answered twice.
    var named: [Named] = []
    var followUp: Task<Void, Never>?
    /// While the session is on the phone.
    var isOnPhone = false
    var line: (any SpokenLine)?
    /// The last answer, for whoever asks why.
    public internal(set) var lastAnswer: (reply: Reply, message: ChatEvent.Message)?

    typealias Answer = CheckedContinuation<Result<ChatEvent.Message, ChatError>, Never>
    struct Waiting {
        var message: ChatRequest.Message
        var arrived: Duration
        var device: ObjectIdentifier?
        var answer: Answer?
    }
    struct Named {
        var message: ChatRequest.Message
        /// Where it came from, while that is still here.
        var device: ObjectIdentifier?
        var answer: ChatEvent.Message?
        /// Who asked again before the answer was there.
        var waiting: [Answer] = []
    }

    /// What the registry looks at without asking the session.
    final class Activity: Sendable {
        let lastActive: Atomic<Int64>
        let devices = Atomic<Int>(0)
        let working = Atomic<Bool>(false)
        let onPhone = Atomic<Bool>(false)
        init(_ now: Duration) { lastActive = Atomic(now.wholeMilliseconds) }
        func touch(_ now: Duration) { lastActive.store(now.wholeMilliseconds, ordering: .relaxed) }
        func idle(at now: Duration) -> Duration? {
            guard devices.load(ordering: .acquiring) == 0, !working.load(ordering: .acquiring), !onPhone.load(ordering: .acquiring) else { return nil }
            return now - .milliseconds(lastActive.load(ordering: .relaxed))
        }
    }

    init(id: String, userID: String?, stored: StoredConversation?, services: ChatServices) {
        (self.id, self.userID, self.stored, self.services) = (id, userID ?? stored?.record.userID, stored, services)
        generation = stored?.generation ?? 0
        (startedAt, messages) = (stored?.record.startedAt ?? services.date(), stored?.messages ?? [])
        let now = services.now()
        activity = Activity(now)
        limit = RateLimit(perMinute: services.settings.messagesPerMinute, burst: services.settings.burst, now: now)
        feedbackLimit = limit
    }

    /// An id that nobody can guess: whoever knows it may go on with the session.
    static func newID() -> String { "chat-" + UUID().uuidString.lowercased() }

    // MARK: Devices

    /// Shows the session on a device, beginning with `session`.
    /// - Parameter isResumed: the device knew the session before.
    public func attach(_ device: any ChatDevice, isResumed: Bool) throws(ChatError) {
        guard !isOver else { throw Self.ended }
        try add(device)
        let isNew = generation == 0
        device.deliver(.session(.init(id: id, isResumed: isResumed, greeting: isNew ? services.greeting : nil, messages: isResumed ? messages : [])))
    }

    public func detach(_ device: any ChatDevice) {
        let name = ObjectIdentifier(device)
        devices[name] = nil
        // The next device may get the same address.
        for index in named.indices where named[index].device == name { named[index].device = nil }
        activity.devices.store(devices.count, ordering: .releasing)
        activity.touch(services.now())
    }

    func add(_ device: any ChatDevice) throws(ChatError) {
        guard devices.count < services.settings.maximumDevices else {
            throw ChatError(.busy, "a session has at most \(services.settings.maximumDevices) devices")
        }
        devices[ObjectIdentifier(device)] = device
        activity.devices.store(devices.count, ordering: .releasing)
        activity.touch(services.now())
    }

    func deliver(_ event: ChatEvent, except device: ObjectIdentifier? = nil) {
        for (name, other) in devices where name != device { other.deliver(event) }
    }

    // MARK: The conversation

    /// The conversation, made or restored on first use, and open for another turn.
    func ready() async -> Conversation {
        let conversation = self.conversation ?? services.openConversation(id, userID, stored)
        (self.conversation, stored) = (conversation, nil)
        switch await conversation.closed {
        // A goodbye that was none.
        case .end: await conversation.reopen()
        case .handoff(let reason):
            // After a restart nobody would wait for the person any more. A case that ends in this moment has reopened the conversation.
            guard await services.handoffs.record(of: id) == nil, case .handoff = await conversation.closed else { break }
            await queue(reason)
        default: break
        }
        return conversation
    }

    /// Writes the session down before anybody has spoken: it is promised to a client.
    func persist() async { _ = await ready().greet() }

    /// The conversation, once somebody has spoken in it or the store knew it.
    public func currentConversation() async -> Conversation? {
        if conversation == nil, stored != nil { return await ready() }
        return conversation
    }

    // MARK: The rest

    public func feedback(_ feedback: ChatRequest.Feedback, at date: Date) async throws(ChatError) {
        guard let turn = ChatMessageID.generation(feedback.messageID), (1...max(1, generation)).contains(turn), generation > 0 else {
            throw ChatError(.unknownMessage, "message_id: no message of this session")
        }
        if let wait = feedbackLimit.take(now: services.now()) { throw Self.tooFast(services.settings, wait) }
        do {
            try await services.store.save(FeedbackRecord(session: id, generation: turn, score: feedback.score, comment: feedback.comment, at: date))
        } catch {
            throw ChatError(.unavailable, "the feedback could not be stored")
        }
    }

    /// Ends the session for all its devices.
    func end(_ reason: String) async {
        guard !isOver else { return }
        isOver = true
        followUp?.cancel()
        line?.end()
        await services.handoffs.abandon(session: id)
        let conversation = self.conversation ?? stored.map { services.openConversation(id, userID, $0) }
        await conversation?.end(reason: reason)
        deliver(.error(Self.ended))
    }

    static let ended = ChatError(.sessionEnded, "the session has ended")
    static let takenBack = ChatError(.conflict, "the message was taken back")
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
