/// Everything a conversation knows: one value, so that a turn works on a copy and is taken over as a whole or not at all.
struct ConversationState: Sendable, Equatable, Codable {
    var facts: [String: Fact]
    var agent: String
    var run: WorkflowRun?
    /// A workflow that another one interrupted; it goes on when that is done. There is one place: the older wish gives way.
    var parked: WorkflowRun?
    /// An intent that waits for a yes.
    var confirming: PendingIntent?
    /// The reply offered more help, so a bare yes or no has a meaning.
    var hasOfferedMore = false
    /// The last workflow that was done: "and for February?" refers to it.
    var lastWorkflow: String?
    var lastText = ""
    var ticketsOpened = 0
    /// Set at the end; every further turn gets the same answer.
    var closed: Reply.Then?
    /// The workflow that was in hand at a hand-over, which closed it.
    var handedOver: String?

    // Counters that only fall.
    var turnsLeft: Int
    var patienceLeft: Int
    /// In a row; what goes well sets them back, which `turnsLeft` and `patienceLeft` bound.
    var misunderstandings = 0
    var silences = 0

    /// Agents that took over on the caller's words and said their opening, which is said once. `nil` in what was kept before there were any.
    var opened: Set<String>?

    var evidence = QualificationEvidence()
    var phrasing = Phrasing()

    struct PendingIntent: Sendable, Equatable, Codable {
        var intent: String
        var workflow: String
        var entities: [Entity]
    }

    init(pack: DomainPack, facts: [Fact]) {
        self.facts = Dictionary(facts.map { ($0.key, $0) }) { _, last in last }
        agent = pack.agents.first?.name ?? ""
        (turnsLeft, patienceLeft) = (pack.limits.maximumTurns, pack.limits.patience)
        phrasing.agent = agent
    }

    /// The question that waits for an answer.
    var expecting: ExpectedSlot? {
        if confirming != nil { return ExpectedSlot(name: "intent", type: .confirmation, options: ["yes", "no"]) }
        return run?.asking
    }
}
