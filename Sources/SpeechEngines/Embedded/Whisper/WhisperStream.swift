import AudioCodec
import StreamingPipeline

/// One call's ear on the embedded recogniser. Confined to the call's event loop.
///
/// Between utterances the last second is kept for the pre-roll; an utterance is collected in a buffer of fixed size
/// whose pages the system provides as they are written.
@safe final class WhisperStream: RecognitionStream, ExpectingRecognitionStream {
    /// The longest utterance: what the network's window holds.
    static let longestUtterance = Duration.seconds(30)
    /// What is fed; the network hears 16 kHz as it is, 8 kHz is brought up to it.
    private let sampleRate: SampleRate
    /// Samples of one utterance, and samples kept while nobody speaks: one second.
    private let capacity: Int, prerollCapacity: Int

    private enum Phase {
        case idle
        case listening(utterance: Int)
        /// A decode of all that was said so far is on its way.
        case pausing(utterance: Int, DecodeJob)
        case closed
    }

    private let bench: DecodeBench
    private let events: @Sendable (RecognitionEvent) -> Void
    private var phase = Phase.idle
    private var expectation: RecognitionExpectation?
    /// Ended utterances whose results are still to come; ``cancel()`` stops them too.
    private var ended: [DecodeJob] = []

    private let utterance: UnsafeMutablePointer<Int16>
    private var utteranceCount = 0
    private var isTruncated = false
    private let recent: UnsafeMutablePointer<Int16>
    /// Samples ever written to `recent`, a ring.
    private var recentCount = 0

    init(
        bench: DecodeBench, sampleRate: SampleRate, events: @escaping @Sendable (RecognitionEvent) -> Void
    ) throws(SpeechEngineError) {
        (self.bench, self.sampleRate, self.events) = (bench, sampleRate, events)
        (capacity, prerollCapacity) = (sampleRate.samples(in: Self.longestUtterance), sampleRate.hertz)
        unsafe utterance = .allocate(capacity: capacity)
        unsafe recent = .allocate(capacity: prerollCapacity)
        do throws(SpeechEngineError) {
            try bench.streamOpened()
        } catch {
            phase = .closed
            throw error
        }
    }

    deinit {
        close()
        unsafe utterance.deallocate()
        unsafe recent.deallocate()
    }

    func feed(_ frame: Span<Int16>) {
        switch phase {
        case .closed: return
        case .idle: for index in frame.indices { keep(frame[index]) }
        case .listening, .pausing:
            // The ring goes on, so that an utterance that begins right after this one has its pre-roll.
            for index in frame.indices { keep(frame[index]) }
            let count = min(frame.count, capacity - utteranceCount)
            for index in 0..<count { unsafe utterance[utteranceCount + index] = frame[index] }
            utteranceCount += count
            if count < frame.count { isTruncated = true }
        }
    }

    func utteranceStarted(_ number: Int, preroll: Int) {
        if case .closed = phase { return }
        dropSpeculation()
        let count = min(preroll, recentCount, prerollCapacity)
        for index in 0..<max(0, count) {
            unsafe utterance[index] = recent[(recentCount - count + index) % prerollCapacity]
        }
        (utteranceCount, isTruncated) = (max(0, count), false)
        phase = .listening(utterance: number)
    }

    func pauseBegan() {
        guard case .listening(let number) = phase, utteranceCount > 0 else { return }
        let job = job(for: number, isAwaited: false)
        phase = .pausing(utterance: number, job)
        bench.speculate(job)
    }

    func speechResumed() {
        guard case .pausing(let number, let job) = phase else { return }
        bench.cancel(job)
        phase = .listening(utterance: number)
    }

    func utteranceEnded() {
        ended.removeAll(where: \.isOver)
        switch phase {
        case .idle, .closed: return
        case .pausing(_, let job) where bench.await(job): ended.append(job)
        case .pausing(let number, _), .listening(let number):
            let job = job(for: number, isAwaited: true)
            ended.append(job)
            bench.submit(job)
        }
        if isTruncated { bench.utteranceTruncated() }
        (phase, utteranceCount, isTruncated) = (.idle, 0, false)
    }

    func cancel() {
        if case .closed = phase { return }
        dropSpeculation()
        for job in ended { bench.cancel(job) }
        ended.removeAll()
        (phase, utteranceCount, isTruncated) = (.idle, 0, false)
    }

    func close() {
        if case .closed = phase { return }
        cancel()
        phase = .closed
        bench.streamClosed()
    }

    func expect(_ expectation: RecognitionExpectation?) { self.expectation = expectation }

    private func keep(_ sample: Int16) {
        unsafe recent[recentCount % prerollCapacity] = sample
        recentCount += 1
    }

    private func dropSpeculation() {
        if case .pausing(_, let job) = phase { bench.cancel(job) }
    }

    private func job(for number: Int, isAwaited: Bool) -> DecodeJob {
        let samples = unsafe Array(UnsafeBufferPointer(start: utterance, count: utteranceCount))
        let events = events
        return DecodeJob(samples: samples, sampleRate: sampleRate, expectation: expectation, isAwaited: isAwaited) { outcome in
            switch outcome {
            case .transcript(let transcript): events(.final(utterance: number, transcript))
            case .failure(let error): events(.failed(utterance: number, error))
            }
        }
    }
}
