import struct Foundation.Date

/// The decision for one reply: which tier is wanted, and what the budget makes of it. No clock, no state of its own.
struct TierPlan: Sendable {
    struct Outcome: Sendable {
        var grant: TierGrant
        var call: CallTier
    }
    /// Why the wanted tier was not to be had.
    private struct Obstacle {
        var cause: EscalationRecord.Cause
        var reason: String
    }

    /// How often one reply may be planned anew.
    static let attempts = 5

    let request: TierRequest, policy: TierPolicy, at: Date
    /// The call as it was before, escalated if it qualifies now.
    let call: CallTier
    /// What the call speaks with.
    let current: Tier
    let wanted: Tier

    init(request: TierRequest, policy: TierPolicy, call: CallTier, at: Date) {
        var call = call
        let escalation = policy.escalation
        if escalation.enabled, request.qualification >= escalation.qualificationThreshold { call.isEscalated = true }
        let current = request.currentTier.flatMap(policy.tier(named:)) ?? policy.start
        let deserved = (call.isEscalated && escalation.enabled ? policy.escalationTarget : nil) ?? policy.start
        (self.request, self.policy, self.call, self.at, self.current) = (request, policy, call, at, current)
        wanted = deserved.rank > current.rank ? deserved : current
    }

    /// The wanted tier and those below it, best first; then, should all their voices have failed, those above.
    private var candidates: [Tier] {
        let usable = policy.tiers.filter { !call.failedVoices.contains($0.name) && $0.rank <= call.ceiling ?? .max }
        let ladder = usable.filter { $0.rank <= wanted.rank }.reversed() + usable.filter { $0.rank > wanted.rank }
        return ladder.isEmpty ? [policy.lowest] : ladder
    }

    /// - Returns: `nil` when a price has to be reserved first.
    func withoutLedger() -> Outcome? {
        guard let first = candidates.first, price(on: first) == 0 else { return nil }
        return outcome(first, reservation: nil, obstacle: voiceObstacle)
    }

    /// Tries the candidates until one can be paid.
    func reserving(from ledger: any BudgetLedger) async -> Outcome {
        var obstacle = voiceObstacle
        var ceiling = call.ceiling
        for tier in candidates where tier.rank <= ceiling ?? .max {
            let price = price(on: tier)
            guard price > 0 else { return outcome(tier, reservation: nil, obstacle: obstacle, ceiling: ceiling) }
            do {
                let reservation = try await reserve(price, on: tier, from: ledger)
                return outcome(tier, reservation: reservation, obstacle: obstacle, ceiling: ceiling)
            } catch .exhausted(let scope, let left, let asked) {
                let refusal = BudgetError.exhausted(scope: scope, leftMicroDollars: left, askedMicroDollars: asked)
                obstacle = obstacle ?? Obstacle(cause: scope == scopes[0].name ? .callBudget : .dayBudget, reason: refusal.description)
                ceiling = tier.rank - 1
            } catch {
                return unavailable(error.description)
            }
        }
        return outcome(policy.lowest, reservation: nil, obstacle: obstacle, ceiling: ceiling)
    }

    /// A reply that was settled or abandoned and is planned again, with another text say, gets a promise of its own.
    private func reserve(_ price: Int, on tier: Tier, from ledger: any BudgetLedger) async throws(BudgetError) -> Reservation {
        let key = "\(request.replyKey)@\(tier.name)"
        for attempt in 1..<Self.attempts {
            do {
                return try await ledger.reserve(price, in: scopes, key: attempt == 1 ? key : "\(key)#\(attempt)")
            } catch .unknownReservation {
                continue
            }
        }
        return try await ledger.reserve(price, in: scopes, key: "\(key)#\(Self.attempts)")
    }

    /// The ledger does not answer: the best tier that costs nothing. The next reply asks again.
    func unavailable(_ why: String) -> Outcome {
        let tier = candidates.first { price(on: $0) == 0 } ?? policy.lowest
        return outcome(tier, reservation: nil, obstacle: voiceObstacle ?? Obstacle(cause: .ledgerUnavailable, reason: why))
    }

    private var scopes: [BudgetScope] {
        let budget = policy.budget
        let unlimited = BudgetScope.unlimitedMicroDollars
        return [
            .call(request.callID, capMicroDollars: budget.checkEnabled ? budget.perCallMicroDollars : unlimited),
            .day(at, capMicroDollars: budget.checkEnabled ? budget.perDayMicroDollars : unlimited),
        ]
    }

    private var voiceObstacle: Obstacle? {
        guard call.failedVoices.contains(wanted.name) else { return nil }
        return Obstacle(cause: .voiceFailed, reason: "voice \(wanted.voice) of \(wanted.engine) failed in this call")
    }

    private func price(on tier: Tier) -> Int { policy.prices.price(ofCharacters: request.characters, on: tier.name) ?? 0 }

    private func outcome(_ tier: Tier, reservation: Reservation?, obstacle: Obstacle?, ceiling: Int? = nil) -> Outcome {
        var call = call
        call.ceiling = ceiling ?? call.ceiling
        let record = record(reaching: tier, obstacle: obstacle).flatMap { record in
            call.recorded.insert(.init(isUp: record.outcome == .performed, cause: record.cause)).inserted ? record : nil
        }
        let grant = TierGrant(
            callID: request.callID, tier: tier, characters: request.characters, reservation: reservation, escalation: record)
        return Outcome(grant: grant, call: call)
    }

    /// What there is to say about going from the current tier to `tier`, when `wanted` was asked for.
    private func record(reaching tier: Tier, obstacle: Obstacle?) -> EscalationRecord? {
        let step: (outcome: EscalationRecord.Outcome, to: Tier)
        if tier.rank > current.rank, call.isEscalated || obstacle != nil {
            step = (.performed, tier)
        } else if tier.rank < current.rank, obstacle != nil {
            step = (.lowered, tier)
        } else if tier.rank == current.rank, wanted.rank > tier.rank, obstacle != nil {
            step = (.refused, wanted)
        } else {
            return nil
        }
        let byQualification = step.outcome == .performed && wanted.rank > current.rank
        let cause = byQualification ? .qualification : obstacle?.cause ?? .qualification
        let threshold = policy.escalation.qualificationThreshold
        let why = [byQualification ? "qualification \(request.qualification) at threshold \(threshold)" : nil, obstacle?.reason]
        return EscalationRecord(
            callID: request.callID, at: at, fromTier: current.name, toTier: step.to.name, triggerAgent: request.agent,
            qualificationScore: request.qualification, costImpactMicroDollars: price(on: step.to) - price(on: current),
            budgetCheckPassed: obstacle == nil || obstacle?.cause == .voiceFailed, outcome: step.outcome, cause: cause,
            reason: why.compactMap(\.self).joined(separator: "; "))
    }
}
