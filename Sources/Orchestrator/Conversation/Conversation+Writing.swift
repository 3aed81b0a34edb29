/// Replies whose beginning is with the channel while the rest is being written.
///
/// The turn is committed with the beginning, so that nothing has to wait for the end. What follows is collected here; when it ends, or the
/// caller takes the floor, the turn is completed with as much as there is.
extension Conversation {
    /// A reply in the making.
    struct Writing {
        let serial: Int
        let generation: Int, channel: Channel
        /// Of the turn that it completes.
        let commit: TurnCommit
        /// All of the reply so far.
        var text: String
        var transitions: [AgentHandover] = []
        /// What it ends with, if with anything.
        var ending: Ending?
        let channelEnd: AsyncStream<ReplyPiece>.Continuation
        var task: Task<Void, Never>?

        enum Ending { case handoff(String), end(String) }
    }

    /// Lets the channel hear what follows `commit`'s reply.
    func startWriting(_ rest: OwnWords, after commit: TurnCommit) -> Remainder<ReplyPiece> {
        let (stream, continuation) = AsyncStream.makeStream(of: ReplyPiece.self)
        writings += 1
        let serial = writings
        writing = Writing(
            serial: serial, generation: commit.generation, channel: commit.channel, commit: commit, text: commit.replyText, channelEnd: continuation)
        let task = Task { await self.write(rest, serial) }
        continuation.onTermination = { end in if case .cancelled = end { task.cancel() } }
        writing?.task = task
        return Remainder(stream)
    }

    private func write(_ rest: OwnWords, _ serial: Int) async {
        var shaper = rest.shaper
        let end = clock.elapsed() + timing.longestReply
        while writing?.serial == serial, rest.hasMoves || !shaper.isFull, let next = rest.next {
            let limit = min(end, clock.elapsed() + rest.patience)
            let event = await BoundedWait.run(until: limit, on: clock, late: rest.late) { await next() }
            guard writing?.serial == serial, case .value(let event?) = event, !take(event, &shaper, isRemote: rest.hasMoves) else { break }
        }
        if writing?.serial == serial { endWriting() }
    }

    /// Of ``ConversationEvent/decisionRejected``: a model says that something was done, or what it costs.
    static let claimedDeed = "claims_a_deed"

    /// - Returns: whether it was the last one.
    private func take(_ event: RemoteEvent, _ shaper: inout AnswerShaper, isRemote: Bool) -> Bool {
        switch event {
        case .text(let words):
            guard let further = shaper.take(words) else { break }
            if !isRemote, PromisedDeeds.stand(in: further) {
                emit(.decisionRejected, ["engine": writing?.commit.source ?? "", "reason": Self.claimedDeed])
                return true
            }
            writing?.text += further
            if let writing, writing.generation == committed { rememberReply(writing.text) }
            writing?.channelEnd.yield(.text(further))
        case .progress(let tool, let percent, let text): writing?.channelEnd.yield(.progress(tool: tool, percent: percent, text: text))
        case .transition(let to, let reason):
            guard writing?.transitions.count ?? 0 < RemoteBeginning.maximumTransitions,
                let step = handover(to: to, because: reason, from: writing?.transitions.last?.to ?? state.agent)
            else { break }
            writing?.transitions.append(step)
            writing?.channelEnd.yield(.transition(step))
        case .handoff(let reason):
            writing?.ending = .handoff(reason)
            return true
        case .end(let reason):
            writing?.ending = .end(reason)
            return true
        }
        return false
    }

    /// The reply is what there is of it now: it was written to its end, or nobody listens any more. The turn is completed in the store, which
    /// nothing waits for.
    func endWriting() {
        guard let done = writing else { return }
        writing = nil
        done.task?.cancel()
        defer { done.channelEnd.finish() }
        // Ended meanwhile, or nothing has come.
        guard done.generation == committed, state.closed == nil, done.text != done.commit.replyText || !done.transitions.isEmpty || done.ending != nil
        else { return }
        var turn = TurnWork(
            generation: done.generation, channel: done.channel, text: "", confidence: 1, traceID: nil, arrived: .zero, deadline: .zero, state: state)
        for step in done.transitions { turn.note(step, event(.agentTransition, step.attributes)) }
        switch done.ending {
        case .handoff(let reason): close(&turn, handoff: Self.recordable(reason), saying: nil)
        case .end(let reason): close(&turn, ending: Self.recordable(reason))
        case nil: break
        }
        turn.state.lastText = done.text
        state = turn.state
        for event in turn.events { events.emit(event) }
        if let closed = state.closed { done.channelEnd.yield(.then(closed)) }

        var commit = turn.commit(session: id, at: now(), facts: [])
        commit.isCompletion = true
        (commit.userText, commit.replyText, commit.decision, commit.source) = (done.commit.userText, done.text, done.commit.decision, done.commit.source)
        commit.traceID = done.commit.traceID
        commit.snapshot = ConversationSnapshot(state: state, revision: domain.revision).text
        let before = completing, limit = clock.elapsed() + timing.storeWait
        completing = Task { [commit] in
            await before?.value
            _ = await self.write(commit, until: limit)
        }
    }
}
