/// Turns that the operator's own agent answers.
extension Conversation {
    /// Lets the operator's agent answer. While a workflow of ours is in hand, which it was not there for, that goes on.
    /// - Returns: whether it has; otherwise the next one is asked.
    func askRemote(_ user: UserTurn, _ turn: inout TurnWork, _ serial: Int) async -> Bool {
        guard let remote, turn.state.run == nil, turn.state.confirming == nil else { return false }
        guard outstanding.count(remote.name) < timing.maximumHanging else {
            emit(.engineFailed, ["engine": remote.name, "reason": "busy"])
            return false
        }
        let time = clock.elapsed()
        let share = engineShare(of: turn.deadline - time)
        let question = remoteTurn(user, turn)
        let (outstanding, channel, patience) = (self.outstanding, turn.channel, timing.betweenRemoteEvents)
        let working = turn.state.phrasing.phrase(.working, in: pack)
        let failed: @Sendable (any Error) -> Void = { [events, id] error in
            let reason = (error as? ModelError)?.code.rawValue ?? "failed"
            events.emit(LifecycleEvent(ConversationEvent.engineFailed.rawValue, subject: id, ["engine": remote.name, "reason": reason, "phase": "reply"]))
        }
        let outcome = await BoundedWait.run(until: time + share, on: clock) {
            try await outstanding.counting(remote.name) {
                // It has to be able to say itself that it is late: whoever is merely let go is not to blame.
                let reader = RemoteClauses(try await remote.respond(to: question, within: share - Self.remoteMargin))
                let beginning = try await RemoteBeginning(of: reader, for: channel, patience: patience, working: working, failed: failed)
                guard beginning.words != nil || beginning.ending != nil else { throw ModelError(.malformed, engine: remote.name, "an answer without words") }
                return beginning
            }
        }
        guard isCurrent(serial) else { return false }
        switch outcome {
        case .value(let beginning):
            take(beginning, from: remote.name, &turn)
            return true
        case .failed(let error): emit(.engineFailed, ["engine": remote.name, "reason": (error as? ModelError)?.code.rawValue ?? "failed"])
        case .timedOut: emit(.engineFailed, ["engine": remote.name, "reason": "timed_out"])
        case .cancelled: break
        }
        return false
    }

    /// Left of its share when its beginning must be there.
    private static let remoteMargin = Duration.milliseconds(40)

    /// A reason that goes into events, tables and webhooks, none of which may hold what somebody said: a name, or `remote` instead of a text.
    static func recordable(_ reason: String) -> String {
        let isName =
            (1...64).contains(reason.utf8.count)
            && reason.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "_.:-".utf8.contains($0)
            }
        return isName ? reason : "remote"
    }

    private func remoteTurn(_ user: UserTurn, _ turn: TurnWork) -> RemoteTurn {
        var question = RemoteTurn(
            session: id, generation: turn.generation, channel: turn.channel, agent: turn.state.agent, text: user.text, confidence: user.confidence)
        question.isKeypad = user.isKeypad
        (question.facts, question.history) = (facts, history)
        return question
    }

    private func take(_ beginning: RemoteBeginning, from name: String, _ turn: inout TurnWork) {
        (turn.source, turn.decisionTime) = (name, clock.elapsed() - turn.arrived)
        decided(name, turn.decisionTime)
        turn.decision = Decision(intent: Decision.outOfScope, confidence: 1, nextAction: .answer)
        turn.state.misunderstandings = 0
        for (to, reason) in beginning.transitions {
            guard let step = handover(to: to, because: reason, from: turn.state.agent) else { continue }
            turn.note(step, event(.agentTransition, step.attributes))
        }
        turn.rest = beginning.words
        if let text = beginning.words?.text { turn.parts.append(text) }
        switch beginning.ending {
        case .handoff(let reason):
            turn.decision.nextAction = .handoff
            close(&turn, handoff: Self.recordable(reason), saying: .handoff)
        case .end(let reason):
            turn.decision.nextAction = .end
            say(.goodbye, &turn)
            close(&turn, ending: Self.recordable(reason))
        default: break
        }
    }

    /// A hand-over that the operator's agent tells of. Its agents may be none of ours; ours pass on only to whom the pack allows.
    func handover(to: String, because reason: String, from: String) -> AgentHandover? {
        let ours = pack.agents.first { $0.name == from }
        let mayPass = ours?.handsOverTo.contains(to) ?? true || !pack.agents.contains { $0.name == to }
        guard to != from, mayPass else { return nil }
        return AgentHandover(from: from, to: to, reason: Self.recordable(reason), duration: .zero, context: state.context)
    }
}
