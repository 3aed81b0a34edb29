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
    var clauses: [Int: Clause] = [:]
    /// Samples of the reply that were queued.
    var queued = 0
    /// The client tells us what it hears, so that the clock need not.
    var isReported = false

    mutating func begin() {
        clauses.removeAll(keepingCapacity: true)
        queued = 0
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
        heard.clauses[mark.number] = .init(index: clause, milliseconds: heard.queued * 1_000 / sampleRate.hertz)
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

    /// The client's own word. What cannot be true is flagged, and the clock is believed instead (FIELD 4).
    func played(_ name: String?, _ milliseconds: Int?) {
        let now = EventLoop.now
        let mark = name.flatMap { PlayoutMark(name: $0) }
        if let mark, let verdict = playout?.acknowledge(mark, now: now) {
            switch verdict {
            case .heard:
                heard.isReported = true
                credit(mark)
            case .implausible:
                heard.isReported = false
                credit(mark, isPlausible: false)
            case .flushed, .unknown: break
            }
        }
        guard let milliseconds, let generation = mark?.generation ?? playout?.latestGeneration else { return }
        let samples = milliseconds * sampleRate.hertz / 1_000
        switch playout?.report(samples: samples, generation: generation, now: now) {
        case .heard:
            heard.isReported = true
            while let mark = playout?.takeMark(heardBy: now + Frame.duration, upTo: (generation, samples)) { credit(mark) }
        case .implausible:
            heard.isReported = false
            context.metrics.implausibleMarks.increment()
        case .flushed, .unknown, nil: break
        }
    }

    /// A client that never says what it hears has heard what its clock must have played, and a little later than that.
    func creditByClock(_ now: Duration) {
        guard !heard.isReported else { return }
        while let mark = playout?.takeMark(heardBy: now - .milliseconds(300)) { credit(mark) }
    }

    private func credit(_ mark: PlayoutMark, isPlausible: Bool = true) {
        guard let clause = heard.clauses.removeValue(forKey: mark.number) else { return }
        call?.assumeIsolated { $0.clauseHeard(clause.index, generation: mark.generation, isPlausible: isPlausible) }
    }
}
