import Orchestrator
import TierManager

extension StoredWrite {
    /// Whether it says something about a person, or belongs to what is known to be theirs.
    func concerns(_ person: Person, sessions: Set<String>, calls: Set<String>) -> Bool {
        func owned(_ session: String?, _ call: String? = nil) -> Bool {
            [session, call].contains { id in
                guard let id else { return false }
                if case .session(id) = person { return true }
                return sessions.contains(id) || calls.contains(id)
            }
        }
        func names(_ values: [String?]) -> Bool {
            guard case .phone(let number) = person else { return false }
            return values.compactMap(\.self).contains { Person.isSame($0, number) }
        }
        switch self {
        case .begin(let session):
            if case .user(let name) = person, session.userID == name { return true }
            return owned(session.id) || names(session.facts.map(\.value))
        case .turn(let turn): return owned(turn.session) || names(turn.facts.map(\.value))
        case .end(let session, _, _): return owned(session)
        case .handoff(let handoff): return owned(handoff.session)
        case .feedback(let feedback): return owned(feedback.session)
        case .beginCall(let call): return owned(call.sessionID, call.id) || owned(call.carrierCallID) || names([call.from, call.to])
        case .callTurn(let turn): return owned(turn.session, turn.callID)
        case .transition(let transition): return owned(transition.callID)
        case .escalation(let step): return owned(step.callID)
        case .workflow(_, let call), .joinCall(let call, _): return owned(call)
        case .endCall(let id, _, _), .endCarrierCall(let id, _, _): return owned(id)
        // Anonymous, or nothing but money.
        case .events, .settlement: return false
        }
    }

    var owners: (session: String?, call: String?) {
        switch self {
        case .begin(let session): (session.id, nil)
        case .turn(let turn): (turn.session, nil)
        case .beginCall(let call): (call.sessionID, call.id)
        case .callTurn(let turn): (turn.session, turn.callID)
        default: (nil, nil)
        }
    }
}
