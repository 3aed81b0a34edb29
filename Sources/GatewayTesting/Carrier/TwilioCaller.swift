import AudioCodec
import EventLoop
import Foundation
import WebSocketTransport

/// Twilio's end of one stream, with a scripted caller on the line: sends 20 ms frames by one start instant, plays what comes back
/// as a phone would, echoes marks, obeys `clear`, and writes down when what was heard.
///
/// Confined to its loop.
final class TwilioCaller: WebSocketHandler, LoopTicking, @unchecked Sendable {
    private enum Phase {
        /// The agent has the floor; the next line follows when it has finished.
        case listening(since: Int)
        case speaking(line: Int, at: Int)
        case done
    }
    private static let frame = 160

    private let script: CallerScript
    private let callSid: String, accountSid: String, streamSid: String
    private let parameters: [String: String]
    private let loop: EventLoop
    private let finished: @Sendable (CallReport) -> Void

    private var connection: WebSocketConnection?
    private var phase = Phase.listening(since: 0)
    private var nextLine = 0
    private var startedAt = Duration.zero
    private var framesSent = 0
    private var playback = CarrierPlayback()
    private var callerTrack: [Int16] = []
    private var exchanges: [CallReport.Exchange] = []
    private var greetingEnd: Int?
    private var framesReceived = 0, lateFrames = 0, marksEchoed = 0
    private var agentBegan: Int?
    /// The arrival from which the frames of a reply are due, and how many have come since.
    private var anchor: (at: Duration, frames: Int)?
    private var lastArrival = Duration.zero
    private var ending: CallReport.Ending?
    private var message = OutboundBuffer(capacity: 512)

    init(
        _ script: CallerScript, callSid: String, accountSid: String, parameters: [String: String], loop: EventLoop,
        finished: @escaping @Sendable (CallReport) -> Void
    ) {
        (self.script, self.callSid, self.accountSid, self.parameters) = (script, callSid, accountSid, parameters)
        (self.loop, self.finished) = (loop, finished)
        streamSid = CallPlacement.identifier("MZ")
    }

    // MARK: The socket

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        startedAt = EventLoop.now
        connection.sendControl(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        let start: [String: Any] = [
            "event": "start", "sequenceNumber": "1", "streamSid": streamSid,
            "start": [
                "accountSid": accountSid, "streamSid": streamSid, "callSid": callSid, "tracks": ["inbound"],
                "mediaFormat": ["encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1], "customParameters": parameters,
            ],
        ]
        if let json = try? JSONSerialization.data(withJSONObject: start) { connection.sendControl(String(decoding: json, as: UTF8.self)) }
        loop.addTick(self)
    }

    func receivedText(_ message: RawSpan) {
        let data = unsafe message.withUnsafeBytes { unsafe Data($0) }
        guard let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any], json["streamSid"] as? String == streamSid else { return }
        switch json["event"] as? String {
        case "media":
            guard let payload = (json["media"] as? [String: Any])?["payload"] as? String, let bytes = Data(base64Encoded: payload) else { return }
            arrived(Array(bytes))
        case "mark":
            guard let name = (json["mark"] as? [String: Any])?["name"] as? String else { return }
            if let echo = playback.receiveMark(name) { echoMark(echo) }
        case "clear":
            for name in playback.receiveClear() { echoMark(name) }
            anchor = nil
        default: break
        }
    }

    func closed(_ closure: WebSocketClosure) {
        connection = nil
        finish(.gateway(code: closure.code))
    }

    // MARK: Time

    func tick(now: Duration) {
        guard ending == nil else { return }
        // Drift-free: what is due follows from the start instant alone.
        let due = Int((now - startedAt) / .milliseconds(20)) + 1
        while framesSent < due, ending == nil { sendFrame(now) }
    }

    private func sendFrame(_ now: Duration) {
        let media = framesSent * Self.frame
        for name in playback.advance(to: media) { echoMark(name) }
        if playback.isPlaying, agentBegan == nil { agentBegan = media }
        decide(media)
        var samples = nextSamples(media)
        callerTrack += samples
        framesSent += 1
        if case .speaking(let line, let at) = phase, case .speak(let audio) = script.lines[line].action, at >= audio.count {
            ended(line, media + Self.frame)
        }
        send(&samples)
    }

    /// What this frame holds: the line that is being spoken, else the line's noise.
    private func nextSamples(_ media: Int) -> [Int16] {
        if case .speaking(let line, let at) = phase, case .speak(let audio) = script.lines[line].action {
            let piece = Array(audio[min(at, audio.count)..<min(at + Self.frame, audio.count)])
            phase = .speaking(line: line, at: at + Self.frame)
            if Self.isVoiced(piece) { lastVoiced = EventLoop.now - startedAt }
            return piece + [Int16](repeating: 0, count: Self.frame - piece.count)
        }
        guard !script.lineNoise.isEmpty else { return [Int16](repeating: 0, count: Self.frame) }
        return (0..<Self.frame).map { script.lineNoise[(media + $0) % script.lineNoise.count] }
    }
    private var lastVoiced = Duration.zero

    private func send(_ samples: inout [Int16]) {
        guard let connection else { return }
        let payload = Data(samples.map(MuLaw.encode)).base64EncodedString()
        message.removeAll()
        message.append(
            "{\"event\":\"media\",\"sequenceNumber\":\"\(framesSent + 1)\",\"media\":{\"track\":\"inbound\",\"chunk\":\"\(framesSent)\",\"timestamp\":\"\((framesSent - 1) * 20)\",\"payload\":\""
                as String)
        message.append(payload)
        message.append("\"},\"streamSid\":\"\(streamSid)\"}" as String)
        connection.send(text: message)
    }

    // MARK: The script

    private func decide(_ media: Int) {
        guard case .listening(let since) = phase else { return }
        let reaction = samples(script.reaction)
        let hasSpoken = (playback.lastPlayed ?? 0) > since
        let isQuiet = !playback.isPlaying && playback.outstandingMarks == 0 && media - (playback.lastPlayed ?? 0) >= reaction
        if nextLine < script.lines.count, let after = script.lines[nextLine].interruptsAfter, let began = agentBegan,
            began >= since, media - began >= samples(after)
        {
            return speak(media)
        }
        if hasSpoken, isQuiet { return nextLine < script.lines.count ? speak(media) : hangUp(media) }
        if media - max(since, playback.lastPlayed ?? 0) > samples(script.patience) {
            closeExchange(media)
            connection?.close(1000, reason: "gave up")
            finish(.gaveUp(afterLine: nextLine))
        }
    }

    private func speak(_ media: Int) {
        closeExchange(media)
        let line = nextLine
        nextLine += 1
        agentBegan = nil
        switch script.lines[line].action {
        case .speak: phase = .speaking(line: line, at: 0)
        case .press(let keys):
            for key in keys {
                connection?.sendControl("{\"event\":\"dtmf\",\"streamSid\":\"\(streamSid)\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"\(key)\"}}")
            }
            lastVoiced = EventLoop.now - startedAt
            ended(line, media)
        case .stayQuiet:
            lastVoiced = EventLoop.now - startedAt
            ended(line, media)
        }
    }

    private func ended(_ line: Int, _ media: Int) {
        exchanges.append(.init(text: script.lines[line].text, lastVoiced: lastVoiced, firstAudible: nil, answer: media..<media))
        phase = .listening(since: media)
    }

    /// The answer of the exchange before ends where the caller speaks again.
    private func closeExchange(_ media: Int) {
        if exchanges.isEmpty { greetingEnd = greetingEnd ?? media }
        guard let last = exchanges.indices.last else { return }
        exchanges[last].answer = exchanges[last].answer.lowerBound..<max(media, exchanges[last].answer.lowerBound)
    }

    private func hangUp(_ media: Int) {
        closeExchange(media)
        connection?.sendControl(
            "{\"event\":\"stop\",\"sequenceNumber\":\"\(framesSent + 1)\",\"streamSid\":\"\(streamSid)\",\"stop\":{\"accountSid\":\"\(accountSid)\",\"callSid\":\"\(callSid)\"}}"
        )
        connection?.close(1000, reason: "hang-up")
        finish(.caller)
    }

    // MARK: What comes back

    private func arrived(_ payload: [UInt8]) {
        let now = EventLoop.now
        framesReceived += 1
        // A reply's frames are due 20 ms apart from its first one; a pause starts anew.
        if let reply = anchor, now - lastArrival < .milliseconds(300) || playback.isPlaying {
            if now - reply.at - .milliseconds(20 * reply.frames) > .milliseconds(40) { lateFrames += 1 }
            anchor?.frames += 1
        } else {
            anchor = (now, 1)
        }
        lastArrival = now
        playback.receive(payload)
        if case .listening = phase, let last = exchanges.indices.last, exchanges[last].firstAudible == nil,
            Self.isVoiced(payload.map(MuLaw.decode))
        {
            exchanges[last].firstAudible = now - startedAt
        }
    }

    private func echoMark(_ name: String) {
        marksEchoed += 1
        connection?.sendControl("{\"event\":\"mark\",\"sequenceNumber\":\"\(framesSent + 1)\",\"streamSid\":\"\(streamSid)\",\"mark\":{\"name\":\"\(name)\"}}")
    }

    /// Louder than -42 dBFS: line noise is not.
    private static func isVoiced(_ samples: [Int16]) -> Bool {
        guard !samples.isEmpty else { return false }
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
        return energy > 260 * 260
    }

    private func samples(_ duration: Duration) -> Int { Int(duration / .microseconds(125)) }

    private func finish(_ ending: CallReport.Ending) {
        guard self.ending == nil else { return }
        self.ending = ending
        phase = .done
        loop.removeTick(self)
        // What is queued would still be heard.
        _ = playback.advance(to: playback.heard.count + playback.queued)
        closeExchange(playback.heard.count)
        callerTrack += [Int16](repeating: 0, count: max(0, playback.heard.count - callerTrack.count))
        finished(
            CallReport(
                streamSid: streamSid, callSid: callSid, ending: ending, exchanges: exchanges, greeting: 0..<(greetingEnd ?? playback.heard.count),
                callerTrack: callerTrack, agentTrack: playback.heard, framesReceived: framesReceived, lateFrames: lateFrames,
                marksEchoed: marksEchoed, clears: playback.clears))
    }
}
