import AudioCodec
import CoreMetrics
import EventLoop
import StreamingPipeline
import WebSocketTransport

/// Clauses of the reply that is on its way to the ear, by the marks behind them.
struct HeardMarks {
    struct Clause {
        var index: Int
        /// Milliseconds of the reply that end with it.
        var milliseconds: Int
    }
    /// A clause that was heard.
    struct Credit: Equatable { var clause: Int, generation: Int }
    private(set) var clauses: [Int: Clause] = [:]
    /// Samples of the reply that were queued.
    var queued = 0
    /// The client tells us what it hears, so that the clock need not.
    private var isReported = false
    /// Something that it told of this reply cannot be true.
    private var isDoubted = false
    /// The clock credits what the client does not.
    var isByClock: Bool { !isReported || isDoubted }

    mutating func begin() {
        clauses.removeAll(keepingCapacity: true)
        (queued, isDoubted) = (0, false)
    }

    /// A clause ends with what is queued by now.
    mutating func end(_ clause: Int, mark: Int, at rate: SampleRate) {
        // Rounded up: who has played these milliseconds has played its last sample, too.
        clauses[mark] = Clause(index: clause, milliseconds: (queued * 1_000 + rate.hertz - 1) / rate.hertz)
    }

    /// The client's own word. What cannot be true is flagged, and the clock is believed instead (FIELD 4).
    /// - Parameters:
    ///   - name: of the mark that its ear has passed.
    ///   - milliseconds: of the reply that its ear has played.
    /// - Returns: what was heard for certain.
    mutating func played(_ name: String?, _ milliseconds: Int?, of playout: inout Playout?, at rate: SampleRate, now: Duration) -> [Credit] {
        var credits: [Credit] = []
        let mark = name.flatMap { PlayoutMark(name: $0) }
        if let mark, let verdict = playout?.acknowledge(mark, now: now) {
            switch verdict {
            case .heard:
                isReported = true
                if let heard = credit(mark) { credits.append(heard) }
            case .implausible:
                (isReported, isDoubted) = (false, true)
                return credits
            case .flushed, .unknown: break
            }
        }
        let latest = playout?.latestGeneration
        guard let milliseconds, let generation = mark?.generation ?? latest else { return credits }
        let samples = milliseconds * rate.hertz / 1_000
        switch playout?.report(samples: samples, generation: generation, now: now) {
        case .heard:
            isReported = true
            // A report may be a frame ahead of the clock, and a mark counts as heard at the end of the frame that it sits in.
            while let mark = playout?.takeMark(heardBy: now + Frame.duration * 2, upTo: (generation, samples)) {
                if let heard = credit(mark) { credits.append(heard) }
            }
        case .implausible: (isReported, isDoubted) = (false, true)
        case .flushed, .unknown, nil: break
        }
        return credits
    }

    /// - Returns: `nil` for a mark of an older reply.
    mutating func credit(_ mark: PlayoutMark) -> Credit? {
        clauses.removeValue(forKey: mark.number).map { Credit(clause: $0.index, generation: mark.generation) }
    }
}

/// What the call asks of the stream, and what the client reports of it.
extension AudioMediaSession: CallLeg {
    var sampleRate: SampleRate { format?.sampleRate ?? .hz8000 }

    func beginReply(_ generation: Int) {
        playout?.begin(generation: generation)
        awaitsSound = generation
        heard.begin()
    }

    func play(_ pcm: ArraySlice<Int16>) -> Int {
        guard let generation = playout?.generation else { return pcm.count }
        let taken = playout?.append(pcm.span, generation: generation) ?? 0
        heard.queued += taken
        pump(EventLoop.now)
        return taken
    }

    func mark(clause: Int) {
        guard let generation = playout?.generation, let mark = playout?.mark(generation: generation) else { return }
        heard.end(clause, mark: mark.number, at: sampleRate)
    }

    func endReply() {
        guard let generation = playout?.generation else { return }
        playout?.finish(generation: generation)
        pump(EventLoop.now)
    }

    func stopPlayback(_ generation: Int) {
        awaitsSound = nil
        heard.begin()
        outbound?.dropWaiting()
        let settlement = playout?.stopPlayback(generation: generation, now: EventLoop.now)
        if settlement?.needsCarrierClear == true { tell(AudioAnswer("clear")) }
    }

    func heardBytes(_ generation: Int) -> Int? {
        playout?.heard(generation: generation, at: EventLoop.now).map { $0 * SampleRate.hz8000.hertz / sampleRate.hertz }
    }

    func listen(silence: Duration?) { pipeline?.silence = silence ?? context.endpointing.silence }

    func show(_ line: CallLine) { tell(.line(line)) }

    func hangUp(code: Int, reason: String) { close(code, reason) }

    // MARK: Sound out

    /// Hands out what is due: frames, and the marks behind them.
    func pump(_ now: Duration) {
        playout?.tick(now: now) { frame in
            guard let connection, let outbound else { return false }
            guard outbound.send(frame, on: connection) else {
                context.metrics.framesRefused.increment()
                return false
            }
            if let generation = awaitsSound, isAudible(frame) {
                awaitsSound = nil
                call?.assumeIsolated { $0.becameAudible(generation) }
            }
            return true
        } mark: { mark in
            guard let connection else { return false }
            return connection.sendControl(AudioAnswer.mark(mark.name, milliseconds: heard.clauses[mark.number]?.milliseconds ?? 0).json)
        }
    }

    /// More than -50 dBFS at its peak.
    private func isAudible(_ frame: Span<UInt8>) -> Bool {
        if format?.encoding == .muLaw {
            for index in frame.indices where abs(Int(MuLaw.decode(frame[index]))) > 104 { return true }
            return false
        }
        for index in 0..<frame.count / 2 where abs(Int(Int16(bitPattern: UInt16(frame[2 * index]) | UInt16(frame[2 * index + 1]) << 8))) > 104 {
            return true
        }
        return false
    }

    // MARK: What was heard

    func played(_ name: String?, _ milliseconds: Int?) {
        let before = playout?.counters.implausibleMarks ?? 0
        let credits = heard.played(name, milliseconds, of: &playout, at: sampleRate, now: EventLoop.now)
        context.metrics.implausibleMarks.increment(by: (playout?.counters.implausibleMarks ?? before) - before)
        // Told last, since the call may begin its next reply at once.
        for credit in credits { tell(credit) }
    }

    /// A client that never says what it hears has heard what its clock must have played, and a little later than that.
    func creditByClock(_ now: Duration) {
        guard heard.isByClock else { return }
        while let mark = playout?.takeMark(heardBy: now - .milliseconds(300)) {
            if let credit = heard.credit(mark) { tell(credit) }
        }
    }

    private func tell(_ credit: HeardMarks.Credit) {
        call?.assumeIsolated { $0.clauseHeard(credit.clause, generation: credit.generation, isPlausible: true) }
    }
}
