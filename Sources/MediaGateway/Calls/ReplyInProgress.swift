import Orchestrator
import Persistence
import StreamingPipeline
import TierManager

/// A reply on its way to the caller's ear: text → clauses → voice → playout → heard.
struct ReplyInProgress {
    let generation: Int
    var reply: Reply
    let grant: TierGrant
    /// Text of each clause, as written.
    var clauses: [String]
    /// More clauses are being written; who reads them, and since when the voice has nothing to say.
    var isOpen = false
    var reading: Task<Void, Never>?
    var silentSince: Duration?
    /// The voice in use; falls to the lowest tier's at a clause boundary when it fails.
    var voice: Tier
    /// The first clause that the granted voice did not speak, because it failed: from there on its price is not owed.
    var replacedAt: Int?
    var times: TurnTimes?
    /// What the caller was understood to say, and how surely; `nil` for a greeting or a re-prompt.
    let user: (text: String, confidence: Double)?
    let names: Call.TurnNames
    /// Clauses that were shown beside the voice, and whether the whole was.
    var shownClauses = 0, isShown = false
    /// Clause that is being spoken into the playout; `clauses.count` when all are.
    var current = 0
    /// Clauses whose mark came back.
    var heard = 0
    var job: (any SynthesisJob)?
    var jobStarted: Duration = .zero
    /// Audio that found no room in the playout.
    var overflow: ArraySlice<Int16> = []
    /// The voice has finished the current clause; its mark waits for `overflow`.
    var clauseSpoken = false
    /// The current clause has made a sound: another voice would repeat it.
    var clauseSounded = false
    /// When the playout will have run dry, by the clock: the backstop for marks that never come.
    var queuedAudio: Duration = .zero
    var startedAt: Duration = .zero

    var isSpoken: Bool { current >= clauses.count && !isOpen }
    /// Of the granted voice, like ``spokenCharacters``.
    var heardCharacters: Int { characters(ofFirst: heard) }
    /// Characters that the granted voice turned into audio; what it is paid for.
    var spokenCharacters: Int { characters(ofFirst: current + (clauseSounded ? 1 : 0)) }
    private func characters(ofFirst count: Int) -> Int { clauses.prefix(min(count, replacedAt ?? count)).reduce(0) { $0 + $1.count } }
    /// Each stage that was reached, as the caller saw it.
    var stages: StageTimes {
        StageTimes(
            endpoint: times?.since(times?.endpoint), sttFinal: times?.since(times?.sttFinal), decision: times?.since(times?.decision),
            firstText: times?.since(times?.firstText), firstAudio: times?.since(times?.firstAudio),
            replyEnd: times?.since(times?.replyEnd), unexplained: times?.unexplained)
    }
    var isFullyHeard: Bool { heard == clauses.count && !isOpen }
    var heardText: String { clauses.prefix(heard).joined(separator: " ") }
}
