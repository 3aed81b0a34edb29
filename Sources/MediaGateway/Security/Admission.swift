import Synchronization

/// How many calls there are, exactly (FIELD 20).
///
/// A place is taken at the carrier's webhook, or at `start` where no webhook came before, and given back once: when the call ends, or
/// when no `start` follows the webhook in time. Safe from any thread; a frame never comes here.
public final class Admission: Sendable {
    public enum Refusal: String, Sendable, Error, CaseIterable {
        /// Every place is taken.
        case full
        /// The gateway is shutting down.
        case draining
        /// The agent is switched off.
        case disabled
        /// The machine is short of time.
        case overloaded
    }

    /// Places taken: calls that are live, and calls that are promised one.
    private let taken = Atomic<Int>(0)
    private let isDraining = Atomic<Bool>(false)
    /// Deadlines of promised places, by the carrier's call.
    private let reservations = Mutex<[String: Duration]>([:])
    private let startTimeout: Duration
    /// Why nobody new is let in at the moment.
    private let closed: @Sendable () -> Refusal?
    private let refused: @Sendable (Refusal) -> Void
    private let now: @Sendable () -> Duration
    public let maximumCalls: Int

    /// - Parameters:
    ///   - startTimeout: from the webhook to `start`.
    ///   - closed: asked for each call that has no place yet.
    ///   - refused: told of each call that gets none.
    public init<C: Clock>(
        maximumCalls: Int, startTimeout: Duration, clock: C = ContinuousClock(), closed: @escaping @Sendable () -> Refusal? = { nil },
        refused: @escaping @Sendable (Refusal) -> Void = { _ in }
    ) where C.Duration == Duration {
        (self.maximumCalls, self.startTimeout, self.closed, self.refused) = (maximumCalls, startTimeout, closed, refused)
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
    }

    /// Calls that are live or promised a place.
    public var count: Int { taken.load(ordering: .acquiring) }
    /// Places promised to calls whose `start` has not come.
    public var reservedCount: Int { reservations.withLock { $0.count } }
    public var draining: Bool { isDraining.load(ordering: .acquiring) }
    /// No new calls from now on; whoever was promised a place still gets it.
    public func drain() { isDraining.store(true, ordering: .releasing) }

    /// Promises a place at the webhook. The same call asking again (a carrier's retry) keeps the one it has.
    public func reserve(callSid: String) throws(Refusal) {
        let admitted = reservations.withLock { table -> Result<Void, Refusal> in
            let time = now()
            expire(&table, at: time)
            if table[callSid] == nil {
                if let refusal = refusal() { return .failure(refusal) }
                guard takePlace() else { return .failure(.full) }
            }
            table[callSid] = time + startTimeout
            return .success(())
        }
        try told(admitted)
    }

    /// Turns the promise into a call at `start`, or takes a place there.
    public func begin(callSid: String) throws(Refusal) -> AdmittedCall {
        let admitted = reservations.withLock { table -> Result<Void, Refusal> in
            expire(&table, at: now())
            if table.removeValue(forKey: callSid) != nil { return .success(()) }
            if let refusal = refusal() { return .failure(refusal) }
            return takePlace() ? .success(()) : .failure(.full)
        }
        try told(admitted)
        return AdmittedCall(self)
    }

    private func told(_ admitted: Result<Void, Refusal>) throws(Refusal) {
        if case .failure(let refusal) = admitted { refused(refusal) }
        try admitted.get()
    }

    /// Gives a promised place back: the caller hung up before the stream started. Without a promise, nothing.
    public func cancel(callSid: String) {
        reservations.withLock { table in
            if table.removeValue(forKey: callSid) != nil { givePlaceBack() }
        }
    }

    /// Gives back the promised places whose `start` never came. Called about once a second; every admission looks too.
    /// - Returns: how many.
    @discardableResult public func expire() -> Int { reservations.withLock { expire(&$0, at: now()) } }

    @discardableResult private func expire(_ table: inout [String: Duration], at time: Duration) -> Int {
        let late = table.filter { $0.value <= time }
        for callSid in late.keys {
            table[callSid] = nil
            givePlaceBack()
        }
        return late.count
    }

    private func refusal() -> Refusal? { draining ? .draining : closed() }

    private func takePlace() -> Bool {
        var seen = taken.load(ordering: .acquiring)
        while seen < maximumCalls {
            let (exchanged, original) = taken.compareExchange(expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            seen = original
        }
        return false
    }

    fileprivate func givePlaceBack() { taken.subtract(1, ordering: .acquiringAndReleasing) }
}

/// A live call's place. Given back once, by ``release()`` or by going away.
public final class AdmittedCall: Sendable {
    private let admission: Admission
    private let isReleased = Atomic<Bool>(false)
    fileprivate init(_ admission: Admission) { self.admission = admission }
    deinit { release() }

    /// The call is over. Only the first time counts.
    public func release() {
        if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { admission.givePlaceBack() }
    }
}
