/// From what the caller said to what is done about it.
extension Conversation {
    /// Fills the turn in; the caller checks afterwards whether it still counts.
    func take(_ input: Input, into turn: inout TurnWork, _ serial: Int) async {
        let wasPending = turn.state.run?.pending != nil
        if wasPending {
            await settlePending(&turn, serial, isPatient: { if case .followUp = input { true } else { false } }())
            guard isCurrent(serial) else { return }
        }
        if case .handoff(let reason, _) = input, turn.state.closed == nil { close(&turn, handoff: reason, saying: .handoff) }
        guard case .user(let user) = input else { return }
        turn.state.turnsLeft -= 1
        turn.state.evidence.observe(turn: user.text, rules: pack.qualification)
        if turn.state.closed == nil { await hear(user, wasPending, &turn, serial) }
        guard isCurrent(serial), turn.state.closed == nil else { return }
        if turn.state.turnsLeft <= 0 || turn.state.patienceLeft <= 0 {
            (turn.parts, turn.rest) = ([], nil)
            close(
                &turn, handoff: turn.state.turnsLeft <= 0 ? "turns_exhausted" : "patience_exhausted", saying: .handoffAfterTrouble)
        }
    }

    private func hear(_ user: UserTurn, _ wasPending: Bool, _ turn: inout TurnWork, _ serial: Int) async {
        let text = user.text.trimmingPrefix(while: \.isWhitespace)
        let isSilent = text.allSatisfy(\.isWhitespace)
        if !isSilent || user.isUnintelligible { turn.state.silences = 0 }
        if wasPending, isSilent || user.isUnintelligible {
            if turn.isPending { say(.stillWorking, &turn) }
            return
        }
        if user.isUnintelligible { return await unintelligible(&turn, serial) }
        if isSilent { return await silence(&turn, serial) }
        if await askRemote(user, &turn, serial) { return }
        guard isCurrent(serial) else { return }

        if user.isKeypad {
            turn.source = "keypad"
            turn.decisionTime = clock.elapsed() - turn.arrived
            guard let decision = KeypadReader.decide(user.text, expecting: turn.state.expecting) else {
                return wasPending ? () : await unintelligible(&turn, serial)
            }
            turn.decision = decision
        } else {
            guard let (advice, engine) = await advice(on: user.text, turn) else {
                guard isCurrent(serial) else { return }
                return wasPending ? noteStillWorking(&turn) : fallBack(&turn)
            }
            (turn.decision, turn.source, turn.decisionTime) = (advice.decision, engine, clock.elapsed() - turn.arrived)
            turn.promptVersion = advice.promptVersion
            decided(engine, turn.decisionTime)
            if mayAnswerDirectly() { turn.directAnswer = OwnWords(advice, for: turn.channel, patience: timing.betweenClauses) }
            if turn.directAnswer == nil, let words = advice.answer, PromisedDeeds.stand(in: words) {
                emit(.decisionRejected, ["engine": engine, "reason": Self.claimedDeed])
            }
        }
        guard isCurrent(serial) else { return }
        if pack.intent(turn.decision.intent) != nil, turn.decision.confidence >= pack.limits.confirmBelow {
            turn.state.evidence.observe(intent: turn.decision.intent)
        }
        let program = turn.state.run.flatMap { programs[$0.workflow] }
        let move = DialoguePolicy(pack: pack, state: turn.state, program: program).move(for: turn.decision, text: user.text)
        guard wasPending else { return await perform(move, &turn, serial) }
        // What was said belongs to the time before the outcome: only a clear wish counts, no answer to a question not yet heard.
        switch move {
        case .handoff: await perform(move, &turn, serial)
        case .goodbye where turn.decision.act == .goodbye: await perform(move, &turn, serial)
        case .start where turn.state.run == nil: await perform(move, &turn, serial)
        default: noteStillWorking(&turn)
        }
    }

    private func noteStillWorking(_ turn: inout TurnWork) {
        if turn.isPending { say(.stillWorking, &turn) }
    }

    /// Asks the engines in order, each for a part of the time left, until one gives advice that holds.
    private func advice(on text: String, _ turn: TurnWork) async -> (Advice, String)? {
        var context = UnderstandingContext(expecting: turn.state.expecting, workflow: turn.state.run?.workflow, now: now())
        (context.session, context.agent, context.channel) = (id, turn.state.agent, turn.channel)
        (context.history, context.mayAnswer) = (history, mayAnswerDirectly())
        // Whether a caller said yes to a deed is for our own understanding alone: a model that lies would do it.
        let isConsent = context.expecting?.type == .confirmation
        for (index, engine) in understanders.enumerated() where !isConsent || index == understanders.count - 1 {
            let time = clock.elapsed()
            guard turn.deadline > time, !Task.isCancelled else { break }
            guard outstanding.count(engine.name) < timing.maximumHanging else {
                emit(.engineFailed, ["engine": engine.name, "reason": "busy"])
                continue
            }
            let outstanding = self.outstanding
            // The last one, which always answers, has all that is left but for the writing.
            let left = turn.deadline - time
            context.remaining = index == understanders.count - 1 ? max(left * timing.share, left - timing.storeGrace) : engineShare(of: left)
            let outcome = await BoundedWait.run(until: time + context.remaining, on: clock) { [context] in
                try await outstanding.counting(engine.name) { try await engine.advise(text, in: context) }
            }
            switch outcome {
            case .value(let advice):
                let said = index == understanders.count - 1 ? nil : text
                guard let rejection = validator.rejection(of: advice.decision, in: context, said: said) else { return (advice, engine.name) }
                emit(.decisionRejected, ["engine": engine.name, "reason": rejection.rawValue])
            case .failed(let error):
                emit(.engineFailed, ["engine": engine.name, "reason": (error as? ModelError)?.code.rawValue ?? "failed"])
            case .timedOut: emit(.engineFailed, ["engine": engine.name, "reason": "timed_out"])
            case .cancelled: return nil
            }
        }
        return nil
    }

    /// What one engine may take of the time that is left: something is left for the last.
    func engineShare(of left: Duration) -> Duration { max(.zero, min(left * timing.share, left - timing.lastShare)) }

    // MARK: Trouble

    private func fallBack(_ turn: inout TurnWork) {
        turn.source = Reply.fallback
        turn.decisionTime = clock.elapsed() - turn.arrived
        decided(turn.source, turn.decisionTime)
        turn.events.append(event(.decisionFallback))
        misunderstood(.fallback, &turn)
    }

    /// A step up the ladder: the phrase, the phrase with options, a person.
    func misunderstood(_ phrase: Phrases.Key, _ turn: inout TurnWork) {
        turn.state.misunderstandings += 1
        turn.state.patienceLeft -= 1
        guard turn.state.misunderstandings < pack.limits.misunderstandingsInARow else {
            return close(&turn, handoff: "not_understood", saying: .handoffAfterTrouble)
        }
        say(phrase == .notUnderstood && turn.state.misunderstandings > 1 ? .notUnderstoodOptions : phrase, &turn)
    }

    private func unintelligible(_ turn: inout TurnWork, _ serial: Int) async {
        if turn.state.run?.asking != nil, turn.state.confirming == nil {
            return await perform(.noAnswer(isPolite: false), &turn, serial)
        }
        misunderstood(.notUnderstood, &turn)
    }

    private func silence(_ turn: inout TurnWork, _ serial: Int) async {
        turn.state.silences += 1
        guard turn.state.silences < pack.limits.silencesInARow else {
            say(.silenceGoodbye, &turn)
            return close(&turn, ending: "silence")
        }
        if turn.state.run?.asking != nil, turn.state.confirming == nil {
            say(.silenceFirst, &turn)
            await putAgain(costs: false, after: nil, &turn, serial)
        } else {
            say(turn.state.silences == 1 ? .silenceFirst : .silenceSecond, &turn)
        }
    }

    func say(_ key: Phrases.Key, title: String = "", _ turn: inout TurnWork) {
        turn.parts.append(turn.state.phrasing.phrase(key, in: pack, title: title))
    }

    func event(_ event: ConversationEvent, _ attributes: [String: String] = [:]) -> LifecycleEvent {
        LifecycleEvent(event.rawValue, subject: id, attributes)
    }

    // MARK: The end of a turn

    /// Writes the turn, takes it over and makes the reply. From here on nothing supersedes it.
    func conclude(_ turn: inout TurnWork) async -> Reply {
        if turn.slots.isEmpty { turn.slots = turn.state.run?.filled ?? [:] }
        let qualification = turn.state.evidence.qualification(pack.qualification)
        if !turn.replyText.isEmpty { turn.state.lastText = turn.replyText }
        // The ticket of a hand-over without a workflow names its reason instead.
        let workflow = turn.state.run?.workflow ?? turn.tickets.last?.workflow
        if turn.decision.workflow == nil, let workflow, programs[workflow] != nil { turn.decision.workflow = workflow }

        var commit = turn.commit(session: id, at: now(), facts: unsavedFacts)
        commit.snapshot = ConversationSnapshot(state: turn.state, revision: domain.revision).text
        let time = clock.elapsed()
        let limit = max(min(turn.deadline, time + timing.storeWait), time + timing.storeGrace)
        let state = turn.state
        let events = turn.events
        let writing = Task { [commit] in
            let isSaved = await self.write(commit, until: limit)
            self.takeOver(state, commit, isSaved: isSaved, events: events)
        }
        committing = writing
        await writing.value
        var told = [
            "intent": turn.decision.intent, "action": turn.decision.nextAction.rawValue, "source": turn.source, "agent": turn.state.agent,
            "act": turn.decision.act?.rawValue ?? "none",
        ]
        told["prompt"] = turn.promptVersion
        emit(.turnCompleted, told)
        var reply = Reply(
            text: turn.replyText, decision: turn.decision, source: turn.source, agent: turn.state.agent,
            then: turn.state.closed ?? .listen(turn.state.expecting), qualification: qualification.score, slots: turn.slots,
            decisionTime: turn.decisionTime)
        reply.isPending = turn.isPending
        reply.pendingTool = turn.state.run?.pending?.request.tool
        reply.transitions = turn.transitions
        reply.ticket = turn.tickets.last
        // Whoever took the turn back, or ended the conversation, while it was written wants no more of it.
        if let rest = turn.rest, rest.next != nil, committed == turn.generation, state.closed == nil, !Task.isCancelled {
            (reply.rest, reply.longestText) = (startWriting(rest, after: commit), rest.shaper.limits.characters)
        }
        return reply
    }

    private func takeOver(_ state: ConversationState, _ commit: TurnCommit, isSaved: Bool, events: [LifecycleEvent]) {
        let closed = self.state.closed
        self.state = state
        if let closed { self.state.closed = closed }  // ended while it was being written
        committed = commit.generation
        committing = nil
        launched = nil
        unsavedFacts = isSaved ? [] : unsavedFacts.union(commit.facts.map(\.key))
        remember(Exchange(user: commit.userText, reply: commit.replyText, heard: commit.replyText))
        // Calls that are over are told; only a workflow that is still on may meet their keys again.
        let tickets = [state.run, state.parked].compactMap(\.?.ticket)
        jobs = jobs.filter { key, job in job.ending == nil || tickets.contains { key.hasPrefix("\($0)/") } }
        for event in events { self.events.emit(event) }
    }
}
