import Orchestrator

import struct Foundation.UUID

/// What the agent answers, shown as it comes, and what becomes of a tool that is still at work.
extension ChatSession {
    /// As many as the store gives back.
    private static let maximumMessages = 200

    func show(_ reply: Reply, _ mine: Int, replyTo: String?, traceID: String, since arrived: Duration) async -> ChatEvent.Message {
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

    func remember(_ role: StoredMessage.Role, _ text: String, _ generation: Int, _ traceID: String) {
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
}
