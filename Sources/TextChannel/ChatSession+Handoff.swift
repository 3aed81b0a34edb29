public import Orchestrator

import struct Foundation.UUID

/// The way to a person.
extension ChatSession {
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

    func queue(_ reason: String) async {
        let summary = await conversation?.handoffSummary(because: reason).text ?? ""
        guard !isOver else { return }
        deliver(.handoff(.requested))
        do {
            _ = try await services.handoffs.request(session: id, because: reason, summary: summary) { [weak self] in await self?.handoffChanged($0) }
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
}
