import AudioCodec
import CoreMetrics
import EventLoop
import Logging
import Orchestrator
import StreamingPipeline
import TextChannel
import WebSocketTransport

/// One stream of `WS /audio`: a browser or a program that talks and listens in Opus, PCM or µ-law.
///
/// Confined to its loop, which every entry point is called on. A packet is plain function calls from here to the socket and back
/// (DESIGN §3.2); the call hears events only.
final class AudioMediaSession: WebSocketHandler, LoopTicking, @unchecked Sendable {
    private enum State { case awaitingStart, live, closed }

    let context: MediaContext
    private let loop: EventLoop
    private(set) var connection: WebSocketConnection?
    private var state = State.awaitingStart
    private let openedAt = EventLoop.now

    // The audio path; made at `start`.
    private(set) var format: AudioFormat?
    var pipeline: InboundPipeline?
    private var inbound: InboundAudio?
    var playout: Playout?
    private(set) var outbound: OutboundAudio?
    private var gap = AudioGap()
    private var rate = AudioRate()

    private(set) var call: Call?
    private var place: AdmittedCall?
    /// What has been played of the reply, by the client's word or by the clock.
    var heard = HeardMarks()
    var awaitsSound: Int?
    private var lastHeard = EventLoop.now
    private var ticks = 0
    /// What the frame in hand brought.
    private var noticed: [CallEvent] = []
    private var faults = 0
    private var complaints = Complaints()
    /// A peer that sends this much rubbish is none.
    private static let maximumFaults = 50
    /// One binary message: half a second of PCM at 16 kHz.
    private static let maximumBinary = 16_384

    init(context: MediaContext, loop: EventLoop) { (self.context, self.loop) = (context, loop) }

    // MARK: The socket

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        noticed.reserveCapacity(16)
        loop.addTick(self)
    }

    /// The 20 ms path.
    func receivedBinary(_ message: RawSpan) {
        guard state == .live, let format else { return state == .closed ? () : fault("audio_before_start") }
        guard message.byteCount <= Self.maximumBinary else {
            tell("too_large", "a binary message of \(message.byteCount) bytes; at most \(Self.maximumBinary)")
            return close(1009, "message too big")
        }
        let now = EventLoop.now, bytes = Span<UInt8>(_bytes: message)
        lastHeard = now
        let length = inbound?.duration(of: bytes)
        guard rate.allows(audio: length ?? .zero, now: now) else { return tooFast() }
        guard let length else { return fault(format.encoding == .opus ? "opus_packet" : "empty_audio") }
        guard var inbound = inbound.take() else { return }
        var isGood = true, isLate = false
        do throws(OpusError) {
            let madeUp = try inbound.take(bytes) { frame in judge(&frame) }
            isLate = madeUp == nil
            rate.add(madeUp: madeUp ?? .zero)
        } catch {
            isGood = false
        }
        if state == .live { self.inbound = consume inbound }
        if isLate {
            // Nothing of it is heard, and its sender is not to blame.
            context.metrics.fault("late_packet")
        } else {
            gap.received(length, now: now)
        }
        if !isGood { fault("opus_packet") }
        let sampleBytes = 2 * format.channels
        if format.encoding == .pcm, !message.byteCount.isMultiple(of: sampleBytes) {
            // Its rest is heard with the next message; whoever did not mean that hears noise from here on.
            complain("odd_length", "\(message.byteCount) bytes are no whole samples of \(sampleBytes)", now: now)
        }
        // Afterwards, since the call may reach back into the pipeline.
        report()
    }

    func receivedText(_ message: RawSpan) {
        guard state != .closed else { return }
        lastHeard = EventLoop.now
        guard rate.allows(now: lastHeard) else { return tooFast() }
        let parsed: AudioMessage
        do {
            parsed = try AudioMessage(parsing: Span<UInt8>(_bytes: message))
        } catch {
            tell(error.code, error.message)
            return state == .awaitingStart ? close(error.code == "bad_value" ? 1003 : 1008, error.message) : fault(error.code)
        }
        take(parsed)
    }

    func closed(_ closure: WebSocketClosure) {
        connection = nil
        end(closure.cause == .peer ? "client_closed" : closure.cause.rawValue)
    }

    // MARK: Messages

    private func take(_ message: AudioMessage) {
        if case .start(let start) = message { return begin(start) }
        if message == .ping { return tell(AudioAnswer("pong")) }
        guard state == .live else {
            tell("no_start", "the first message is start")
            return close(1008, "no start")
        }
        switch message {
        case .start, .ping: break
        case .played(let mark, let milliseconds): played(mark, milliseconds)
        case .message(let message):
            if let refusal = call?.assumeIsolated({ $0.typed(message) }) { tell(refusal.code.rawValue, refusal.message) }
        case .cancel: call?.assumeIsolated { $0.cancelReply() }
        case .dtmf(let digit): call?.assumeIsolated { $0.pressed(digit) }
        case .stop:
            end("client_stop")
            connection?.close(1000, reason: "stop")
        case .unknown:
            context.metrics.fault("unknown_type")
            complain("unknown_type", "type: give start, played, message, cancel, dtmf, stop or ping", now: lastHeard)
        }
    }

    private func judge(_ frame: inout MutableSpan<Int16>) {
        pipeline?.process(&frame) { noticed.append($0) }
        guard context.isLoopback, let connection, let outbound else { return }
        if !outbound.send(samples: frame.span, on: connection) { context.metrics.framesRefused.increment() }
    }

    private func report() {
        guard !noticed.isEmpty else { return }
        for event in noticed { call?.assumeIsolated { $0.heard(event) } }
        noticed.removeAll(keepingCapacity: true)
    }

    func tell(_ answer: AudioAnswer) { connection?.sendControl(answer.json) }
    private func tell(_ code: String, _ message: String) { tell(.error(code, message)) }

    /// Tells what is passed over.
    private func complain(_ code: String, _ message: String, now: Duration) {
        if complaints.allow(code, now: now) { tell(code, message) }
    }

    /// A message that is none is counted and passed over; a peer that sends nothing else is closed.
    private func fault(_ kind: String) {
        context.metrics.fault(kind)
        faults += 1
        if faults >= Self.maximumFaults { close(1008, "too many bad messages") }
    }

    private func tooFast() {
        tell("rate_limited", "more than \(AudioRate.maximumMessages) messages or \(AudioRate.maximumAudio) of audio a second")
        close(1008, "too fast")
    }

    // MARK: Start

    private func begin(_ start: AudioMessage.Start) {
        guard state == .awaitingStart else {
            tell("second_start", "a stream starts once")
            return close(1008, "second start")
        }
        let identity = CallIdentity.web()
        do { place = try context.admission.begin(callSid: identity.callSid) } catch {
            context.metrics.refused(error.rawValue)
            tell(error.rawValue, error.sentence)
            return close(1013, error.rawValue)
        }
        do {
            outbound = try OutboundAudio(start.format, isLoopback: context.isLoopback)
            inbound = try InboundAudio(start.format)
        } catch { return close(1011, "no memory for a codec") }
        (format, state, lastHeard) = (start.format, .live, EventLoop.now)
        playout = Playout(configuration: context.playout, format: start.format.playout)
        tell(.session(identity, start.format))
        guard !context.isLoopback else {
            pipeline = context.pipeline(sampleRate: start.format.earRate, ear: nil)
            return
        }
        let facts = start.facts.map { Fact(key: $0.key, value: $0.value, source: "client") }
        guard let opened = context.open(identity, facts: facts, leg: self, loop: loop, sampleRate: start.format.earRate) else {
            return close(1011, "no agent")
        }
        call = opened.call
        pipeline = context.pipeline(sampleRate: start.format.earRate, ear: opened.ear)
        opened.call.assumeIsolated { [ear = opened.ear] in $0.started(ear: ear) }
    }

    // MARK: Tick

    func tick(now: Duration) {
        ticks += 1
        switch state {
        case .closed: return
        case .awaitingStart:
            if now - openedAt >= context.startDeadline { close(1008, "no start") }
        case .live:
            pump(now)
            fillGap(now)
            guard state == .live else { return }
            if now - lastHeard >= context.noMedia { return close(1001, "no media") }
            if ticks % 5 == 0 {
                creditByClock(now)
                call?.assumeIsolated { $0.tick() }
            }
        }
    }

    /// Silence for what did not come; in loopback nothing is made up.
    private func fillGap(_ now: Duration) {
        guard !context.isLoopback else { return }
        for _ in 0..<gap.frames(now: now) {
            guard var inbound = inbound.take() else { return }
            inbound.fill { frame in judge(&frame) }
            self.inbound = consume inbound
        }
        report()
    }

    // MARK: The end

    func close(_ code: Int, _ reason: String) {
        connection?.close(code, reason: reason)
        end(reason)
    }

    /// Nothing of the stream outlives this: tick, place, ear, call.
    private func end(_ reason: String) {
        guard state != .closed else { return }
        state = .closed
        loop.removeTick(self)
        if let counters = playout?.counters { context.metrics.played(counters) }
        call?.assumeIsolated { $0.closed(reason) }
        if let call { context.directory.remove(call) }
        call = nil
        pipeline = nil
        inbound = nil
        playout = nil
        place?.release()
        place = nil
    }
}

/// What a stream is told of its mistakes: of each kind once a second, so that rubbish does not become a flood of answers.
struct Complaints {
    private var last: [String: Duration] = [:]

    /// - Returns: whether it may be told now.
    mutating func allow(_ code: String, now: Duration) -> Bool {
        if let last = last[code], now - last < .seconds(1) { return false }
        last[code] = now
        return true
    }
}

extension Admission.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .full: "every place is taken; try again later"
        case .draining: "the gateway is going down; try again later"
        case .disabled: "the agent is switched off"
        case .overloaded: "the gateway is overloaded; try again later"
        }
    }
}
