import AudioCodec
import CoreMetrics
import EventLoop
import Foundation
import Logging
import Orchestrator
import Persistence
import SpokenText
import StreamingPipeline
import TextChannel
import TierManager

extension Call {
    /// What a turn is called elsewhere.
    struct TurnNames: Sendable {
        /// In traces: the client's own, or one that we make.
        var traceID: String
        /// The client's own name for a typed message.
        var id: String?
        /// Of the joined chat, on which it was typed.
        var device: ObjectIdentifier?

        init(traceID: String? = nil, id: String? = nil, device: ObjectIdentifier? = nil) {
            (self.traceID, self.id, self.device) = (traceID ?? UUID().uuidString.lowercased(), id, device)
        }
    }

    /// What a turn may cost in time, and its number.
    struct TurnTerms: Sendable {
        var generation: Int
        var deadline: Duration
    }

    /// Asks the conversation, then speaks what it says. What was being said or written down before ends here, and a newer question
    /// makes this one stale.
    /// - Parameters:
    ///   - user: what was understood, for the record.
    ///   - names: what the turn is called elsewhere.
    func answer(
        _ user: (text: String, confidence: Double)?, times: TurnTimes?, names: TurnNames = TurnNames(),
        _ ask: @escaping @Sendable (Conversation, TurnTerms) async -> Reply
    ) {
        guard state != .ended else { return }
        interrupt()
        (held, awaited) = (nil, [])
        generation += 1
        let terms = TurnTerms(generation: generation, deadline: deadline(times))
        state = .answering
        followUpAt = nil
        quietSince = nil
        if let user, !user.text.isEmpty {
            joined?.show(.init(user.text, id: names.id), turn: generation, traceID: names.traceID, typedOn: names.device)
        }
        let conversation = conversation
        let unheard = cutOff
        cutOff = nil
        Task {
            if let unheard { await conversation.heard(unheard, complete: false) }
            let asked = now
            let reply = await ask(conversation, terms)
            var times = times
            times?.decision = now
            times?.agentTime = now - asked
            await speak(reply, terms.generation, user, times, names)
        }
    }

    /// DESIGN §4.3: the first word comes within the reply budget whatever happens.
    private func deadline(_ times: TurnTimes?) -> Duration {
        guard let times else { return services.settings.turnDeadline }
        let left = services.settings.replyBudget - (now - times.lastVoiced) - services.settings.expectedSynthesis
        return max(.milliseconds(300), min(services.settings.turnDeadline, left))
    }

    /// Reserves the price, then speaks clause by clause. No audio leaves before the price is reserved.
    private func speak(
        _ reply: Reply, _ mine: Int, _ user: (text: String, confidence: Double)?, _ times: TurnTimes?, _ names: TurnNames
    ) async {
        guard mine == generation, state != .ended else { return }
        let clauses = services.splitter.clauses(of: reply.text)
        guard !reply.isStale, !clauses.isEmpty || reply.rest != nil else { return finish(reply) }
        let asked = now
        let grant = await services.tiers.plan(
            for: TierRequest(
                callID: identity.id, replyKey: "\(identity.id)/\(mine)", characters: max(clauses.reduce(0) { $0 + $1.count }, reply.longestText),
                qualification: reply.qualification, currentTier: currentTier, agent: reply.agent))
        guard mine == generation, state != .ended else { return await services.tiers.abandon(grant) }
        var times = times
        times?.tierTime = now - asked
        times?.firstText = now
        note(reply, grant)
        var next = ReplyInProgress(
            generation: mine, reply: reply, grant: grant, clauses: clauses, voice: grant.tier, times: times, user: user,
            names: names)
        next.startedAt = now
        next.isOpen = reply.rest != nil
        next.reply.rest = nil
        playing = next
        state = .speaking
        leg?.beginReply(mine)
        if let rest = reply.rest { read(rest, mine) }
        speakNextClause()
        services.observer?.answering(identity.id, reply, grant)
    }

    /// Who speaks now, and with which voice.
    private func note(_ reply: Reply, _ grant: TierGrant) {
        currentAgent = reply.agent
        currentTier = grant.tier.name
        guard let step = grant.escalation else { return }
        journal.escalation(step)
        services.events.emit(step.event(session: conversation.id))
        logger.info("tier", metadata: ["outcome": "\(step.outcome.rawValue)", "to": "\(step.toTier)", "reason": "\(step.reason)"])
    }

    func speakNextClause() {
        guard let reply = playing else { return }
        guard !reply.isSpoken else {
            leg?.endReply()
            return
        }
        guard reply.current < reply.clauses.count else {
            playing?.silentSince = now
            return
        }
        let (mine, clause) = (reply.generation, reply.current)
        showClause(clause)
        let rate = leg?.sampleRate ?? .hz8000
        let words = services.normaliser.speakable(reply.clauses[clause])
        playing?.jobStarted = now
        playing?.clauseSpoken = false
        playing?.clauseSounded = false
        if let audio = services.fixedLines.audio(for: words, voice: reply.voice.voice, sampleRate: rate) {
            synthesised(.audio(audio), mine, clause)
            synthesised(.finished, mine, clause)
            return
        }
        guard let engine = services.synthesisers[reply.voice.engine] else {
            return voiceFailed(SpeechEngineError(.missing, engine: reply.voice.engine, "no such engine"))
        }
        playing?.job = engine.speak(words, voice: reply.voice.voice, sampleRate: rate) { [weak self, loop] event in
            loop.post { [weak self] in self?.assumeIsolated { $0.synthesised(event, mine, clause) } }
        }
    }

    private func synthesised(_ event: SynthesisEvent, _ mine: Int, _ clause: Int) {
        guard mine == generation, playing?.generation == mine, playing?.current == clause else { return }
        switch event {
        case .audio(let pcm):
            if playing?.clauseSounded == false {
                playing?.clauseSounded = true
                if clause == 0, let started = playing?.jobStarted { playing?.times?.voiceTime = now - started }
            }
            playing?.queuedAudio += (leg?.sampleRate ?? .hz8000).duration(samples: pcm.count)
            playing?.overflow += pcm
            flushOverflow()
        case .finished:
            if playing?.job != nil, let tier = playing?.voice.name { services.voiceWorked(tier, true) }
            playing?.clauseSpoken = true
            playing?.job = nil
            flushOverflow()
        case .failed(let error): voiceFailed(error)
        }
    }

    /// Moves what waits into the playout as far as there is room; the clause's mark follows its last sample.
    func flushOverflow() {
        guard let leg, var waiting = playing?.overflow else { return }
        if !waiting.isEmpty {
            waiting = waiting.dropFirst(leg.play(waiting))
            playing?.overflow = waiting.isEmpty ? [] : waiting
        }
        guard waiting.isEmpty, playing?.clauseSpoken == true, let clause = playing?.current else { return }
        leg.mark(clause: clause)
        playing?.clauseSpoken = false
        playing?.current += 1
        speakNextClause()
    }

    /// A voice that fails is replaced at the clause boundary, by the lowest tier's, and not used again in this call (FIELD 18).
    private func voiceFailed(_ error: SpeechEngineError) {
        guard let reply = playing else { return }
        logger.warning("voice failed", metadata: ["code": "\(error.code.rawValue)", "tier": "\(reply.voice.name)"])
        services.metrics.voiceFailures.increment()
        let failed = reply.voice.name
        services.voiceWorked(failed, false)
        if reply.replacedAt == nil { playing?.replacedAt = reply.current + (reply.clauseSounded ? 1 : 0) }
        Task { [tiers = services.tiers, id = identity.id] in await tiers.voiceFailed(tier: failed, call: id) }
        guard failed != services.policy.lowest.name else {
            // The last voice is gone: the reply ends here, and the turn is recorded with what was heard.
            settle(interrupted: true)
            leg?.stopPlayback(reply.generation)
            return finish(reply.reply)
        }
        playing?.voice = services.policy.lowest
        playing?.job = nil
        if playing?.clauseSounded == true {
            playing?.clauseSpoken = true
            flushOverflow()
        } else {
            speakNextClause()
        }
    }

    /// The caller takes the floor: cancel synthesis, drop our queue, clear the carrier's (FIELD 1). Without a reply, nothing.
    func interrupt() {
        guard let reply = playing else { return }
        services.metrics.interruptions.increment()
        generation += 1
        settle(interrupted: true)
        leg?.stopPlayback(reply.generation)
        state = hearing?.times == nil ? .listening : .awaitingTranscript
    }

    func replyEnded() {
        guard let reply = playing else { return }
        settle(interrupted: false)
        finish(reply.reply)
    }

    /// After the reply: listen, hand over, or hang up.
    private func finish(_ reply: Reply) {
        switch reply.then {
        case .listen(let slot):
            state = hearing?.times == nil ? .listening : .awaitingTranscript
            if hearing == nil { quietSince = now }
            if reply.isPending { followUpAt = now + services.settings.followUpAfter }
            expect(slot)
        case .handoff(let reason):
            services.events.emit(LifecycleEvent("call.handoff", subject: identity.id, ["reason": reason]))
            hangUp("handoff")
        case .end(let reason): hangUp(reason)
        }
    }

    /// Closes the books of the reply: what was spoken is paid, what was not heard is waste, the turn is recorded.
    func settle(interrupted: Bool) {
        showWhole()
        guard var reply = playing else { return }
        playing = nil
        if interrupted { cutOff = reply.heardText }
        reply.job?.cancel()
        reply.reading?.cancel()
        reply.times?.replyEnd = now
        showLatency(reply)
        let heardBytes = leg?.heardBytes(reply.generation)
        // The call may go to another conversation before this is written.
        let (before, session) = (settling, conversation.id)
        settling = Task { [reply] in
            await before?.value
            let cost = await services.tiers.settle(reply.grant, spokenCharacters: reply.spokenCharacters)
            record(reply, of: session, cost: cost, interrupted: interrupted, heardBytes: heardBytes)
        }
    }

    private func record(_ reply: ReplyInProgress, of session: String, cost: Int, interrupted: Bool, heardBytes: Int?) {
        let heardPrice = services.policy.prices.price(ofCharacters: reply.heardCharacters, on: reply.grant.tier.name) ?? 0
        let tier = reply.replacedAt == 0 ? reply.voice : reply.grant.tier
        let stages = reply.stages
        let summary = TurnSummary(
            generation: reply.generation, stages: stages, tier: tier, costMicroDollars: cost,
            wasteMicroDollars: max(0, cost - heardPrice), wasInterrupted: interrupted, heardText: reply.heardText)
        services.metrics.turn(summary)
        journal.turn(
            TurnRecord(
                session: session, callID: identity.id, generation: reply.generation, at: Date(), userText: reply.user?.text ?? "",
                userConfidence: reply.user?.confidence, replyText: reply.reply.text, heardText: reply.heardText, heardBytes: heardBytes,
                interrupted: interrupted, decision: reply.reply.decision, agent: reply.reply.agent, tier: tier.name,
                source: reply.reply.source, stages: stages, costMicroDollars: cost, wasteMicroDollars: summary.wasteMicroDollars,
                traceID: reply.names.traceID))
        services.observer?.turnCompleted(identity.id, summary)
    }
}
