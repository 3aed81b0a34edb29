public import struct Foundation.Date

/// Decides which voice each reply gets, and that its price is reserved before it is spoken.
///
/// It cannot fail: whatever a budget, a ledger or a voice does, there is an answer within the deadline, at worst the lowest
/// tier, which costs nothing. A call that was refused a tier for want of budget does not ask for it again: a voice that comes
/// and goes with the length of the sentence is worse than a plain one.
public actor TierManager {
    /// Calls that are remembered at once; beyond, the one that was silent longest is forgotten and starts afresh.
    public static let rememberedCalls = 10_000
    /// Settlements that wait for an unavailable ledger; beyond, the promise stays open, and the ledger's next start releases it.
    public static let waitingSettlements = 1_000

    public private(set) var policy: TierPolicy
    private let ledger: any BudgetLedger
    private let switches: @Sendable () -> TierSwitches?
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private var calls: [String: CallTier] = [:]
    private var uses = 0
    private var waiting: [Settlement] = []

    /// Settlements that were lost because too many waited.
    public private(set) var droppedSettlements = 0
    /// Settlements that wait for the ledger to be available again.
    public var unsettled: Int { waiting.count }

    /// - Parameters:
    ///   - switches: asked at each plan, so that a switch holds from the moment it is turned; `nil` leaves the policy as it is.
    ///   - clock: measures deadlines.
    ///   - now: tells the UTC day that spending counts against.
    public init(
        policy: TierPolicy, ledger: any BudgetLedger, switches: @escaping @Sendable () -> TierSwitches? = { nil },
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.policy, self.ledger, self.switches, self.clock, self.now) = (policy, ledger, switches, clock, now)
    }

    /// `tiers.yaml` was read again: holds from the next reply on.
    public func adopt(_ policy: TierPolicy) { self.policy = policy }

    /// Grants a reply the best voice that it deserves and that can be paid.
    /// - Parameter deadline: after it, the lowest tier is granted, and what the ledger promises later is given back.
    public func plan(for request: TierRequest, within deadline: Duration = .milliseconds(150)) async -> TierGrant {
        let plan = TierPlan(request: request, policy: policy.turned(switches()), call: calls[request.callID] ?? CallTier(), at: now())
        var outcome = plan.withoutLedger()
        if outcome == nil { outcome = await reserve(plan, within: deadline) }
        let decided = outcome ?? plan.unavailable("no answer within \(deadline)")
        remember(decided.call, of: request.callID)
        return decided.grant
    }

    /// Books what was really spoken and gives the rest back. Never fails: what an unavailable ledger cannot book is booked with
    /// the next settlement.
    /// - Returns: the price in micro-dollars; at most what was reserved, and 0 for a grant that was settled before.
    @discardableResult
    public func settle(_ grant: TierGrant, spokenCharacters: Int) async -> Int {
        guard let reservation = grant.reservation else { return 0 }
        let price = PriceBook([grant.tier]).price(ofCharacters: spokenCharacters, on: grant.tier.name) ?? 0
        let actual = min(price, reservation.amountMicroDollars)
        return await book(Settlement(reservation: reservation, actual: actual)) ? actual : 0
    }

    /// Gives everything back: nothing of the reply was spoken.
    public func abandon(_ grant: TierGrant) async {
        guard let reservation = grant.reservation else { return }
        _ = await book(Settlement(reservation: reservation, actual: nil))
    }

    /// The voice of a tier failed: it is not chosen again in this call (FIELD 18).
    public func voiceFailed(tier: String, call: String) {
        var state = calls[call] ?? CallTier()
        state.failedVoices.insert(tier)
        remember(state, of: call)
    }

    /// Forgets a call. Its open grants can still be settled.
    public func callEnded(_ call: String) { calls[call] = nil }

    // MARK: The ledger

    private struct Settlement {
        var reservation: Reservation
        /// `nil` releases.
        var actual: Int?
    }

    /// - Returns: `nil` when the deadline came first.
    private func reserve(_ plan: TierPlan, within deadline: Duration) async -> TierPlan.Outcome? {
        await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let timer = Task { [clock] in
                try? await clock.sleep(for: deadline)
                first.give(nil)
            }
            Task { [ledger] in
                let outcome = await plan.reserving(from: ledger)
                if first.give(outcome) {
                    timer.cancel()
                } else {
                    await abandon(outcome.grant)
                }
            }
        }
    }

    private func book(_ settlement: Settlement) async -> Bool {
        await bookWaiting()
        do {
            try await apply(settlement)
            return true
        } catch .unavailable {
            if waiting.count < Self.waitingSettlements { waiting.append(settlement) } else { droppedSettlements += 1 }
            return true
        } catch {
            return false  // settled before
        }
    }

    /// Oldest first; stops at the first that the ledger does not take.
    private func bookWaiting() async {
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            do {
                try await apply(next)
            } catch .unavailable {
                waiting.insert(next, at: 0)
                return
            } catch {
                continue  // it had reached the ledger after all
            }
        }
    }

    private func apply(_ settlement: Settlement) async throws(BudgetError) {
        if let actual = settlement.actual {
            try await ledger.commit(settlement.reservation, actualMicroDollars: actual)
        } else {
            try await ledger.release(settlement.reservation)
        }
    }

    // MARK: Calls

    private func remember(_ state: CallTier, of call: String) {
        uses += 1
        var state = state
        state.lastUse = uses
        state.failedVoices.formUnion(calls[call]?.failedVoices ?? [])  // a voice may have failed while the ledger was asked
        if calls[call] == nil, calls.count >= Self.rememberedCalls, let silent = calls.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            calls[silent.key] = nil
        }
        calls[call] = state
    }
}
