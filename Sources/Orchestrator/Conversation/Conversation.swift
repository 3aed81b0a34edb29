public import struct Foundation.Date

/// One conversation: hears user turns, lets engines advise, acts through workflows, and always answers in time.
///
/// A turn works on a copy of the state. It is written to the store and taken over as a whole, or nothing of it remains. A newer turn
/// supersedes one that is still being worked on: there is one reply a turn (FIELD 14). What ran with side effects is never undone and
/// never run twice: the next turn takes its outcome in.
public actor Conversation {
    public nonisolated let id: String
    public nonisolated let channel: Channel
    public nonisolated let domain: PreparedDomain
    public nonisolated var pack: DomainPack { domain.pack }
    nonisolated var programs: [String: WorkflowProgram] { domain.programs }
    nonisolated var validator: DecisionValidator { domain.validator }

    /// The operator's own agent, asked before all others.
    let remote: (any RemoteAgent)?
    let understanders: [any Understander]
    /// Whether an engine's own words may be used.
    let mayAnswerDirectly: @Sendable () -> Bool
    /// Hears who decided a turn, and after how long.
    let decided: @Sendable (_ source: String, Duration) -> Void
    let tools: [String: any Tool]
    let store: any ConversationStore
    let events: any EventSink
    let clock: TurnClock
    let now: @Sendable () -> Date
    let timing: Timing
    let outstanding: OutstandingWork

    /// What the last turn left behind.
    var state: ConversationState
    /// Calls whose outcome is not taken over yet, by idempotency key.
    var jobs: [String: ToolJob] = [:]
    /// The workflow of the turn in the making, as it stood when it set a side effect going. If that turn is dropped, this is not.
    var launched: WorkflowRun?
    /// Facts that the store did not take.
    var unsavedFacts: Set<String> = []
    /// The turn in the making.
    private var current: (serial: Int, task: Task<Reply, Never>)?
    private var serials = 0
    /// The newest generation seen, and the newest taken over.
    private var newest = 0
    var committed = 0
    /// The write of a turn that is past its point of no return.
    var committing: Task<Void, Never>?
    /// The reply that is being written behind its beginning, and the number of the last such.
    var writing: Writing?
    var writings = 0
    /// The write of what came of the last one.
    var completing: Task<Void, Never>?
    private var opening: Task<Void, any Error>?
    /// A turn has reached the store, so the session is open there.
    private var isOpened = false
    private let startedAt: Date
    private let userID: String?
    private var isEnded = false

    /// - Parameters:
    ///   - id: the session's id; with the ticket it makes idempotency keys, so it must not be given twice.
    ///   - context: what it begins with; one conversation's alone.
    ///   - remote: the operator's own agent; what it does not answer in time, the understanders decide.
    ///   - understanders: asked in order until one gives valid advice; the last should never fail.
    ///   - clock: measures deadlines.
    ///   - now: wall time, for records and relative dates.
    ///   - facts: known beforehand: `caller_phone` from the carrier, lead data.
    ///   - userID: the operator's name for the person.
    ///   - stored: what the store has of it: the conversation goes on from there.
    public init(
        id: String, channel: Channel, context: ConversationContext, remote: (any RemoteAgent)? = nil, understanders: [any Understander],
        store: any ConversationStore, events: any EventSink = NoEvents(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, facts: [Fact] = [], userID: String? = nil, timing: Timing = Timing(),
        mayAnswerDirectly: @escaping @Sendable () -> Bool = { true }, decided: @escaping @Sendable (_ source: String, Duration) -> Void = { _, _ in },
        restoring stored: StoredConversation? = nil
    ) {
        (self.remote, self.mayAnswerDirectly, self.decided) = (remote, mayAnswerDirectly, decided)
        (self.id, self.channel, self.understanders, self.userID) = (id, channel, understanders, userID)
        (domain, tools, outstanding) = (context.domain, context.tools, context.outstanding)
        (self.store, self.events, self.now, self.timing) = (store, events, now, timing)
        self.clock = TurnClock.counting(clock)
        let known = stored?.snapshot.flatMap { ConversationSnapshot.state(from: $0, in: context.domain) }
        var begun = context.state
        for fact in facts { begun.facts[fact.key] = fact }
        state = known ?? begun
        startedAt = stored?.record.startedAt ?? now()
        if let stored {
            (newest, committed) = (stored.generation, stored.generation)
            history = Self.exchanges(of: stored.messages)
        }
    }

    /// A conversation whose pack nobody else uses.
    public init(
        id: String, channel: Channel, pack: DomainPack, remote: (any RemoteAgent)? = nil, understanders: [any Understander], tools: [any Tool],
        store: any ConversationStore, events: any EventSink = NoEvents(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, facts: [Fact] = [], timing: Timing = Timing()
    ) {
        self.init(
            id: id, channel: channel, context: ConversationContext(PreparedDomain(pack), tools: tools), remote: remote, understanders: understanders,
            store: store, events: events, clock: clock, now: now, facts: facts, timing: timing)
    }

    private static func exchanges(of messages: [StoredMessage]) -> [Exchange] {
        let turns = Dictionary(grouping: messages, by: \.generation).sorted { $0.key < $1.key }.suffix(maximumHistory)
        return turns.map { _, messages in
            let reply = messages.first { $0.role == .assistant }?.text ?? ""
            return Exchange(user: messages.first { $0.role == .user }?.text ?? "", reply: reply, heard: reply)
        }
    }

    // MARK: What a channel calls

    /// The first words. Waits for nothing: the store opens the session meanwhile (FIELD 21).
    public func greet() -> Reply {
        open()
        let greeting = pack.agents.first?.greeting
        let text = greeting.map { state.phrasing.fill($0, in: pack) } ?? state.phrasing.phrase(.greeting, in: pack)
        state.lastText = text
        remember(Exchange(user: "", reply: text, heard: text))
        let decision = Decision(intent: DialogueAct.greeting.rawValue, confidence: 1, act: .greeting, nextAction: .answer)
        return Reply(text: text, decision: decision, source: "system", agent: state.agent, then: .listen(nil))
    }

    /// Answers a user turn. Never throws, and answers by the deadline whatever engines, tools and store do.
    ///
    /// Empty text is silence. A generation that is not newer than what was answered, or that a newer turn overtakes, gets a reply
    /// that says so (``Reply/isStale``) and changes nothing.
    public func respond(to turn: UserTurn, within limit: Duration) async -> Reply {
        await reply(to: .user(turn), generation: turn.generation, within: limit)
    }

    /// Nobody has said anything for a while: asks again, and ends the conversation in the end.
    public func silence(within limit: Duration = .milliseconds(1_500)) async -> Reply {
        await respond(to: UserTurn("", channel: channel, generation: newest + 1), within: limit)
    }

    /// How much of the last reply reached the caller, when it was interrupted (FIELD 5).
    public func heard(_ text: String, complete: Bool) {
        endWriting()
        guard !complete, !history.isEmpty else { return }
        history[history.count - 1].heard = text
    }

    /// What became of the tool that the last reply left at work (``Reply/isPending``). Numbered like a turn of its own.
    public func followUp(generation: Int, channel: Channel, within limit: Duration) async -> Reply {
        guard state.run?.pending != nil || launched != nil else { return stale() }
        return await reply(to: .followUp(channel), generation: generation, within: limit)
    }

    /// Somebody asks for a person, by a button instead of words. Numbered like a turn of its own.
    public func handOff(because reason: String, generation: Int, channel: Channel, within limit: Duration) async -> Reply {
        await reply(to: .handoff(reason: Self.bounded(reason), channel), generation: generation, within: limit)
    }

    /// Drops the turn in the making: its reply is stale. One that is being written down already stands, and one that is being said ends here.
    public func cancelTurn() {
        current?.task.cancel()
        endWriting()
    }

    /// Goes on after a hand-over that came to nothing, or after a goodbye that was none: what is known stays, patience is renewed.
    public func reopen() async {
        // A turn that is being written would put the end back.
        await committing?.value
        guard !isEnded, state.closed != nil else { return }
        (state.closed, state.handedOver) = (nil, nil)
        (state.misunderstandings, state.silences) = (0, 0)
        state.patienceLeft = max(state.patienceLeft, pack.limits.patience)
        state.turnsLeft = max(state.turnsLeft, pack.limits.maximumTurns)
    }

    /// What to say when nobody took over and the conversation was reopened. Not a turn: nothing is written.
    public func handoffFailed() -> Reply {
        again(.listen(state.expecting), state.phrasing.phrase(.handoffFailed, in: pack), "system")
    }

    /// The first words to somebody who comes back on another channel: a greeting, and what is still open. Not a turn.
    public func welcomeBack() async -> Reply {
        if state.closed != nil { await reopen() }
        let greeting = state.phrasing.phrase(.greetingAgain, in: pack)
        let open = state.run?.asking == nil ? "" : state.lastText
        return again(.listen(state.expecting), open.isEmpty ? greeting : open, "system")
    }

    /// Ends the conversation; the turn in the making is dropped. Calls with side effects run on, others are cancelled.
    public func end(reason: String) async {
        guard !isEnded else { return }
        isEnded = true
        current?.task.cancel()
        endWriting()
        await committing?.value
        if state.closed == nil { state.closed = .end(reason: reason) }
        for job in jobs.values { job.cancel() }
        emit(.ended, ["reason": Self.bounded(reason)])
        let (store, id, date, opening, completing) = (self.store, self.id, now(), self.opening, self.completing)
        await save("end", until: clock.elapsed() + timing.storeWait) {
            _ = await opening?.result
            await completing?.value
            try await store.end(session: id, reason: reason, at: date)
        }
    }

    // MARK: What others may ask

    /// How much the conversation is worth, and why.
    public var qualification: Qualification { state.evidence.qualification(pack.qualification) }
    public var facts: [Fact] { state.facts.values.sorted { $0.key < $1.key } }
    public var agent: String { state.agent }
    /// The workflow in progress.
    public var workflow: String? { state.run?.workflow }
    public var expecting: ExpectedSlot? { state.expecting }
    /// Slots of the workflow in progress that are filled.
    public var slots: [String: String] { state.run?.filled ?? [:] }
    /// The newest turn that was asked for.
    public var newestGeneration: Int { max(newest, committed) }
    /// The ticket of the workflow in progress.
    public var ticket: String? { state.run?.ticket }
    /// The last exchanges, oldest first; at most ``maximumHistory``.
    public private(set) var history: [Exchange] = []
    public static let maximumHistory = 40
    /// Set once the conversation was handed over or ended.
    public var closed: Reply.Then? { state.closed }

    // MARK: One turn at a time

    enum Input: Sendable {
        case user(UserTurn)
        case followUp(Channel)
        case handoff(reason: String, Channel)
    }

    private func reply(to input: Input, generation: Int, within limit: Duration) async -> Reply {
        let arrived = clock.elapsed()
        guard !isEnded, generation >= newest, generation > committed else {
            emit(.turnSuperseded, ["reason": "stale"])
            return stale()
        }
        open()
        endWriting()
        newest = generation
        current?.task.cancel()
        serials += 1
        let serial = serials
        let task = Task {
            await self.work(on: input, generation: generation, serial: serial, arrived: arrived, deadline: arrived + limit)
        }
        current = (serial, task)
        let reply = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        // A task that is over keeps the memory it worked in for as long as somebody holds it: 40 KB in every idle conversation.
        if current?.serial == serial { current = nil }
        return reply
    }

    private func work(on input: Input, generation: Int, serial: Int, arrived: Duration, deadline: Duration) async -> Reply {
        if let committing { _ = await BoundedWait.run(until: deadline, on: clock, cancelsWork: false) { await committing.value } }
        guard isCurrent(serial) else { return dropped() }
        if let closed = state.closed { return await afterTheEnd(closed, input, generation, arrived, deadline) }
        // The turn before is still being written, and what it leaves behind is not known: nothing can be built on it in time.
        if committing != nil {
            emit(.decisionFallback)
            return again(.listen(state.expecting), state.phrasing.phrase(.fallback, in: pack), Reply.fallback)
        }
        var turn: TurnWork
        switch input {
        case .user(let user):
            turn = TurnWork(
                generation: generation, channel: user.channel, text: user.text, confidence: user.confidence, traceID: user.traceID,
                arrived: arrived, deadline: deadline, state: state)
        case .followUp(let channel), .handoff(_, let channel):
            turn = TurnWork(
                generation: generation, channel: channel, text: "", confidence: 1, traceID: nil, arrived: arrived, deadline: deadline,
                state: state)
        }
        if let launched, turn.state.run?.pending == nil {
            // A turn that was dropped had set this going: that happened, whatever became of the turn.
            if turn.state.run?.ticket != launched.ticket { turn.change(ticket: launched.ticket, of: launched.workflow, to: .open) }
            turn.state.ticketsOpened = max(turn.state.ticketsOpened, launched.number)
            turn.state.run = launched
        }
        await take(input, into: &turn, serial)
        guard isCurrent(serial) else { return dropped() }
        return await conclude(&turn)
    }

    /// False once a newer turn came or the caller of this one gave up.
    func isCurrent(_ serial: Int) -> Bool { current?.serial == serial && !Task.isCancelled && !isEnded }

    private func dropped() -> Reply {
        emit(.turnSuperseded, ["reason": "overtaken"])
        return stale()
    }

    private func stale() -> Reply {
        Reply(
            text: "", decision: Decision(intent: Decision.outOfScope, confidence: 0, nextAction: .answer), source: Reply.superseded,
            agent: state.agent, then: state.closed ?? .listen(state.expecting), qualification: qualification.score)
    }

    /// What is said while a person is on their way, or has come, is kept for them; the agent repeats what it said, or leaves the word to them.
    /// After a goodbye nothing is kept: a channel that goes on opens the conversation again.
    private func afterTheEnd(
        _ closed: Reply.Then, _ input: Input, _ generation: Int, _ arrived: Duration, _ deadline: Duration
    ) async -> Reply {
        guard case .handoff = closed, case .user(let user) = input, !user.text.allSatisfy(\.isWhitespace), committing == nil else {
            return again(closed, state.lastText, "system")
        }
        var turn = TurnWork(
            generation: generation, channel: user.channel, text: user.text, confidence: user.confidence, traceID: user.traceID, arrived: arrived,
            deadline: deadline, state: state)
        turn.decision.nextAction = .handoff
        turn.source = Reply.handedOver
        if !user.isForPerson { turn.parts.append(state.lastText) }
        return await conclude(&turn)
    }

    /// A reply outside of any turn: after the end there is one answer, and it changes nothing.
    private func again(_ then: Reply.Then, _ text: String, _ source: String) -> Reply {
        Reply(
            text: text, decision: Decision(intent: Decision.outOfScope, confidence: 0, nextAction: .answer), source: source,
            agent: state.agent, then: then, qualification: qualification.score)
    }

    /// The last reply goes on.
    func rememberReply(_ text: String) {
        guard !history.isEmpty else { return }
        (history[history.count - 1].reply, history[history.count - 1].heard) = (text, text)
    }

    func remember(_ exchange: Exchange) {
        history.append(exchange)
        if history.count > Self.maximumHistory { history.removeFirst() }
    }

    // MARK: Store and events

    private func open() {
        guard opening == nil, !isOpened else { return }
        emit(.started, ["channel": channel.rawValue])
        let (store, record) = (self.store, SessionRecord(id: id, channel: channel, startedAt: startedAt, facts: facts, userID: userID))
        opening = Task { try await store.begin(record) }
    }

    /// Writes a turn, opening the session again if that had failed.
    func write(_ commit: TurnCommit, until deadline: Duration) async -> Bool {
        let (store, opening) = (self.store, self.opening)
        let record = SessionRecord(id: id, channel: channel, startedAt: startedAt, facts: facts, userID: userID)
        let isSaved = await save("commit", until: deadline) {
            do { try await opening?.value } catch { try await store.begin(record) }
            try await store.commit(commit)
        }
        if isSaved { (self.opening, isOpened) = (nil, true) }
        return isSaved
    }

    @discardableResult
    func save(_ operation: String, until deadline: Duration, _ work: @escaping @Sendable () async throws -> Void) async
        -> Bool
    {
        guard outstanding.count("store") < timing.maximumHanging else {
            emit(.storeFailed, ["operation": operation, "reason": "busy"])
            return false
        }
        let outstanding = self.outstanding
        let outcome = await BoundedWait.run(until: deadline, on: clock, cancelsWork: false) {
            try await outstanding.counting("store", work)
        }
        switch outcome {
        case .value: return true
        case .failed: emit(.storeFailed, ["operation": operation, "reason": "failed"])
        case .timedOut, .cancelled: emit(.storeFailed, ["operation": operation, "reason": "timed_out"])
        }
        return false
    }

    func emit(_ event: ConversationEvent, _ attributes: [String: String] = [:]) {
        events.emit(LifecycleEvent(event.rawValue, subject: id, attributes))
    }

    /// A reason that comes from outside, cut to what a record bears.
    static func bounded(_ text: String) -> String { String(text.prefix(100)) }
}
