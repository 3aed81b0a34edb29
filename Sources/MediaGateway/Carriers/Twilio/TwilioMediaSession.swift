import AudioCodec
import CoreMetrics
import EventLoop
import Logging
import Orchestrator
import StreamingPipeline
import TextChannel
import WebSocketTransport

/// One Twilio stream: a socket on its loop, the audio path behind it, and the call that it carries.
///
/// Confined to the loop, which every entry point is called on. A frame is plain function calls from here to the socket and back
/// (DESIGN §3.2): scanned, decoded, judged and handed to the ear, or paced, encoded and written. The call hears events only.
final class TwilioMediaSession: WebSocketHandler, LoopTicking, CallLeg, @unchecked Sendable {
    private enum State { case awaitingStart, live, closed }

    private let context: TwilioMediaContext
    private let loop: EventLoop
    private var connection: WebSocketConnection?
    private var state = State.awaitingStart
    private let openedAt = EventLoop.now

    // The audio path; made at `start`.
    private var pipeline: InboundPipeline?
    private var frames = InboundFrames()
    private var playout: Playout?
    private var outbound: TwilioOutbound?

    private var call: Call?
    private var place: AdmittedCall?
    private var callSid = ""
    /// A mark of this reply came back before its audio could have been played.
    private var isDoubted = false
    /// Clause of each mark that is out, by the mark's number.
    private var clauses: [Int: Int] = [:]
    private var awaitsSound: Int?
    /// Somebody types here, and is shown what is said.
    private var isRead = false
    private var lastMedia = EventLoop.now
    private var ticks = 0
    /// What the frame in hand brought.
    private var noticed: [CallEvent] = []
    private var faults = 0
    /// A peer that sends this much rubbish is none.
    private static let maximumFaults = 50

    init(context: TwilioMediaContext, loop: EventLoop) { (self.context, self.loop) = (context, loop) }

    // MARK: The socket

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        loop.addTick(self)
    }

    func receivedText(_ message: RawSpan) {
        guard state != .closed else { return }
        var fields = TwilioMediaFields()
        let outcome = unsafe message.withUnsafeBytes { unsafe TwilioMediaScanner.scan($0, into: &fields) }
        if outcome == .media, state == .live, takeMedia(message, fields) { return }
        parse(message)
    }

    func receivedBinary(_ message: RawSpan) { fault("binary") }

    /// A typed turn on the socket of the stream (`WS /ws`).
    func typed(_ message: ChatRequest.Message) {
        guard state == .live else { return fault("message_before_start") }
        isRead = true
        if let refusal = call?.assumeIsolated({ $0.typed(message) }) { connection?.sendControl(ChatEvent.error(refusal).json) }
    }

    func closed(_ closure: WebSocketClosure) {
        connection = nil
        end(closure.cause == .peer ? "carrier_closed" : closure.cause.rawValue)
    }

    // MARK: Messages

    /// The 20 ms path.
    /// - Returns: false when the payload is not what the fast path takes.
    private func takeMedia(_ message: RawSpan, _ fields: TwilioMediaFields) -> Bool {
        guard outbound?.isOurs(fields, in: message) == true else { return false }
        lastMedia = EventLoop.now
        let text = message.extracting(fields.payload..<fields.payload + fields.payloadCount)
        return frames.take(base64: text) { frame in judge(&frame) }
    }

    private func judge(_ frame: inout MutableSpan<Int16>) {
        pipeline?.process(&frame) { noticed.append($0) }
        if context.media.isLoopback { sendBack(frame.span) }
        // Afterwards, since the call may reach back into the pipeline.
        guard !noticed.isEmpty else { return }
        for event in noticed { call?.assumeIsolated { $0.heard(event) } }
        noticed.removeAll(keepingCapacity: true)
    }

    /// Loopback: decoded, judged, compressed again.
    private func sendBack(_ samples: Span<Int16>) {
        guard let connection, let outbound else { return }
        if !outbound.send(samples: samples, on: connection) { context.media.metrics.framesRefused.increment() }
    }

    private func parse(_ message: RawSpan) {
        let parsed: TwilioMessage
        do {
            parsed = try unsafe message.withUnsafeBytes { bytes throws(TwilioMessageError) in
                try TwilioMessage(parsing: unsafe Span(_unsafeBytes: bytes))
            }
        } catch {
            return fault(error.code.rawValue)
        }
        switch parsed {
        case .connected, .unknown: break
        case .start(let start): begin(start)
        case .media(let media):
            guard state == .live, outbound?.streamSid == media.streamSid else { return fault("media_before_start") }
            guard media.isInbound else { return }
            lastMedia = EventLoop.now
            frames.take(media.payload.span) { frame in judge(&frame) }
        case .dtmf(let digit): call?.assumeIsolated { $0.pressed(digit) }
        case .mark(let name): markReturned(name)
        case .stop:
            end("carrier_stop")
            connection?.close(1000, reason: "stop")
        }
    }

    /// A message that is none is counted and passed over; a peer that sends nothing else is closed.
    private func fault(_ kind: String) {
        context.media.metrics.fault(kind)
        faults += 1
        if faults >= Self.maximumFaults { close(1008, "too many bad messages") }
    }

    // MARK: Start

    private func begin(_ start: TwilioMessage.Start) {
        guard state == .awaitingStart else { return close(1008, "second start") }
        guard context.accepts(start) else { return close(1008, "token") }
        do { place = try context.media.admission.begin(callSid: start.callSid) } catch { return close(1013, error.rawValue) }
        callSid = start.callSid
        guard let outbound = TwilioOutbound(streamSid: start.streamSid) else { return close(1008, "streamSid") }
        self.outbound = outbound
        state = .live
        lastMedia = EventLoop.now
        playout = Playout(configuration: context.media.playout)
        guard !context.media.isLoopback else {
            pipeline = context.media.pipeline(ear: nil)
            return
        }
        guard let opened = context.open(start, leg: self, loop: loop) else { return close(1011, "no agent") }
        call = opened.call
        pipeline = context.media.pipeline(ear: opened.ear)
        opened.call.assumeIsolated { [ear = opened.ear] in $0.started(ear: ear) }
    }

    // MARK: Tick

    func tick(now: Duration) {
        ticks += 1
        switch state {
        case .closed: return
        case .awaitingStart:
            if now - openedAt >= context.media.startDeadline { close(1008, "no start") }
        case .live:
            pump(now)
            if now - lastMedia >= context.media.noMedia { return close(1001, "no media") }
            if ticks % 5 == 0 {
                creditByClock(now)
                call?.assumeIsolated { $0.tick() }
            }
        }
    }

    /// Hands out what is due: frames, and the marks behind them.
    private func pump(_ now: Duration) {
        playout?.tick(now: now) { frame in
            guard send(frame) else { return false }
            if let generation = awaitsSound, Self.isAudible(frame) {
                awaitsSound = nil
                call?.assumeIsolated { $0.becameAudible(generation) }
            }
            return true
        } mark: { mark in
            guard let connection, let outbound else { return false }
            return connection.sendControl(outbound.mark(mark.name))
        }
    }

    @discardableResult private func send(_ frame: Span<UInt8>) -> Bool {
        guard let connection else { return false }
        guard outbound?.send(frame, on: connection) == true else {
            context.media.metrics.framesRefused.increment()
            return false
        }
        return true
    }

    /// Louder than the quietest codes of µ-law: more than -50 dBFS at its peak.
    private static func isAudible(_ frame: Span<UInt8>) -> Bool {
        for index in frame.indices where abs(Int(MuLaw.decode(frame[index]))) > 104 { return true }
        return false
    }

    private func markReturned(_ name: String) {
        guard let mark = PlayoutMark(name: name), let verdict = playout?.acknowledge(mark, now: EventLoop.now) else { return }
        switch verdict {
        case .heard: credit(mark)
        case .implausible:
            isDoubted = true
            guard let clause = clauses[mark.number] else { return }
            call?.assumeIsolated { $0.clauseHeard(clause, generation: mark.generation, isPlausible: false) }
        case .flushed, .unknown: break
        }
    }

    /// A carrier whose marks cannot be true is not believed for the rest of the reply: the clock is (FIELD 4).
    private func creditByClock(_ now: Duration) {
        guard isDoubted else { return }
        while let mark = playout?.takeMark(heardBy: now) { credit(mark) }
    }

    private func credit(_ mark: PlayoutMark) {
        guard let clause = clauses.removeValue(forKey: mark.number) else { return }
        call?.assumeIsolated { $0.clauseHeard(clause, generation: mark.generation, isPlausible: true) }
    }

    // MARK: What the call asks

    var sampleRate: SampleRate { .hz8000 }

    /// A telephone shows nothing; whoever types into its stream reads, too.
    func show(_ line: CallLine) { if isRead { connection?.sendControl(AudioAnswer.line(line).json) } }

    func beginReply(_ generation: Int) {
        playout?.begin(generation: generation)
        awaitsSound = generation
        isDoubted = false
        clauses.removeAll(keepingCapacity: true)
    }

    func play(_ pcm: ArraySlice<Int16>) -> Int {
        guard let generation = playout?.generation else { return pcm.count }
        let taken = playout?.append(pcm.span, generation: generation) ?? 0
        pump(EventLoop.now)
        return taken
    }

    func mark(clause: Int) {
        guard let generation = playout?.generation, let mark = playout?.mark(generation: generation) else { return }
        clauses[mark.number] = clause
    }

    func endReply() {
        guard let generation = playout?.generation else { return }
        playout?.finish(generation: generation)
        pump(EventLoop.now)
    }

    func stopPlayback(_ generation: Int) {
        awaitsSound = nil
        clauses.removeAll(keepingCapacity: true)
        let settlement = playout?.stopPlayback(generation: generation, now: EventLoop.now)
        if settlement?.needsCarrierClear == true, let outbound { connection?.sendControl(outbound.clear) }
    }

    func heardBytes(_ generation: Int) -> Int? { playout?.heard(generation: generation, at: EventLoop.now) }

    func listen(silence: Duration?) { pipeline?.silence = silence ?? context.media.endpointing.silence }

    func hangUp(code: Int, reason: String) { close(code, reason) }

    // MARK: The end

    private func close(_ code: Int, _ reason: String) {
        connection?.close(code, reason: reason)
        end(reason)
    }

    /// Nothing of the stream outlives this: tick, place, ear, call.
    private func end(_ reason: String) {
        guard state != .closed else { return }
        state = .closed
        loop.removeTick(self)
        if let counters = playout?.counters { context.media.metrics.played(counters) }
        call?.assumeIsolated { $0.closed(reason) }
        if let call { context.media.directory.remove(call) }
        call = nil
        pipeline = nil
        playout = nil
        place?.release()
        place = nil
    }
}
