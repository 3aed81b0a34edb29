import CoreMetrics
import EventLoop
import Logging
import Orchestrator
import StreamingPipeline
import TextChannel
import TierManager

/// One phone call: joins pipeline, conversation and tier.
///
/// Lives on the loop of its socket. It hears events, never frames: the leg enters with `assumeIsolated`, engines answer from
/// their own threads through ``EventLoop/post(_:)``. Whatever comes back carries a generation or an utterance number, and
/// what is stale is dropped.
actor Call {
    enum State: Equatable {
        /// The caller has the floor, or nobody.
        case listening
        /// The turn is over; the transcript is on its way.
        case awaitingTranscript
        /// The agent decides, or its price is being reserved.
        case answering
        /// Audio is leaving, or is about to.
        case speaking
        /// Nothing more is said.
        case ended
    }
    /// What the caller is saying, or has just said.
    struct Hearing {
        var utterance: Int
        var startedAt: Duration
        /// Set by the endpoint.
        var times: TurnTimes?
    }

    nonisolated let identity: CallIdentity
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let services: CallServices
    var conversation: Conversation
    /// The chat session that the caller has joined, with its code.
    var joined: JoinedChat?
    /// Codes that were none; whoever guesses is not let go on.
    var wrongCodes = 0
    /// The open question is for a number.
    var isNumberExpected = false
    /// Typed turns: on the socket of a stream nothing else bounds them.
    var typing: RateLimit
    let journal: CallJournal
    let logger: Logger
    private(set) weak var leg: (any CallLeg)?
    var ear: (any RecognitionStream)?

    var state = State.listening
    /// Numbers replies, from the greeting's 0; what an older one asked for is dropped.
    var generation = -1
    var hearing: Hearing?
    /// Utterances that ended, whose transcripts are on their way although the caller speaks again. Oldest first.
    var awaited: [Hearing] = []
    /// What was understood of those: the answer is to the whole.
    var held: (text: String, confidence: Double)?
    /// What was heard of a reply that was cut off, for the conversation to know (FIELD 5).
    var cutOff: String?
    /// The closing line is all that is still said.
    private(set) var isClosing = false
    var playing: ReplyInProgress?
    private var keypad = ""
    private var keypadSince: Duration = .zero
    /// Since when nobody has spoken; `nil` while somebody does.
    var quietSince: Duration?
    /// Silences in a row that the agent broke.
    private var silences = 0
    /// When to ask what became of a tool that the last reply left at work.
    var followUpAt: Duration?
    private let startedAt: Duration
    /// What the last grant said: the tier to stay on.
    var currentTier: String?
    /// Who answered last.
    var currentAgent: String?

    init(identity: CallIdentity, facts: [Fact], loop: EventLoop, leg: any CallLeg, services: CallServices) {
        (self.identity, self.loop, self.leg, self.services) = (identity, loop, leg, services)
        startedAt = services.now()
        typing = RateLimit(perMinute: services.settings.typedPerMinute, burst: services.settings.typedAtOnce, now: startedAt)
        conversation = services.openConversation(identity.id, facts)
        journal = services.openJournal(identity.id)
        var logger = services.logger
        logger[metadataKey: "callID"] = "\(identity.id)"
        self.logger = logger
    }

    /// Monotonic, the same clock as the loop's ticks.
    nonisolated var now: Duration { services.now() }

    // MARK: From the leg

    /// The stream has started: the greeting goes out, nothing is waited for (FIELD 21).
    func started(ear: (any RecognitionStream)?) {
        self.ear = ear
        journal.began(identity)
        services.observer?.callStarted(identity.id, callSid: identity.callSid, from: identity.from)
        services.events.emit(LifecycleEvent("call.started", subject: identity.id))
        logger.info("call started", metadata: ["callSid": "\(identity.callSid)"])
        answer(nil, times: nil) { conversation, _ in await conversation.greet() }
    }

    func heard(_ event: CallEvent) {
        guard !isClosing else { return }
        switch event {
        case .speechStarted(let utterance, _):
            awaitBefore()
            hearing = Hearing(utterance: utterance, startedAt: now)
            quietSince = nil
        case .utteranceEnded(let utterance, let lastVoiced, let at):
            guard hearing?.utterance == utterance else { return }
            guard ear != nil else {
                hearing = nil
                quietSince = playing == nil ? now : nil
                return
            }
            hearing?.times = TurnTimes(lastVoiced: now - (at - lastVoiced), endpoint: now)
            if state == .listening { state = .awaitingTranscript }
        case .pauseBegan, .speechResumed, .utteranceCapped: break
        }
    }

    /// A key. `#` ends a number, and so does a pause.
    func pressed(_ digit: Character) {
        guard state != .ended, !isClosing, digit != "#" || !keypad.isEmpty else { return }
        interrupt()
        quietSince = nil
        keypadSince = now
        if digit == "#" { return takeKeypad() }
        if keypad.count < 32 { keypad.append(digit) }
    }

    /// A mark came back: the caller has heard a clause.
    /// - Parameter isPlausible: false when it came earlier than its audio could have been played (FIELD 4): then the clock decides.
    func clauseHeard(_ clause: Int, generation: Int, isPlausible: Bool) {
        guard generation == self.generation, var reply = playing else { return }
        guard isPlausible else { return services.metrics.implausibleMarks.increment() }
        reply.heard = max(reply.heard, clause + 1)
        playing = reply
        if reply.isSpoken, reply.isFullyHeard { replyEnded() }
    }

    /// The first frame of the reply that is not silence was written.
    func becameAudible(_ generation: Int) {
        guard generation == self.generation, playing?.times?.firstAudio == nil else { return }
        playing?.times?.firstAudio = now
    }

    /// Ten times a second: deadlines, none of which needs to be finer.
    func tick() {
        guard state != .ended else { return }
        let now = now
        if playing != nil {
            flushOverflow()
            if let hearing, hearing.times == nil, now - hearing.startedAt >= services.settings.bargeIn { interrupt() }
        }
        if let playing, playing.isSpoken, now - playing.startedAt > playing.queuedAudio + .seconds(2) {
            // The carrier lost our marks: what must have been played by now was heard.
            services.metrics.missingMarks.increment(by: playing.clauses.count - playing.heard)
            self.playing?.heard = playing.clauses.count
            replyEnded()
        }
        if !keypad.isEmpty, now - keypadSince >= services.settings.keypadPause { takeKeypad() }
        if let times = hearing?.times, now - times.endpoint >= services.settings.transcriptDeadline { transcriptOverdue(times) }
        if let times = awaited.first?.times, now - times.endpoint >= services.settings.transcriptDeadline { awaitedOverdue(times) }
        if state == .listening, hearing == nil, awaited.isEmpty { breakSilence(now) }
        if now - startedAt >= services.settings.maximumCall, playing == nil { hangUp("maximum_duration") }
    }

    /// Nobody speaks: a tool's answer may be there, or the caller is asked (FIELD 9).
    private func breakSilence(_ now: Duration) {
        if let followUpAt, now >= followUpAt {
            self.followUpAt = nil
            return answer(nil, times: nil) { conversation, turn in
                await conversation.followUp(generation: turn.generation, channel: .voice, within: turn.deadline)
            }
        }
        let ladder = services.settings.silenceLadder
        guard let quietSince, now - quietSince >= ladder[min(silences, ladder.count - 1)] else { return }
        silences += 1
        answer(nil, times: nil) { conversation, turn in
            await conversation.respond(to: UserTurn("", channel: .voice, generation: turn.generation), within: turn.deadline)
        }
    }

    private func takeKeypad() {
        let digits = keypad
        keypad = ""
        guard !digits.isEmpty else { return }
        if join(code: digits) { return }
        forgetSpeech()
        ear?.cancel()
        var times = TurnTimes(lastVoiced: keypadSince, endpoint: now)
        times.sttFinal = now
        callerSpoke()
        answer((digits, 1), times: times) { conversation, turn in
            await conversation.respond(
                to: UserTurn(digits, channel: .voice, generation: turn.generation, isKeypad: true), within: turn.deadline)
        }
    }

    func callerSpoke() { silences = 0 }

    // MARK: The end

    /// The socket is gone, or the carrier said `stop`. Nothing of the call outlives this.
    func closed(_ reason: String) {
        guard state != .ended else { return }
        settle(interrupted: playing?.isFullyHeard == false)
        state = .ended
        generation += 1
        ear?.close()
        ear = nil
        services.observer?.callEnded(identity.id, reason: reason)
        services.events.emit(LifecycleEvent("call.ended", subject: identity.id, ["reason": reason]))
        services.metrics.ended(reason)
        logger.info("call ended", metadata: ["reason": "\(reason)"])
        let (conversation, journal, tiers, id, joined) = (conversation, journal, services.tiers, identity.id, joined)
        let settling = settling
        let unheard = cutOff
        services.directory.close {
            // A chat session outlives the call.
            if let joined {
                if let unheard { await conversation.heard(unheard, complete: false) }
                await joined.leave()
            } else {
                await conversation.leaveForPerson()
                await conversation.end(reason: reason)
            }
            await settling?.value
            await journal.ended(reason).value
            await tiers.callEnded(id)
        }
    }

    /// The books of the last reply, which the end of the call waits for.
    var settling: Task<Void, Never>?

    /// The server goes down: a closing line, then the end (FIELD 22).
    func drain() {
        guard state != .ended else { return }
        forgetSpeech()
        isClosing = true
        let (text, agent) = (services.settings.closingLine, currentAgent ?? "")
        let decision = Decision(intent: DialogueAct.goodbye.rawValue, confidence: 1, nextAction: .end)
        let reply = Reply(text: text, decision: decision, source: "system", agent: agent, then: .end(reason: "shutdown"))
        answer(nil, times: nil) { _, _ in reply }
    }

    func hangUp(_ reason: String) {
        guard state != .ended else { return }
        leg?.hangUp(code: 1000, reason: reason)
        closed(reason)
    }
}
