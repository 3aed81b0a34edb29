import GatewayTesting
import Orchestrator
import Persistence
import SpeechEngines
import SpokenText
import TierManager

/// Whether a call of the demo went as it should: what was decided, filled, stored and heard.
struct DemoCheck {
    /// Word errors that a reply may have when the recogniser hears it in the recording, over all replies of a call.
    static let intelligible = 0.35

    let call: DemoScript.Call
    let record: DemoPrinter.Record
    let report: CallReport
    /// The plan in the operator's database after the call.
    let plan: String?
    let stored: CallStore.FullRecord?
    /// What the recogniser heard of each answer in the caller's recording.
    let answersHeard: [String]

    /// Each thing that was checked, and what is wrong with it; `nil` is right.
    var results: [(what: String, problem: String?)] {
        var results: [(String, String?)] = []
        func check(_ what: String, _ isRight: Bool, _ problem: @autoclosure () -> String) {
            results.append((what, isRight ? nil : problem()))
        }
        let turns = record.turns.filter { $0.heard != nil }
        check("every line was answered", turns.count == call.lines.count, "\(turns.count) answers to \(call.lines.count) lines")
        for (line, turn) in zip(call.lines, turns) {
            if let intent = line.intent {
                let decided = turn.reply.decision.intent
                check("“\(line.text)” means \(intent)", decided == intent, "it was taken for \(decided)")
            }
            for (slot, value) in line.slots.sorted(by: { $0.key < $1.key }) {
                let filled = turn.reply.slots[slot]
                check("\(slot) is \(value)", filled == value, "it is \(filled ?? "empty")")
            }
        }
        check("the call ended with \(call.endsWith)", record.ended == call.endsWith, "it ended with \(record.ended ?? "nothing")")
        let tier = turns.last?.grant.tier.name ?? "none"
        check("the last reply was spoken on the \(call.endsOnTier) tier", tier == call.endsOnTier, "it was \(tier)")
        let steps = stored?.escalations.map(\.outcome.rawValue) ?? []
        if let escalation = call.escalation {
            check("an escalation was \(escalation.rawValue)", steps == [escalation.rawValue], "on record: \(steps)")
        } else {
            check("no escalation", steps.isEmpty, "on record: \(steps)")
        }
        if let planAfterwards = call.planAfterwards {
            check("the operator's database says \(planAfterwards)", plan == planAfterwards, "it says \(plan ?? "nothing")")
        }
        check("the call is stored whole", stored?.turns.count == record.turns.count && stored?.call.state == .ended, storedProblem)
        let errors = intelligibility
        check(
            "the replies are recognisable as speech", errors.words > 0 && errors.rate <= Self.intelligible,
            "\(Int(errors.rate * 100)) % word errors when heard")
        check("no frame came late", report.lateFrames == 0, "\(report.lateFrames) of \(report.framesReceived) did")
        return results
    }

    private var storedProblem: String {
        stored.map { "\($0.turns.count) of \(record.turns.count) turns, state \($0.call.state.rawValue)" } ?? "it is not there"
    }

    /// What was said against what was heard, answers in order.
    var intelligibility: WordErrors {
        // Both as they are spoken: "$80" and "eighty dollars" are the same words.
        let spoken = SpeechNormaliser()
        let said = record.turns.filter { $0.heard != nil }.map(\.reply.text)
        return zip(said, answersHeard).reduce(WordErrors()) { total, pair in
            total + WordErrors(said: spoken.speakable(pair.0), heard: spoken.speakable(pair.1))
        }
    }
}
