import AudioCodec
public import EventLoop
import Foundation
public import WebSocketTransport

/// A caller on `WS /audio`: speaks and types by a script, plays what comes as an ear does, and says what it has heard. Confined to its loop.
public final class AudioCaller: WebSocketHandler, LoopTicking, @unchecked Sendable {
    private enum Phase: Equatable { case awaitingSession, listening, speaking(line: Int, at: Int) }

    private let script: AudioScript
    private let loop: EventLoop
    private let finished: @Sendable (AudioReport) -> Void
    private let wire: AudioCallerWire
    private var connection: WebSocketConnection?
    private var phase = Phase.awaitingSession
    private var nextLine = 0
    private var startedAt = Duration.zero, framesSent = 0
    private var report = AudioReport()
    private var isFinished = false

    /// The ear: samples that wait, those that were played, and the marks between them.
    private var queue: [Int16] = [], head = 0, received = 0, played = 0
    private var marks: [(name: String, milliseconds: Int, at: Int)] = []
    private var lastSound: Duration?, agentBegan: Duration?, lineEnded = Duration.zero

    public init(_ script: AudioScript, loop: EventLoop, finished: @escaping @Sendable (AudioReport) -> Void) throws {
        (self.script, self.loop, self.finished) = (script, loop, finished)
        wire = try AudioCallerWire(script)
    }

    /// Places a call and plays the script to its end.
    /// - Parameter address: `ws://HOST:PORT/audio`.
    public static func call(_ address: String, _ script: AudioScript, on loop: EventLoop, resolver: Resolver) async throws -> AudioReport {
        guard let target = CallPlacement.target(address) else { throw CallPlacement.Failure("\(address): not a WebSocket address") }
        let (reports, report) = AsyncStream.makeStream(of: AudioReport.self, bufferingPolicy: .bufferingNewest(1))
        var limits = TransportLimits()
        limits.idle = nil
        let caller = try AudioCaller(script, loop: loop) {
            report.yield($0)
            report.finish()
        }
        _ = try await WebSocketClient(resolver: resolver, limits: limits).connect(to: target, on: loop) { caller }
        for await report in reports { return report }
        throw CallPlacement.Failure("the call ended without a report")
    }

    // MARK: The socket

    public func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        startedAt = EventLoop.now
        connection.sendControl(
            "{\"type\":\"start\",\"encoding\":\"\(script.encoding.rawValue)\",\"sample_rate\":\(script.sampleRate.hertz),\"channels\":1\(script.extra.map { "," + $0 } ?? "")}"
        )
        loop.addTick(self)
    }

    public func receivedText(_ message: RawSpan) {
        let data = unsafe message.withUnsafeBytes { unsafe Data($0) }
        report.controls.append(String(decoding: data, as: UTF8.self))
        guard let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else { return }
        switch json["type"] as? String {
        case "session":
            phase = .listening
            (startedAt, lineEnded) = (EventLoop.now, EventLoop.now)
        case "mark":
            guard let name = json["mark"] as? String else { return }
            marks.append((name, json["ms"] as? Int ?? 0, received))
        case "clear":
            report.clears += 1
            (queue, head, marks) = ([], 0, [])
            received = played
        default: break
        }
    }

    public func receivedBinary(_ message: RawSpan) {
        report.packets.append(message.byteCount)
        let samples = wire.decode(unsafe message.withUnsafeBytes { unsafe Array($0) })
        if head == queue.count { (queue, head) = ([], 0) }
        queue += samples
        received += samples.count
        guard samples.contains(where: { abs(Int($0)) > 600 }) else { return }
        if agentBegan == nil { agentBegan = EventLoop.now }
        if phase == .listening, report.latencies.last == .some(nil) { report.latencies[report.latencies.count - 1] = EventLoop.now - lineEnded }
    }

    public func closed(_ closure: WebSocketClosure) {
        connection = nil
        finish(.gateway(code: closure.code))
    }

    // MARK: Time

    public func tick(now: Duration) {
        guard !isFinished, phase != .awaitingSession else { return }
        while framesSent < Int((now - startedAt) / .milliseconds(20)), !isFinished {
            framesSent += 1
            play(now)
            decide(now)
            sendFrame(now)
        }
    }

    /// 20 ms through the ear.
    private func play(_ now: Duration) {
        let count = min(script.sampleRate.samplesPerFrame, queue.count - head)
        report.heard += queue[head..<head + count]
        report.heard += [Int16](repeating: 0, count: script.sampleRate.samplesPerFrame - count)
        if count > 0 { lastSound = now }
        head += count
        played += count
        while let mark = marks.first, mark.at <= played {
            marks.removeFirst()
            guard script.reports else { continue }
            report.marksReported += 1
            connection?.sendControl("{\"type\":\"played\",\"mark\":\"\(mark.name)\",\"ms\":\(mark.milliseconds)}")
        }
    }

    private func sendFrame(_ now: Duration) {
        var frame = [Int16](repeating: 0, count: script.sampleRate.samplesPerFrame)
        if case .speaking(let line, let at) = phase, case .speak(let audio) = script.lines[line].action {
            let piece = audio[min(at, audio.count)..<min(at + frame.count, audio.count)]
            frame.replaceSubrange(0..<piece.count, with: piece)
            phase = .speaking(line: line, at: at + frame.count)
            if at + frame.count >= audio.count { listen(now) }
        }
        if let packet = wire.encode(frame) { unsafe packet.withUnsafeBytes { _ = unsafe connection?.send(binary: $0.bytes) } }
    }

    // MARK: The script

    private func decide(_ now: Duration) {
        guard phase == .listening else { return }
        if nextLine < script.lines.count, let after = script.lines[nextLine].interruptsAfter, let agentBegan, now - agentBegan >= after {
            return act(now)
        }
        let quiet = now - (lastSound ?? now)
        if head == queue.count, marks.isEmpty, let lastSound, lastSound > lineEnded, quiet >= script.reaction {
            return nextLine < script.lines.count ? act(now) : hangUp()
        }
        if now - max(lineEnded, lastSound ?? .zero) > script.patience {
            connection?.close(1000, reason: "gave up")
            finish(.gaveUp(afterLine: nextLine))
        }
    }

    private func act(_ now: Duration) {
        let line = nextLine
        nextLine += 1
        agentBegan = nil
        report.latencies.append(nil)
        switch script.lines[line].action {
        case .speak: phase = .speaking(line: line, at: 0)
        case .type(let text, let traceID):
            var message = ["type": "message", "text": text]
            message["trace_id"] = traceID
            if let json = try? JSONSerialization.data(withJSONObject: message) { connection?.sendControl(String(decoding: json, as: UTF8.self)) }
            listen(now)
        case .press(let digits):
            for digit in digits { connection?.sendControl("{\"type\":\"dtmf\",\"digit\":\"\(digit)\"}") }
            listen(now)
        case .cancel:
            connection?.sendControl("{\"type\":\"cancel\"}")
            listen(now)
        case .stayQuiet: listen(now)
        }
    }

    private func listen(_ now: Duration) {
        phase = .listening
        lineEnded = now
    }

    private func hangUp() {
        connection?.sendControl("{\"type\":\"stop\"}")
        finish(.caller)
    }

    private func finish(_ ending: CallReport.Ending) {
        guard !isFinished else { return }
        isFinished = true
        loop.removeTick(self)
        report.ending = ending
        finished(report)
    }
}

/// Frames to binary messages and back, in the script's encoding.
private final class AudioCallerWire {
    private let script: AudioScript
    private var encoder: OpusEncoder
    private var receiver: OpusReceiver
    private var room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes)

    init(_ script: AudioScript) throws {
        self.script = script
        encoder = try OpusEncoder(
            sampleRate: script.sampleRate, configuration: OpusEncoderConfiguration(isDiscontinuous: script.isDiscontinuous))
        receiver = try OpusReceiver(sampleRate: script.sampleRate)
    }

    /// - Returns: `nil` for what is not sent.
    func encode(_ frame: [Int16]) -> [UInt8]? {
        switch script.encoding {
        case .muLaw: return frame.map(MuLaw.encode)
        case .pcm: return frame.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        case .opus:
            var span = room.mutableSpan
            guard let count = try? encoder.encode(frame.span, into: &span), count > 2 || !script.isDiscontinuous else { return nil }
            return Array(room.prefix(count))
        }
    }

    func decode(_ message: [UInt8]) -> [Int16] {
        switch script.encoding {
        case .muLaw: return message.map(MuLaw.decode)
        case .pcm: return stride(from: 0, to: message.count - 1, by: 2).map { Int16(bitPattern: UInt16(message[$0]) | UInt16(message[$0 + 1]) << 8) }
        case .opus:
            var samples: [Int16] = []
            try? receiver.receive(message.span) { piece in for index in piece.indices { samples.append(piece[index]) } }
            return samples
        }
    }
}
