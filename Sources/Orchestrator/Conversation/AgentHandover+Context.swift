/// What goes along when one agent hands over to another, and how it is told: names and counts, never what the caller said.
extension ConversationState {
    /// `workflow=billing_summary;slots=month;facts=4`: the workflow in hand, its filled slots, and how many facts are known.
    var context: String { "workflow=\(run?.workflow ?? "none");slots=\(run?.filledNames ?? "");facts=\(facts.count)" }
}

extension WorkflowRun {
    /// Of the slots with a judged value, in order, with commas between.
    var filledNames: String { filled.keys.sorted().joined(separator: ",") }
}

extension AgentHandover {
    /// Of the event ``ConversationEvent/agentTransition``. A hand-over takes microseconds: milliseconds have three decimals.
    var attributes: [String: String] {
        let milliseconds = (duration / .milliseconds(1) * 1_000).rounded() / 1_000
        return ["from": from, "to": to, "reason": reason, "duration_ms": "\(milliseconds)", "context": context]
    }
}
