/// What a turn does. Read off a validated decision and the state; nothing is done here.
enum DialogueMove: Sendable, Equatable {
    /// Values for the open question (first) and for other slots.
    case answer([SlotAnswer])
    /// Another value for a slot that was filled.
    case correct(SlotAnswer)
    case start(workflow: String, intent: String, entities: [Entity])
    case confirmIntent(ConversationState.PendingIntent)
    /// The intent that was asked about is not what the caller wants.
    case declineIntent
    case handoff(reason: String)
    case goodbye
    case cancel
    case repeatLast
    case greet, thanks, help
    /// Yes to the offer of more help.
    case goOn
    case fixedAnswer(intent: String)
    case notOffered(intent: String)
    case outOfScope
    /// A yes or no to nothing.
    case unclear
    /// The open question got no answer; a polite word (`isPolite`) does not count as an attempt.
    case noAnswer(isPolite: Bool)

    struct SlotAnswer: Sendable, Equatable {
        var slot: String
        var value: String
    }
}

/// Reads a move off a decision. The order of the checks is the policy:
/// an answer to the open question, then a wish to get out of it, a correction, another wish, and politeness last.
struct DialoguePolicy {
    let pack: DomainPack
    let state: ConversationState
    /// The program of `state.run`.
    let program: WorkflowProgram?

    func move(for decision: Decision, text: String) -> DialogueMove {
        if decision.act == .person { return .handoff(reason: "asked_for_a_person") }
        if let pending = state.confirming, let move = confirmation(of: pending, decision) { return move }
        if let run = state.run, let asking = run.asking, let program { return open(asking, run, program, decision, text) }
        return idle(decision)
    }

    // MARK: A question is open

    private func open(
        _ asking: ExpectedSlot, _ run: WorkflowRun, _ program: WorkflowProgram, _ decision: Decision, _ text: String
    ) -> DialogueMove {
        let other = wish(decision, outside: run)
        if asking.type == .confirmation {
            if let correction = correction(decision, run, program) { return .correct(correction) }
            if let answer = yesOrNo(decision) {
                // "No, how much data do I have?" leaves the read-back for another wish; a yes is a yes.
                if answer == "no", let other { return other }
                return .answer([.init(slot: asking.name, value: answer)])
            }
        } else {
            let answers = answers(to: asking, run, program, decision)
            if answers.first?.slot == asking.name { return .answer(answers) }
        }
        if decision.act == .goodbye { return .goodbye }
        if let other { return other }
        if decision.act == .cancel { return .cancel }
        if asking.type == .text, decision.act == nil, SlotForm.accepts(text, as: .text) {
            return .answer([.init(slot: asking.name, value: text)])
        }
        if asking.type != .confirmation, let correction = correction(decision, run, program) { return .correct(correction) }
        switch decision.act {
        case .repeatPlease: return .repeatLast
        case .help: return .help
        case .thanks, .greeting: return .noAnswer(isPolite: true)
        default: return .noAnswer(isPolite: false)
        }
    }

    private func answers(
        to asking: ExpectedSlot, _ run: WorkflowRun, _ program: WorkflowProgram, _ decision: Decision
    ) -> [DialogueMove.SlotAnswer] {
        var answers: [DialogueMove.SlotAnswer] = []
        if let value = values(of: asking.type, decision.entities).last { answers.append(.init(slot: asking.name, value: value)) }
        for ask in program.asks where ask.slot != asking.name && ask.type != asking.type && run.slots[ask.slot] == nil {
            if let value = values(of: ask.type, decision.entities).last { answers.append(.init(slot: ask.slot, value: value)) }
        }
        return answers
    }

    /// The last entity whose type is that of a filled slot, and whose value is another.
    private func correction(_ decision: Decision, _ run: WorkflowRun, _ program: WorkflowProgram) -> DialogueMove.SlotAnswer? {
        for ask in program.asks.reversed() {
            guard let filled = run.slots[ask.slot], filled.isAccepted,
                let value = values(of: ask.type, decision.entities).last(where: { $0 != filled.value })
            else { continue }
            return .init(slot: ask.slot, value: value)
        }
        return nil
    }

    /// A number that is long enough may be the phone number that was asked for.
    private func values(of type: SlotType, _ entities: [Entity]) -> [String] {
        entities.filter { entity in
            entity.type == type.rawValue
                || (type == .phone && entity.type == SlotType.number.rawValue && SlotForm.accepts(entity.value, as: .phone))
        }.map(\.value)
    }

    private func yesOrNo(_ decision: Decision) -> String? {
        if decision.act == .yes { return "yes" }
        if decision.act == .no { return "no" }
        return decision.entities.last { $0.type == SlotType.confirmation.rawValue }?.value
    }

    /// Another wish than the workflow in hand, if it is said clearly enough to interrupt it.
    private func wish(_ decision: Decision, outside run: WorkflowRun) -> DialogueMove? {
        guard decision.confidence >= pack.limits.interruptAbove, let intent = pack.intent(decision.intent) else { return nil }
        if intent.handoff || decision.nextAction == .handoff { return .handoff(reason: "intent:\(intent.name)") }
        guard let workflow = decision.workflow ?? intent.workflow, workflow != run.workflow else { return nil }
        return .start(workflow: workflow, intent: intent.name, entities: decision.entities)
    }

    private func confirmation(of pending: ConversationState.PendingIntent, _ decision: Decision) -> DialogueMove? {
        let isOther = pack.intent(decision.intent) != nil && decision.intent != pending.intent
        guard !isOther else { return nil }
        switch yesOrNo(decision) {
        case "yes":
            return .start(workflow: pending.workflow, intent: pending.intent, entities: pending.entities + decision.entities)
        case "no": return .declineIntent
        default: break
        }
        // Said again, it is meant.
        guard decision.intent == pending.intent else { return nil }
        return .start(workflow: pending.workflow, intent: pending.intent, entities: pending.entities + decision.entities)
    }

    // MARK: The floor is open

    private func idle(_ decision: Decision) -> DialogueMove {
        if let intent = pack.intent(decision.intent) {
            if decision.act == .goodbye, decision.confidence < pack.limits.interruptAbove { return .goodbye }
            if intent.handoff || decision.nextAction == .handoff { return .handoff(reason: "intent:\(intent.name)") }
            if let workflow = decision.workflow ?? intent.workflow {
                if decision.confidence < pack.limits.confirmBelow || decision.nextAction == .clarify {
                    return .confirmIntent(.init(intent: intent.name, workflow: workflow, entities: decision.entities))
                }
                return .start(workflow: workflow, intent: intent.name, entities: decision.entities)
            }
            return intent.answer == nil ? .notOffered(intent: intent.name) : .fixedAnswer(intent: intent.name)
        }
        if let workflow = followUp(decision) {
            return .start(workflow: workflow, intent: decision.intent, entities: decision.entities)
        }
        switch decision.act {
        case .goodbye: return .goodbye
        case .cancel: return .cancel
        case .repeatPlease: return .repeatLast
        case .help: return .help
        case .thanks: return .thanks
        case .greeting: return .greet
        case .yes where state.hasOfferedMore: return .goOn
        case .no where state.hasOfferedMore: return .goodbye
        case .person: return .handoff(reason: "asked_for_a_person")
        case .yes, .no: return .unclear
        case nil: return .outOfScope
        }
    }

    /// "And for February?": no intent, but a value for an optional slot of the workflow that was just done.
    private func followUp(_ decision: Decision) -> String? {
        guard decision.act == nil, let name = state.lastWorkflow, let workflow = pack.workflow(name) else { return nil }
        let isMeant = WorkflowProgram(workflow, in: pack).asks.contains { ask in
            ask.isOptional && !values(of: ask.type, decision.entities).isEmpty
        }
        return isMeant ? name : nil
    }
}
