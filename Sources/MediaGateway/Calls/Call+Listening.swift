import CoreMetrics
import Logging
import Orchestrator
import StreamingPipeline

extension Call {
    /// What the ear reports, posted to the loop.
    func recognised(_ event: RecognitionEvent) {
        guard state != .ended, !isClosing else { return }
        switch event {
        case .partial(let utterance, let text):
            if hearing?.utterance == utterance { show(.transcript(text, isFinal: false)) }
        case .failed(let utterance, let error):
            guard hearing?.utterance == utterance, var times = hearing?.times else { return awaited.removeAll { $0.utterance == utterance } }
            logger.warning("recogniser failed", metadata: ["code": "\(error.code.rawValue)"])
            services.metrics.recognitionFailures.increment()
            hearing = nil
            times.sttFinal = now
            notUnderstood(times)
        case .final(let utterance, let transcript):
            if let place = awaited.firstIndex(where: { $0.utterance == utterance }) {
                let before = awaited.remove(at: place)
                note(transcript)
                guard transcript.rejection == nil else { return }
                hold(transcript)
                // What came after it was nothing, and was found to be sooner.
                if hearing == nil, var times = before.times {
                    times.sttFinal = now
                    times.decodeTime = transcript.decodeTime
                    answerHeld(times)
                }
                return
            }
            guard hearing?.utterance == utterance, var times = hearing?.times else { return }
            hearing = nil
            times.sttFinal = now
            times.decodeTime = transcript.decodeTime
            note(transcript)
            take(transcript, times)
        }
    }

    private func note(_ transcript: Transcript) {
        services.metrics.heard(transcript)
        services.observer?.heard(identity.id, transcript)
        if transcript.rejection == nil { show(.transcript(transcript.text, isFinal: true)) }
    }

    // MARK: A caller who goes on before we have understood

    /// The caller speaks again: what is still being written down is not lost, it is the beginning of what they say now.
    func awaitBefore() {
        guard let hearing, hearing.times != nil else { return }
        awaited.append(hearing)
        guard awaited.count > 4 else { return }
        awaited.removeFirst()
        services.metrics.lateTranscripts.increment()
    }

    private func hold(_ transcript: Transcript) {
        held = (
            [held?.text, transcript.text].compactMap { $0 }.joined(separator: " "),
            min(held?.confidence ?? 1, transcript.confidence)
        )
    }

    /// What was said counts no more: the caller chose the keypad, or the call closes.
    func forgetSpeech() { (hearing, held, awaited) = (nil, nil, []) }

    private func take(_ transcript: Transcript, _ times: TurnTimes) {
        switch transcript.rejection {
        case .notSpeech where held == nil:
            // A cough, a door: nobody spoke to us.
            guard state == .awaitingTranscript || state == .listening else { return }
            state = .listening
            quietSince = now
        case .notSpeech, .unintelligible:
            notUnderstood(times)
        case nil:
            hold(transcript)
            answerHeld(times)
        }
    }

    /// - Returns: whether there was something to answer.
    @discardableResult private func answerHeld(_ times: TurnTimes) -> Bool {
        guard let (text, confidence) = held else { return false }
        if let code = SpokenCode.digits(in: text), join(code: code) { return true }
        if !awaited.isEmpty { services.metrics.lateTranscripts.increment(by: awaited.count) }
        callerSpoke()
        answer((text, confidence), times: times) { conversation, turn in
            await conversation.respond(
                to: UserTurn(text, channel: .voice, generation: turn.generation, confidence: confidence), within: turn.deadline)
        }
        return true
    }

    /// Somebody spoke and nothing was understood, or only what came before: the conversation asks again, unless the agent is speaking anyway.
    private func notUnderstood(_ times: TurnTimes) {
        guard !answerHeld(times), playing == nil else { return }
        callerSpoke()
        answer(("", 0), times: times) { conversation, turn in
            await conversation.respond(
                to: UserTurn("", channel: .voice, generation: turn.generation, confidence: 0, isUnintelligible: true),
                within: turn.deadline)
        }
    }

    /// The engine did not answer, and the caller has said nothing since that could be answered instead.
    func awaitedOverdue(_ times: TurnTimes) {
        awaited.removeFirst()
        services.metrics.lateTranscripts.increment()
        if hearing == nil { notUnderstood(times) }
    }

    /// The engine did not answer: the caller is asked again rather than left in silence.
    func transcriptOverdue(_ times: TurnTimes) {
        hearing = nil
        ear?.cancel()
        services.metrics.lateTranscripts.increment()
        notUnderstood(times)
    }
}
