import Orchestrator
import Synchronization

import struct Foundation.UUID

/// What a person types: taken, answered one after the other, taken back.
extension ChatSession {
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
        if message.id != nil { note(message, from: source) }
        guard !isWorking else { return }
        isWorking = true
        activity.working.store(true, ordering: .releasing)
        Task { await work() }
    }

    static func tooFast(_ settings: ChatSettings, _ wait: Duration) -> ChatError {
        ChatError(.rateLimited, "at most \(settings.messagesPerMinute) messages a minute", retryAfter: wait)
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

    private func announce(after delay: Duration) -> Task<Void, Never> {
        Task {
            guard (try? await services.sleep(delay)) != nil, !Task.isCancelled else { return }
            deliver(.progress(.init(tool: "agent", percent: nil, text: "thinking")))
        }
    }
}
