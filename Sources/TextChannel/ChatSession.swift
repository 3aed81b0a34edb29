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
    private var conversation: Conversation?
    /// What the store had of it, until the conversation is made.
    private var stored: StoredConversation?
    /// What was said, oldest first, for whoever joins or comes back: also what the store does not have yet.
    public private(set) var messages: [StoredMessage]
    private var devices: [ObjectIdentifier: any ChatDevice] = [:]
    private var waiting: [Waiting] = []
    private var isWorking = false
    private(set) var isOver = false
    /// Numbers turns; goes on where the store left off.
    private var generation: Int
    private var limit: RateLimit, feedbackLimit: RateLimit
    /// Messages that the client named, newest last: one that is sent again is not answered twice.
    private var named: [Named] = []
    private var followUp: Task<Void, Never>?
    /// While the session is on the phone.
    private var isOnPhone = false
    private var line: (any SpokenLine)?
    /// The last answer, for whoever asks why.
    public private(set) var lastAnswer: (reply: Reply, message: ChatEvent.Message)?

    private typealias Answer = CheckedContinuation<Result<ChatEvent.Message, ChatError>, Never>
    private struct Waiting {
        var message: ChatRequest.Message
        var arrived: Duration
        var device: ObjectIdentifier?
        var answer: Answer?
    }
    private struct Named {
        var message: ChatRequest.Message
        /// Where it came from, while that is still here.
        var device: ObjectIdentifier?
        var answer: ChatEvent.Message?
        /// Who asked again before the answer was there.
        var waiting: [Answer] = []
    }
    private static let maximumNamed = 8
    /// As many as the store gives back.
    private static let maximumMessages = 200

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

    private func add(_ device: any ChatDevice) throws(ChatError) {
        guard devices.count < services.settings.maximumDevices else {
            throw ChatError(.busy, "a session has at most \(services.settings.maximumDevices) devices")
        }
        devices[ObjectIdentifier(device)] = device
        activity.devices.store(devices.count, ordering: .releasing)
        activity.touch(services.now())
    }

    private func deliver(_ event: ChatEvent, except device: ObjectIdentifier? = nil) {
        for (name, other) in devices where name != device { other.deliver(event) }
    }

    // MARK: Messages

    /// Takes a message of a device; the answer comes as events.
    public func submit(_ message: ChatRequest.Message, from device: any ChatDevice) {
        do { try admit(message, from: device, answer: nil) } catch { device.deliver(.error(error)) }
    }

    /// Takes a message and returns its answer, which the devices see too.
    /// - Parameter device: sees the events of the session until the answer is there, the message itself apart.
    public func ask(_ message: ChatRequest.Message, on device: (any ChatDevice)? = nil) async throws(ChatError) -> ChatEvent.Message {
        if let device { try add(device) }
        defer { if let device { detach(device) } }
        let result: Result<ChatEvent.Message, ChatError> = await withCheckedContinuation { continuation in
            do throws(ChatError) { try admit(message, from: device, answer: continuation) } catch { continuation.resume(returning: .failure(error)) }
        }
        return try result.get()
    }

    private func admit(
        _ message: ChatRequest.Message, from device: (any ChatDevice)?, answer: Answer?
    ) throws(ChatError) {
        let now = services.now(), source = device.map { ObjectIdentifier($0) }
        guard !isOver else { throw Self.ended }
        if sentAgain(message, from: device, answer) { return }
        if isOnPhone {
            guard answer == nil, let line else { throw ChatError(.conflict, "the session is on the phone: send over its socket") }
            if let wait = limit.take(now: now) { throw Self.tooFast(services.settings, wait) }
            return line.typed(message, on: source)
        }
        guard services.isAgentEnabled() else { throw ChatError(.agentDisabled, "the agent is switched off") }
        guard waiting.count < services.settings.maximumWaiting else {
            throw ChatError(.queueFull, "\(services.settings.maximumWaiting) messages wait for their answers already", retryAfter: .seconds(1))
        }
        if let wait = limit.take(now: now) {
            throw Self.tooFast(services.settings, wait)
        }
        if let wait = services.turns.take(now: now) { throw ChatError(.busy, "the gateway answers as many chats as it may", retryAfter: wait) }
        activity.touch(now)
        waiting.append(Waiting(message: message, arrived: now, device: source, answer: answer))
        if message.id != nil {
            if named.count == Self.maximumNamed { named.removeFirst().waiting.forEach { $0.resume(returning: .failure(Self.takenBack)) } }
            named.append(Named(message: message, device: source))
        }
        guard !isWorking else { return }
        isWorking = true
        activity.working.store(true, ordering: .releasing)
        Task { await work() }
    }

    private static func tooFast(_ settings: ChatSettings, _ wait: Duration) -> ChatError {
        ChatError(.rateLimited, "at most \(settings.messagesPerMinute) messages a minute", retryAfter: wait)
    }

    /// A client that lost its connection sends again what it named: from the device that sent it first it is another message.
    /// - Returns: whether the answer is known, or on its way.
    private func sentAgain(_ message: ChatRequest.Message, from device: (any ChatDevice)?, _ answer: Answer?) -> Bool {
        let source = device.map { ObjectIdentifier($0) }
        guard let id = message.id,
            let index = named.lastIndex(where: { $0.message.id == id && $0.message.text == message.text && ($0.device == nil || $0.device != source) })
        else { return false }
        if let known = named[index].answer {
            device?.deliver(.message(known))
            answer?.resume(returning: .success(known))
        } else if let answer {
            named[index].waiting.append(answer)
        }
        return true
    }

    /// The answer to a message, for those who asked again; none when it was taken back.
    private func settle(_ message: ChatRequest.Message, _ answer: ChatEvent.Message?) {
        guard message.id != nil, let index = named.lastIndex(where: { $0.message == message }) else { return }
        let waiting = named[index].waiting
        for late in waiting { late.resume(returning: answer.map { .success($0) } ?? .failure(Self.takenBack)) }
        if let answer, answer.source != ChatEvent.Message.cancelled {
            (named[index].answer, named[index].waiting) = (answer, [])
        } else {
            named.remove(at: index)
        }
    }

    /// Takes back the message that is being answered, and those behind it.
    public func cancel() async {
        line?.cancel()
        let dropped = waiting
        waiting = []
        for message in dropped {
            generation += 1
            deliver(.message(.cancelled(message.message, messageID: ChatMessageID.text(generation))))
            message.answer?.resume(returning: .failure(Self.takenBack))
            settle(message.message, nil)
        }
        await conversation?.cancelTurn()
    }

    private func work() async {
        while !waiting.isEmpty, !isOver {
            let next = waiting.removeFirst()
            let message = await answer(next)
            next.answer?.resume(returning: .success(message))
            settle(next.message, message)
        }
        for late in waiting { late.answer?.resume(returning: .failure(Self.ended)) }
        waiting = []
        for late in named.flatMap(\.waiting) { late.resume(returning: .failure(Self.ended)) }
        for index in named.indices { named[index].waiting = [] }
        isWorking = false
        activity.working.store(false, ordering: .releasing)
    }

    private func answer(_ next: Waiting) async -> ChatEvent.Message {
        followUp?.cancel()
        generation += 1
        let mine = generation
        let traceID = next.message.traceID ?? UUID().uuidString.lowercased()
        deliver(.message(.user(next.message, messageID: ChatMessageID.text(mine), traceID: traceID)), except: next.device)
        remember(.user, next.message.text, mine, traceID)
        let conversation = await ready()
        let typing = announce(after: services.settings.typingAfter)
        var turn = UserTurn(next.message.text, channel: .chat, generation: mine)
        turn.traceID = traceID
        turn.isForPerson = await services.handoffs.record(of: id)?.state == .connected
        let reply = await conversation.respond(to: turn, within: services.settings.turnDeadline)
        typing.cancel()
        return await show(reply, mine, replyTo: next.message.id, traceID: traceID, since: next.arrived)
    }

    /// The conversation, made or restored on first use, and open for another turn.
    private func ready() async -> Conversation {
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

    private func announce(after delay: Duration) -> Task<Void, Never> {
        Task {
            guard (try? await services.sleep(delay)) != nil, !Task.isCancelled else { return }
            deliver(.progress(.init(tool: "agent", percent: nil, text: "thinking")))
        }
    }

    // MARK: Answers

    private func show(_ reply: Reply, _ mine: Int, replyTo: String?, traceID: String, since arrived: Duration) async -> ChatEvent.Message {
        for step in reply.transitions { deliver(.agent(from: step.from, to: step.to, reason: step.reason)) }
        let messageID = ChatMessageID.text(mine)
        for piece in TextPieces.split(reply.text) { deliver(.delta(messageID: messageID, text: piece)) }
        let latency = services.now() - arrived
        let reply = await written(reply, messageID)
        let message = ChatEvent.Message(reply, messageID: messageID, replyTo: replyTo, traceID: traceID, latency: latency)
        deliver(.message(message))
        guard !reply.isStale else {
            messages.removeAll { $0.generation == mine }
            return message
        }
        remember(.assistant, reply.text, mine, traceID)
        lastAnswer = (reply, message)
        services.answered(message.latency)
        if reply.isPending {
            deliver(.progress(.init(tool: reply.pendingTool ?? "agent", percent: nil, text: "working")))
            scheduleFollowUp()
        }
        if case .handoff(let reason) = reply.then, await services.handoffs.record(of: id) == nil { await queue(reason) }
        return message
    }

    /// Shows what follows as it is written; the reply when all of it is there.
    private func written(_ begun: Reply, _ messageID: String) async -> Reply {
        var reply = begun
        guard let rest = reply.rest else { return reply }
        reply.rest = nil
        for await piece in rest {
            reply.take(piece)
            switch piece {
            case .text(let text): for piece in TextPieces.split(text) { deliver(.delta(messageID: messageID, text: piece)) }
            case .progress(let tool, let percent, let text): deliver(.progress(.init(tool: tool, percent: percent, text: text)))
            case .transition(let step): deliver(.agent(from: step.from, to: step.to, reason: step.reason))
            case .then: break
            }
        }
        return reply
    }

    private func remember(_ role: StoredMessage.Role, _ text: String, _ generation: Int, _ traceID: String) {
        guard !text.isEmpty else { return }
        messages.append(StoredMessage(generation: generation, role: role, text: text, at: services.date(), traceID: traceID))
        if messages.count > Self.maximumMessages { messages.removeFirst() }
    }

    /// Asks after a while what became of the tool that is still at work, until its answer is there.
    private func scheduleFollowUp() {
        followUp = Task { [services] in
            guard (try? await services.sleep(services.settings.followUpAfter)) != nil, !Task.isCancelled else { return }
            await lookAfterTool()
        }
    }

    private func lookAfterTool() async {
        guard let conversation, !isOver, !isWorking, !isOnPhone, !Task.isCancelled else { return }
        generation += 1
        let arrived = services.now()
        let reply = await conversation.followUp(generation: generation, channel: .chat, within: services.settings.turnDeadline)
        guard !reply.isStale else { return }
        if reply.isPending { return scheduleFollowUp() }
        deliver(.progress(.init(tool: lastAnswer?.reply.pendingTool ?? "agent", percent: 100, text: "done")))
        _ = await show(reply, generation, replyTo: nil, traceID: UUID().uuidString.lowercased(), since: arrived)
    }

    // MARK: A person

    /// Asks for a person; the states that follow come as events.
    public func handOff(because reason: String?) async throws(ChatError) -> HandoffRecord {
        guard !isOver else { throw Self.ended }
        // A turn of the call would be overtaken by one of ours, and the caller cut off.
        guard !isOnPhone else { throw ChatError(.conflict, "the session is on the phone: ask for a person there") }
        if let record = await services.handoffs.record(of: id) { return record }
        generation += 1
        let conversation = await ready()
        let reply = await conversation.handOff(
            because: reason ?? "asked_for_a_person", generation: generation, channel: .chat, within: services.settings.turnDeadline)
        _ = await show(reply, generation, replyTo: nil, traceID: UUID().uuidString.lowercased(), since: services.now())
        guard let record = await services.handoffs.record(of: id) else { throw ChatError(.busy, "nobody can be asked now") }
        return record
    }

    private func queue(_ reason: String) async {
        deliver(.handoff(.requested))
        do {
            _ = try await services.handoffs.request(session: id, because: reason) { [weak self] in await self?.handoffChanged($0) }
        } catch {
            deliver(.error(ChatError(error)))
            await conversation?.reopen()
        }
    }

    private func handoffChanged(_ record: HandoffRecord) async {
        deliver(.handoff(record.state))
        guard record.state.isFailure || record.state == .ended, let conversation, !isOver else { return }
        await conversation.reopen()
        guard record.state.isFailure else { return }
        generation += 1
        let reply = await conversation.handoffFailed()
        _ = await show(reply, generation, replyTo: nil, traceID: UUID().uuidString.lowercased(), since: services.now())
    }

    // MARK: The phone

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

    /// Writes the session down before anybody has spoken: it is promised to a client.
    func persist() async { _ = await ready().greet() }

    /// The conversation, once somebody has spoken in it or the store knew it.
    public func currentConversation() async -> Conversation? {
        if conversation == nil, stored != nil { return await ready() }
        return conversation
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

    private static let ended = ChatError(.sessionEnded, "the session has ended")
    private static let takenBack = ChatError(.conflict, "the message was taken back")
}

extension ChatEvent.Message {
    init(_ reply: Reply, messageID: String, replyTo: String?, traceID: String, latency: Duration) {
        let next: Next =
            switch reply.then {
            case .listen: .listen
            case .handoff: .handoff
            case .end: .end
            }
        self.init(
            messageID: messageID, role: .assistant, text: reply.text, replyTo: replyTo, agent: reply.agent, intent: reply.decision.intent,
            confidence: reply.decision.confidence, source: reply.isStale ? Self.cancelled : reply.source, latency: latency, traceID: traceID,
            next: next, slots: reply.slots)
    }

    /// What somebody typed, or said on the phone.
    public static func user(_ message: ChatRequest.Message, messageID: String, traceID: String, source: String = "user") -> Self {
        Self(
            messageID: messageID, role: .user, text: message.text, replyTo: message.id, agent: "", intent: "", confidence: 1, source: source,
            latency: .zero, traceID: traceID, next: .listen, slots: [:])
    }

    /// Stands in for the answer to a message that was taken back before anybody looked at it.
    static func cancelled(_ message: ChatRequest.Message, messageID: String) -> Self {
        Self(
            messageID: messageID, role: .assistant, text: "", replyTo: message.id, agent: "", intent: Decision.outOfScope, confidence: 0,
            source: cancelled, latency: .zero, traceID: message.traceID ?? UUID().uuidString.lowercased(), next: .listen, slots: [:])
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
