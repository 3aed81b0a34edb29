import AudioCodec
import Foundation
import Persistence
import TextChannel

/// A control message of `/audio`, to the client (DESIGN §6). Fields that do not belong to its type are absent.
struct AudioAnswer: Encodable {
    var type: String
    var sessionID: String?, callID: String?
    var encoding: String?, sampleRate: Int?, channels: Int?, frameMilliseconds: Int?, sequence: Bool?
    var messageID: String?, replyTo: String?, text: String?, isFinal: Bool?
    var agent: String?, intent: String?, confidence: Double?, source: String?
    var latencyMilliseconds: Int?, traceID: String?
    var mark: String?, milliseconds: Int?
    var code: String?, message: String?
    var stages: [String: Int]?

    init(_ type: String) { self.type = type }

    enum CodingKeys: String, CodingKey {
        case type, encoding, channels, sequence, text, agent, intent, confidence, source, mark, code, message, stages
        case sessionID = "session_id", callID = "call_id", sampleRate = "sample_rate", frameMilliseconds = "frame_ms"
        case messageID = "message_id", replyTo = "id", isFinal = "final", latencyMilliseconds = "latency_ms", traceID = "trace_id", milliseconds = "ms"
    }

    var json: String { JSONLine.text(self) }

    /// The stream is open: what it is called, and what comes back on it.
    static func session(_ identity: CallIdentity, _ format: AudioFormat) -> AudioAnswer {
        var answer = AudioAnswer("session")
        (answer.sessionID, answer.callID) = (identity.id, identity.id)
        (answer.encoding, answer.sampleRate, answer.channels) = (format.encoding.rawValue, format.sampleRate.hertz, 1)
        answer.frameMilliseconds = 20
        // So that a client knows that its numbers are read, and not played.
        if format.isNumbered { answer.sequence = true }
        return answer
    }

    static func error(_ code: String, _ message: String) -> AudioAnswer {
        var answer = AudioAnswer("error")
        (answer.code, answer.message) = (code, message)
        return answer
    }

    /// Follows the audio of a clause: its name, and the milliseconds of the reply that end there.
    static func mark(_ name: String, milliseconds: Int) -> AudioAnswer {
        var answer = AudioAnswer("mark")
        (answer.mark, answer.milliseconds) = (name, milliseconds)
        return answer
    }

    static func line(_ line: CallLine) -> AudioAnswer {
        switch line {
        case .transcript(let text, let isFinal):
            var answer = AudioAnswer("transcript")
            (answer.text, answer.isFinal) = (text, isFinal)
            return answer
        case .delta(let turn, let text):
            var answer = AudioAnswer("delta")
            (answer.messageID, answer.text) = (ChatMessageID.text(turn), text)
            return answer
        case .message(let message):
            var answer = AudioAnswer("message")
            (answer.messageID, answer.replyTo) = (ChatMessageID.text(message.turn), message.replyTo)
            (answer.text, answer.agent, answer.intent) = (message.text, message.agent, message.intent)
            answer.confidence = (message.confidence * 1_000).rounded() / 1_000
            (answer.source, answer.traceID) = (message.source, message.traceID)
            answer.latencyMilliseconds = message.latency.wholeMilliseconds
            return answer
        case .latency(let turn, let stages):
            var answer = AudioAnswer("latency")
            answer.messageID = ChatMessageID.text(turn)
            let times = [
                ("endpoint", stages.endpoint), ("stt_final", stages.sttFinal), ("decision", stages.decision), ("first_text", stages.firstText),
                ("first_audio", stages.firstAudio), ("reply_end", stages.replyEnd),
            ]
            answer.stages = Dictionary(uniqueKeysWithValues: times.compactMap { name, time in time.map { (name, $0.wholeMilliseconds) } })
            return answer
        }
    }
}
