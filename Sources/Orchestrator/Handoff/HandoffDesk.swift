public import struct Foundation.Date

/// Callers who wait for a person: one hand-over a session at a time, each with a deadline, all bounded (FIELD 23).
///
/// The operator's side reports with ``report(_:session:)``; who hears of a change was named in ``request(session:because:summary:changed:)``.
public actor HandoffDesk {
    public typealias Listener = @Sendable (HandoffRecord) async -> Void
    private struct Case {
        var record: HandoffRecord
        var deadline: Duration
        var changed: Listener
    }
    /// Cases that may be under way at once.
    public static let capacity = 10_000
    /// The most that a change of state waits for the store, and how many writes may hang before it is not asked any more.
    private static let storeWait = Duration.milliseconds(250), maximumHanging = 2

    private let store: any ConversationStore
    private let events: any EventSink
    private let clock: TurnClock
    private let now: @Sendable () -> Date
    private let patience: Duration
    private let outstanding = OutstandingWork()
    /// A case stays until whoever waits has heard of its end: before that, the conversation still says that a person is on the way, and
    /// would ask for one again.
    private var cases: [String: Case] = [:]

    /// - Parameter patience: how long somebody waits for a person before the agent takes over again.
    public init(
        store: any ConversationStore, events: any EventSink, patience: Duration, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.store, self.events, self.patience, self.now) = (store, events, patience, now)
        self.clock = TurnClock.counting(clock)
    }

    /// Cases under way.
    public var count: Int { cases.count }

    /// Opens a case and puts it into the queue. A session whose case is under way, or is being ended, gets that one.
    /// - Parameters:
    ///   - summary: ``HandoffSummary/text``; longer ones are cut.
    ///   - changed: hears every later state, in order.
    public func request(
        session: String, because reason: String, summary: String, changed: @escaping Listener
    ) async throws(HandoffError) -> HandoffRecord {
        if let known = cases[session] { return known.record }
        guard cases.count < Self.capacity else { throw HandoffError(.full, "\(Self.capacity) callers wait for a person already") }
        let at = now()
        let record = HandoffRecord(
            id: HandoffRecord.newID(), session: session, state: .requested, reason: reason,
            summary: String(summary.unicodeScalars.prefix(HandoffSummary.maximumLength)), requestedAt: at, updatedAt: at)
        cases[session] = Case(record: record, deadline: clock.elapsed() + patience, changed: changed)
        await save(record)
        return await move(session, to: .queued) ?? record
    }

    /// What the operator's side did.
    @discardableResult
    public func report(_ state: HandoffRecord.State, session: String) async throws(HandoffError) -> HandoffRecord {
        guard let known = cases[session], !known.record.state.isOver else { throw HandoffError(.none, "no hand-over is under way") }
        guard known.record.state.successors.contains(state) else {
            throw HandoffError(.impossible, "a hand-over that is \(known.record.state.rawValue) cannot become \(state.rawValue)")
        }
        return await move(session, to: state) ?? known.record
    }

    /// The person has left: whoever was on the way is called back.
    public func abandon(session: String) async { _ = await move(session, to: .ended) }

    public func record(of session: String) -> HandoffRecord? { cases[session]?.record }

    /// Ends the cases for which nobody came. Called about once a second.
    public func expire() async {
        let time = clock.elapsed()
        for (session, known) in cases where known.deadline <= time && !known.record.state.isOver && known.record.state != .connected {
            _ = await move(session, to: .timedOut)
        }
    }

    private func move(_ session: String, to state: HandoffRecord.State) async -> HandoffRecord? {
        guard var known = cases[session], known.record.state.successors.contains(state) else { return nil }
        (known.record.state, known.record.updatedAt) = (state, now())
        cases[session] = known
        await save(known.record)
        await known.changed(known.record)
        if state.isOver { cases[session] = nil }
        return known.record
    }

    private func save(_ record: HandoffRecord) async {
        events.emit(LifecycleEvent("handoff.\(record.state.rawValue)", subject: record.session, ["handoff": record.id]))
        guard outstanding.count("store") < Self.maximumHanging else { return notSaved(record, "busy") }
        let outcome = await BoundedWait.run(until: clock.elapsed() + Self.storeWait, on: clock, cancelsWork: false) { [store, outstanding] in
            try await outstanding.counting("store") { try await store.save(record) }
        }
        switch outcome {
        case .value: break
        case .failed: notSaved(record, "failed")
        case .timedOut: notSaved(record, "timed_out")
        // Whoever asked has gone; the write goes on.
        case .cancelled: break
        }
    }

    private func notSaved(_ record: HandoffRecord, _ reason: String) {
        events.emit(LifecycleEvent(ConversationEvent.storeFailed.rawValue, subject: record.session, ["operation": "handoff", "reason": reason]))
    }
}
