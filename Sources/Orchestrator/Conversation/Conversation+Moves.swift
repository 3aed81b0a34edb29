/// Does what the policy read off the decision.
extension Conversation {
    func perform(_ move: DialogueMove, _ turn: inout TurnWork, _ serial: Int) async {
        let confirming = turn.state.confirming
        turn.state.confirming = nil
        if move != .repeatLast { turn.state.hasOfferedMore = false }
        switch move {
        case .answer, .correct, .start, .goOn, .fixedAnswer, .greet, .thanks, .help, .cancel: turn.state.misunderstandings = 0
        default: break
        }
        switch move {
        case .answer(let answers):
            guard var machine = machine(&turn) else { return }
            for answer in answers {
                if turn.state.run?.asking?.name == answer.slot, turn.state.run?.asking?.type == .confirmation {
                    machine.answer(answer.value, to: answer.slot, confidence: turn.confidence)
                } else {
                    machine.offer(answer.value, for: answer.slot, confidence: turn.confidence)
                }
            }
            await walk(&machine, &turn, serial)
        case .correct(let correction):
            guard var machine = machine(&turn) else { return }
            machine.correct(correction.slot, to: correction.value, confidence: turn.confidence)
            await walk(&machine, &turn, serial)
        case .noAnswer(let isPolite):
            if !isPolite { turn.state.patienceLeft -= 1 }
            let isConfirmation = turn.state.run?.asking?.type == .confirmation
            await putAgain(costs: !isPolite, after: isConfirmation ? .confirmAgain : .clarify, &turn, serial)
        case .start(let workflow, _, let entities): await start(workflow, entities, &turn, serial)
        case .confirmIntent(let pending):
            turn.state.confirming = pending
            turn.state.patienceLeft -= 1
            say(.confirmIntent, title: pack.workflow(pending.workflow)?.title ?? "", &turn)
        case .declineIntent:
            turn.state.patienceLeft -= 1
            say(.goOn, &turn)
        case .handoff(let reason): close(&turn, handoff: reason, saying: .handoff)
        case .goodbye:
            // "Anything else?" "No signal."
            if turn.decision.act == .no, takeOver(&turn) { return }
            say(.goodbye, &turn)
            close(&turn, ending: "goodbye")
        case .cancel: cancel(&turn)
        case .repeatLast:
            turn.state.confirming = confirming
            if turn.state.lastText.isEmpty { say(.greetingAgain, &turn) } else { turn.parts.append(turn.state.lastText) }
        case .greet: say(.greetingAgain, &turn)
        case .thanks:
            say(.thanks, &turn)
            turn.state.hasOfferedMore = true
        case .help:
            if turn.state.run?.asking != nil { await putAgain(costs: false, after: nil, &turn, serial) } else { say(.help, &turn) }
        case .goOn: say(.goOn, &turn)
        case .fixedAnswer(let intent):
            turn.parts.append(turn.state.phrasing.fill(pack.intent(intent)?.answer ?? "", in: pack))
        case .notOffered:
            turn.state.patienceLeft -= 1
            say(.notOffered, &turn)
        case .outOfScope:
            if takeOver(&turn) { return }
            guard let answer = turn.directAnswer else { return misunderstood(.outOfScope, &turn) }
            turn.state.misunderstandings = 0
            turn.source += DirectAnswer.mark
            turn.parts.append(answer.text)
            turn.rest = answer
        case .unclear: if !takeOver(&turn) { misunderstood(.notUnderstood, &turn) }
        }
    }

    func putAgain(costs: Bool, after phrase: Phrases.Key?, _ turn: inout TurnWork, _ serial: Int) async {
        guard var machine = machine(&turn) else { return }
        machine.putAgain(costs: costs, after: phrase)
        await walk(&machine, &turn, serial)
    }

    /// The machine of the workflow in hand.
    func machine(_ turn: inout TurnWork) -> WorkflowMachine? {
        guard let run = turn.state.run, let program = programs[run.workflow] else { return nil }
        return WorkflowMachine(
            pack: pack, program: program, formatter: ValueFormatter(currency: pack.currency, now: now()), run: run,
            facts: turn.state.facts,
            phrasing: turn.state.phrasing)
    }

    // MARK: Workflows come and go

    private func start(_ name: String, _ entities: [Entity], _ turn: inout TurnWork, _ serial: Int) async {
        guard let workflow = pack.workflow(name), let program = programs[name] else { return misunderstood(.notOffered, &turn) }
        if let run = turn.state.run {
            if run.asking?.type == .confirmation, turn.decision.act == .no {
                finish(run, .abandoned, &turn)
                turn.state.run = nil
            } else {
                interrupt(run, by: name, &turn)
            }
        }
        if turn.state.run == nil {
            turn.state.ticketsOpened += 1
            let run = WorkflowRun(workflow, session: id, number: turn.state.ticketsOpened)
            turn.state.run = run
            turn.change(ticket: run.ticket, of: name, to: .open)
            turn.events.append(event(.workflowStarted, ["workflow": name]))
        }
        if let agent = workflow.agent { transfer(to: agent, because: "workflow:\(name)", &turn) }
        guard var machine = machine(&turn) else { return }
        for ask in program.asks where machine.run.slots[ask.slot] == nil {
            if let entity = entities.last(where: { $0.type == ask.type.rawValue }) {
                machine.offer(entity.value, for: ask.slot, confidence: turn.confidence)
            }
        }
        await walk(&machine, &turn, serial)
    }

    /// Puts a workflow aside for another one; if that was aside itself, the two change places. There is room for one.
    private func interrupt(_ run: WorkflowRun, by name: String, _ turn: inout TurnWork) {
        let waiting = turn.state.parked
        var aside = run
        aside.asking = nil
        turn.state.parked = aside
        turn.state.run = nil
        turn.events.append(event(.workflowParked, ["workflow": run.workflow]))
        guard let waiting else { return }
        if waiting.workflow == name {
            turn.state.run = waiting
            turn.events.append(event(.workflowResumed, ["workflow": name]))
        } else {
            finish(waiting, .abandoned, &turn)
        }
    }

    /// A workflow is over: its ticket, its event, and what the records keep of it.
    func finish(_ run: WorkflowRun, _ ticket: TicketChange.State, _ turn: inout TurnWork) {
        turn.change(ticket: run.ticket, of: run.workflow, to: ticket)
        turn.slots = run.filled
        let told = ["workflow": run.workflow, "ticket": run.ticket, "slots": run.filledNames]
        switch ticket {
        case .done:
            turn.state.lastWorkflow = run.workflow
            turn.events.append(event(.workflowCompleted, told))
        case .abandoned: turn.events.append(event(.workflowAbandoned, told))
        case .handedOff: turn.events.append(event(.workflowHandedOff, told))
        case .open: break
        }
    }

    private func cancel(_ turn: inout TurnWork) {
        guard let run = turn.state.run else { return takeOver(&turn) ? () : say(.nothingToCancel, &turn) }
        finish(run, .abandoned, &turn)
        turn.state.run = nil
        if let parked = turn.state.parked { finish(parked, .abandoned, &turn) }
        turn.state.parked = nil
        turn.state.hasOfferedMore = true
        say(.cancelled, title: pack.workflow(run.workflow)?.title ?? "", &turn)
    }

    /// - Parameter phrase: `nil` when it was said already.
    func close(_ turn: inout TurnWork, handoff reason: String, saying phrase: Phrases.Key?) {
        let workflow = turn.state.run?.workflow
        let runs = [turn.state.run, turn.state.parked].compactMap { $0 }
        for run in runs { finish(run, .handedOff, &turn) }
        if runs.isEmpty {
            // Whoever takes over finds every caller who was promised a person.
            turn.state.ticketsOpened += 1
            turn.change(ticket: "\(id)-\(turn.state.ticketsOpened)", of: reason, to: .handedOff)
        }
        (turn.state.run, turn.state.parked, turn.state.confirming) = (nil, nil, nil)
        (turn.state.closed, turn.state.handedOver) = (.handoff(reason: reason), workflow)
        turn.isPending = false
        if let phrase { say(phrase, &turn) }
        turn.events.append(event(.handoffRequested, ["reason": reason, "workflow": workflow ?? "none"]))
    }

    func close(_ turn: inout TurnWork, ending reason: String) {
        for run in [turn.state.run, turn.state.parked].compactMap({ $0 }) {
            // What was set going ends by itself; its ticket stays open for whoever looks after it.
            let isAtWork = run.pending.map { jobs[$0.request.idempotencyKey]?.hasSideEffects ?? false } ?? false
            finish(run, isAtWork ? .open : .abandoned, &turn)
        }
        (turn.state.run, turn.state.parked, turn.state.confirming) = (nil, nil, nil)
        turn.isPending = false
        turn.state.closed = .end(reason: reason)
    }

    // MARK: Agents

    /// Hands the caller over, directly or by way of the first agent; where the pack allows neither, the agent stays.
    func transfer(to agent: String, because reason: String, _ turn: inout TurnWork) {
        let began = clock.elapsed()
        guard turn.state.agent != agent else { return }
        var path = pack.path(from: turn.state.agent, to: agent)
        if !path.isEmpty { path[0] = turn.state.agent }
        for (from, to) in zip(path, path.dropFirst()) {
            let handover = AgentHandover(from: from, to: to, reason: reason, duration: clock.elapsed() - began, context: turn.state.context)
            turn.note(handover, event(.agentTransition, handover.attributes))
        }
    }
}
