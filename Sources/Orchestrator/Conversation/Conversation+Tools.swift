/// Walks workflows, and makes the calls that they want.
extension Conversation {
    /// Drives a workflow until it asks, ends, or has to wait for a tool beyond this turn.
    func walk(_ machine: inout WorkflowMachine, _ turn: inout TurnWork, _ serial: Int) async {
        while true {
            switch machine.next() {
            case .call(let request, let working):
                machine.run.pending = .init(request: request, working: working)
                let outcome = await outcome(of: request, in: machine.run, until: toolDeadline(turn))
                guard isCurrent(serial) else { return }
                guard let outcome else {
                    keep(machine, &turn)
                    turn.isPending = true
                    turn.events.append(event(.toolPending, ["tool": request.tool]))
                    if let working { turn.parts.append(turn.state.phrasing.fill(working, in: pack)) } else { say(.working, &turn) }
                    return
                }
                take(outcome, of: request, &machine, &turn)
            case .ask:
                return keep(machine, &turn)
            case .finished(let ending):
                keep(machine, &turn)
                guard await leave(ending, &machine, &turn) else { return }
            }
        }
    }

    /// A workflow has come to its end.
    /// - Returns: true when one that was put aside goes on in `machine`.
    private func leave(_ ending: WorkflowMachine.Ending, _ machine: inout WorkflowMachine, _ turn: inout TurnWork) async -> Bool {
        switch ending {
        case .done: finish(machine.run, .done, &turn)
        case .abandoned: finish(machine.run, .abandoned, &turn)
        case .handoff(let reason):
            let isTrouble = reason == "attempts_exhausted" || reason == "questions_exhausted"
            close(&turn, handoff: reason, saying: isTrouble ? .handoffAfterTrouble : .handoff)
            return false
        }
        turn.state.run = turn.state.parked
        turn.state.parked = nil
        guard let resumed = turn.state.run.flatMap({ pack.workflow($0.workflow) }) else {
            turn.state.hasOfferedMore = true
            say(.anythingElse, &turn)
            return false
        }
        if let agent = resumed.agent { transfer(to: agent, because: "workflow:\(resumed.name)", &turn) }
        say(.resume, title: resumed.title, &turn)
        guard let next = self.machine(&turn) else { return false }
        turn.events.append(event(.workflowResumed, ["workflow": resumed.name]))
        machine = next
        return true
    }

    /// Copies what the walk changed into the turn.
    private func keep(_ machine: WorkflowMachine, _ turn: inout TurnWork) {
        turn.parts += machine.said
        turn.state.run = machine.run
        turn.state.phrasing = machine.phrasing
        turn.state.facts = machine.facts
        turn.changedFacts.formUnion(machine.changedFacts)
        for (name, slot) in machine.run.slots where slot.isAccepted {
            turn.set(Fact(key: name, value: slot.value, kind: .volatile, source: slot.source, confidence: slot.confidence))
        }
        turn.slots = machine.run.filled
        turn.state.evidence.observe(slots: machine.run.filled)
        turn.state.evidence.observe(rules: pack.qualification, lookup: machine.lookup)
    }

    // MARK: Calls

    /// What is left for tools: the store needs its part.
    private func toolDeadline(_ turn: TurnWork) -> Duration {
        turn.deadline - min(.milliseconds(150), (turn.deadline - turn.arrived) * 0.15)
    }

    /// Looks for the call that the last turn left at work, and goes on with its outcome.
    func settlePending(_ turn: inout TurnWork, _ serial: Int, isPatient: Bool) async {
        guard let pending = turn.state.run?.pending, var machine = machine(&turn) else { return }
        let time = clock.elapsed()
        let end = toolDeadline(turn)
        let limit = isPatient ? end : time + (end - time) * timing.share
        let outcome = await outcome(of: pending.request, in: machine.run, until: limit)
        guard isCurrent(serial) else { return }
        guard let outcome else {
            turn.isPending = true
            if isPatient { say(.stillWorking, &turn) }
            return
        }
        take(outcome, of: pending.request, &machine, &turn)
        await walk(&machine, &turn, serial)
    }

    private func take(_ outcome: ToolOutcome, of request: ToolRequest, _ machine: inout WorkflowMachine, _ turn: inout TurnWork) {
        if let record = jobs[request.idempotencyKey]?.record,
            !turn.records.contains(where: { $0.idempotencyKey == record.idempotencyKey })
        {
            turn.records.append(record)
            turn.events.append(event(.toolCompleted, ["tool": request.tool, "outcome": record.outcome.rawValue]))
        }
        machine.finish(request, with: outcome)
    }

    /// Makes the call, or joins it where it was made already: a key is run once.
    /// - Returns: `nil` when it is still at work at the limit.
    private func outcome(of request: ToolRequest, in run: WorkflowRun, until limit: Duration) async -> ToolOutcome? {
        guard let job = job(for: request, in: run) else { return .failed(.failed) }
        if job.ending == nil {
            _ = await BoundedWait.run(until: min(limit, job.expires), on: clock, cancelsWork: false) { await job.wait() }
        }
        let time = clock.elapsed()
        if job.ending == nil, time >= job.expires {
            // Nobody knows what became of a side effect that does not come back: a person has to look.
            job.end(.failed(job.hasSideEffects ? .abandoned : .timedOut), at: time)
            job.cancel()
        }
        return job.ending?.outcome
    }

    private func job(for request: ToolRequest, in run: WorkflowRun) -> ToolJob? {
        if let job = jobs[request.idempotencyKey] { return job }
        guard let tool = tools[request.tool] else { return nil }
        let definition = pack.tool(request.tool)
        let hasSideEffects = tool.hasSideEffects || definition?.hasSideEffects ?? false
        let job = ToolJob(
            tool, request, hasSideEffects: hasSideEffects, timeout: definition?.timeout ?? .seconds(10), clock: clock)
        jobs[request.idempotencyKey] = job
        if hasSideEffects { launched = run }
        return job
    }
}
