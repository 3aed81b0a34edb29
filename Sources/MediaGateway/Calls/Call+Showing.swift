import Orchestrator
import Persistence
import StreamingPipeline
import TextChannel

extension Call {
    /// Beside the voice, and on the chat that the caller has joined.
    func show(_ line: CallLine) {
        leg?.show(line)
        joined?.show(line)
    }

    /// Text beside the voice: each clause when it goes to the voice, the whole reply behind the last one.
    func showClause(_ clause: Int) {
        guard let reply = playing, clause >= reply.shownClauses else { return }
        playing?.shownClauses = clause + 1
        show(.delta(turn: reply.generation, text: (clause == 0 ? "" : " ") + reply.clauses[clause]))
        if clause + 1 == reply.clauses.count, !reply.isOpen { showWhole() }
    }

    /// Once a reply: also of one that is cut off, whose text was decided all the same.
    func showWhole() {
        guard let reply = playing, !reply.isShown else { return }
        playing?.isShown = true
        let answer = reply.reply
        show(
            .message(
                CallLine.Message(
                    turn: reply.generation, replyTo: reply.names.id, text: answer.text, agent: answer.agent, intent: answer.decision.intent,
                    confidence: answer.decision.confidence, source: answer.source, latency: answer.decisionTime, traceID: reply.names.traceID)))
    }

    func showLatency(_ reply: ReplyInProgress) {
        guard reply.times != nil else { return }
        show(.latency(turn: reply.generation, reply.stages))
    }

    // MARK: What the caller types

    /// A typed message in the middle of the call is a turn of it: whatever is being said stops, and the answer is spoken and shown.
    /// - Parameter device: of the joined chat, on which it was typed.
    /// - Returns: why it was not taken.
    func typed(_ message: ChatRequest.Message, on device: ObjectIdentifier? = nil) -> ChatError? {
        guard state != .ended, !isClosing, message.text.contains(where: { !$0.isWhitespace }) else { return nil }
        if let wait = typing.take(now: now) {
            services.metrics.refused("typed_rate_limited")
            return ChatError(.rateLimited, "at most \(services.settings.typedPerMinute) typed messages a minute", retryAfter: wait)
        }
        if let code = SpokenCode.digits(in: message.text), join(code: code) { return nil }
        forgetSpeech()
        ear?.cancel()
        var times = TurnTimes(lastVoiced: now, endpoint: now)
        times.sttFinal = now
        callerSpoke()
        let names = TurnNames(traceID: message.traceID, id: message.id, device: device)
        answer((message.text, 1), times: times, names: names) { [text = message.text] conversation, turn in
            await conversation.respond(to: UserTurn(text, channel: .chat, generation: turn.generation), within: turn.deadline)
        }
        return nil
    }

    /// The caller wants to hear no more of this reply, or none at all if it is still being thought of.
    func cancelReply() {
        guard state != .ended, !isClosing else { return }
        if playing != nil {
            interrupt()
        } else if state == .answering {
            generation += 1
            cutOff = ""
            state = .listening
        }
        if hearing == nil, state == .listening { quietSince = now }
    }
}
