import CoreMetrics
import Logging
import Orchestrator
import StreamingPipeline

extension Call {
    /// What the ear reports, posted to the loop.
    func recognised(_ event: RecognitionEvent) {
        guard state != .ended else { return }
        switch event {
        case .partial: break
        case .failed(let utterance, let error):
            guard hearing?.utterance == utterance, var times = hearing?.times else { return }
            logger.warning("recogniser failed", metadata: ["code": "\(error.code.rawValue)"])
            services.metrics.recognitionFailures.increment()
            hearing = nil
            times.sttFinal = now
            notUnderstood(times)
        case .final(let utterance, let transcript):
            guard hearing?.utterance == utterance, var times = hearing?.times else { return }
            hearing = nil
            times.sttFinal = now
            services.metrics.heard(transcript)
            services.observer?.heard(identity.id, transcript)
            take(transcript, times)
        }
    }

    private func take(_ transcript: Transcript, _ times: TurnTimes) {
        switch transcript.rejection {
        case .notSpeech:
            // A cough, a door: nobody spoke to us.
            guard state == .awaitingTranscript || state == .listening else { return }
            state = .listening
            quietSince = now
        case .unintelligible:
            notUnderstood(times)
        case nil:
            callerSpoke()
            interrupt()
            let (text, confidence) = (transcript.text, transcript.confidence)
            answer((text, confidence), times: times) { conversation, turn in
                await conversation.respond(
                    to: UserTurn(text, channel: .voice, generation: turn.generation, confidence: confidence), within: turn.deadline)
            }
        }
    }

    /// Somebody spoke and nothing was understood: the conversation asks again, unless the agent is speaking anyway.
    private func notUnderstood(_ times: TurnTimes) {
        guard playing == nil else { return }
        callerSpoke()
        answer(("", 0), times: times) { conversation, turn in
            await conversation.respond(
                to: UserTurn("", channel: .voice, generation: turn.generation, confidence: 0, isUnintelligible: true),
                within: turn.deadline)
        }
    }

    /// The engine did not answer: the caller is asked again rather than left in silence.
    func transcriptOverdue(_ times: TurnTimes) {
        hearing = nil
        ear?.cancel()
        services.metrics.lateTranscripts.increment()
        notUnderstood(times)
    }
}
