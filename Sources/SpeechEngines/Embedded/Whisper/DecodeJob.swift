import AudioCodec
import StreamingPipeline

/// One utterance on its way through a worker. Its audio is a copy: the ear that asked may close at any time.
final class DecodeJob: Sendable {
    enum Outcome: Sendable {
        case transcript(Transcript)
        case failure(SpeechEngineError)
    }
    private enum Phase {
        /// Waiting or at work; somebody waits for it or it is speculative.
        case pending(isAwaited: Bool)
        /// Done before anybody waited for it.
        case done(Outcome)
        /// Reported, cancelled or dropped: nothing more comes of it.
        case over
    }

    /// Mono, at `sampleRate`: 8 kHz from a telephone, 16 kHz from a wide-band leg.
    let samples: [Int16]
    let sampleRate: SampleRate
    let expectation: RecognitionExpectation?
    let isCancelled = CancellationFlag()
    private let report: @Sendable (Outcome) -> Void
    private let cancelled: @Sendable () -> Void
    private let phase: Monitor<Phase>

    /// - Parameters:
    ///   - report: called once at most, from a worker's or the delivering thread.
    ///   - cancelled: called instead when nothing will be reported any more, from whoever cancelled.
    init(
        samples: [Int16], sampleRate: SampleRate, expectation: RecognitionExpectation?, isAwaited: Bool,
        report: @escaping @Sendable (Outcome) -> Void,
        cancelled: @escaping @Sendable () -> Void = {}
    ) {
        (self.samples, self.sampleRate, self.expectation) = (samples, sampleRate, expectation)
        (self.report, self.cancelled) = (report, cancelled)
        phase = Monitor(.pending(isAwaited: isAwaited))
    }

    var audio: Duration { sampleRate.duration(samples: samples.count) }

    /// From now on somebody waits for the outcome.
    /// - Returns: whether it will come: false when the job was dropped before.
    func await() -> Bool {
        phase.withLock { phase in
            switch phase {
            case .pending:
                phase = .pending(isAwaited: true)
                return true
            case .done(let outcome):
                phase = .over
                let report = report
                Delivery.shared { report(outcome) }
                return true
            case .over: return false
            }
        }
    }

    /// The worker is done.
    /// - Returns: whether the outcome may still be of use.
    func finish(_ outcome: Outcome) -> Bool {
        let (isUseful, isAwaited) = phase.withLock { phase -> (Bool, Bool) in
            guard case .pending(let isAwaited) = phase else { return (false, false) }
            phase = isAwaited ? .over : .done(outcome)
            return (true, isAwaited)
        }
        if isAwaited { report(outcome) }
        return isUseful
    }

    /// Stops the work within milliseconds.
    /// - Returns: whether an outcome that was already there is thrown away.
    @discardableResult
    func cancel() -> Bool {
        isCancelled.set()
        let before = phase.withLock { phase in
            defer { phase = .over }
            return phase
        }
        switch before {
        case .pending: cancelled()
        case .done:
            cancelled()
            return true
        case .over: break
        }
        return false
    }

    var isOver: Bool {
        phase.withLock { if case .over = $0 { true } else { false } }
    }
}
