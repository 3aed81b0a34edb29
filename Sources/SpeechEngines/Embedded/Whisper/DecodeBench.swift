import AudioCodec
import StreamingPipeline

/// The workers, their queue and their counters.
final class DecodeBench: Sendable {
    let configuration: WhisperConfiguration
    private let pool: WorkerPool<DecodeJob>
    private let counters: Monitor<WhisperStatistics>

    init(configuration: WhisperConfiguration, decoders: [WhisperDecoder]) {
        self.configuration = configuration
        let counters = Monitor(WhisperStatistics())
        let judge = TranscriptJudge(minimumConfidence: configuration.minimumConfidence, repair: configuration.repair)
        self.counters = counters
        pool = WorkerPool(
            name: "whisper", capacity: configuration.queueCapacity,
            bodies: decoders.map { decoder in { job in Self.run(job, on: decoder, judge: judge, counters: counters) } })
    }

    /// Gives an awaited job to the workers; one that finds no place fails.
    func submit(_ job: DecodeJob) {
        switch pool.submit(job, as: .awaited) {
        case .accepted: break
        case .displaced(let speculative):
            speculative.cancel()
            counters.withLock { $0.droppedSpeculative += 1 }
        case .refused:
            counters.withLock { $0.refused += 1 }
            let capacity = configuration.queueCapacity
            Delivery.shared {
                _ = job.finish(
                    .failure(
                        SpeechEngineError(
                            .busy, engine: WhisperRecognizer.engineName, "\(capacity) decodes wait already; the machine is too slow for its calls")))
            }
        }
    }

    /// Gives a job to the workers that nobody waits for yet; one that finds no place is dropped.
    func speculate(_ job: DecodeJob) {
        guard case .refused = pool.submit(job, as: .speculative) else { return }
        job.cancel()
        counters.withLock { $0.droppedSpeculative += 1 }
    }

    /// The utterance of a speculative job ended there.
    /// - Returns: whether its outcome will be reported.
    func await(_ job: DecodeJob) -> Bool {
        // Promoted first: once somebody waits for it, no other job may take its place.
        pool.promote(job)
        return job.await()
    }

    func cancel(_ job: DecodeJob) {
        pool.withdraw(job)
        if job.cancel() { counters.withLock { $0.wasted(.zero) } }
    }

    func streamOpened() throws(SpeechEngineError) {
        let maximum = configuration.maximumStreams
        let isOpen = counters.withLock { counters in
            guard counters.openStreams < maximum else { return false }
            counters.openStreams += 1
            return true
        }
        guard isOpen else {
            throw SpeechEngineError(.busy, engine: WhisperRecognizer.engineName, "all \(maximum) ears are in use")
        }
    }
    func streamClosed() { counters.withLock { $0.openStreams -= 1 } }
    func utteranceTruncated() { counters.withLock { $0.truncated += 1 } }

    var statistics: WhisperStatistics {
        var statistics = counters.withLock { $0 }
        statistics.queueDepth = pool.depth
        return statistics
    }

    func close() {
        for job in pool.close() { job.cancel() }
    }

    private static func run(_ job: DecodeJob, on decoder: WhisperDecoder, judge: TranscriptJudge, counters: Monitor<WhisperStatistics>) {
        guard !job.isCancelled.value else { return }
        let clock = ContinuousClock(), begun = clock.now
        do throws(SpeechEngineError) {
            let transcript = try decoder.transcribe(
                job.samples, sampleRate: job.sampleRate, expecting: job.expectation, judge: judge, isCancelled: job.isCancelled)
            let time = clock.now - begun
            guard var transcript else { return counters.withLock { $0.wasted(time) } }
            transcript.decodeTime = time
            transcript.audio = job.audio
            counters.withLock { $0.decoded(job.audio, in: time) }
            if !job.finish(.transcript(transcript)) { counters.withLock { $0.wasted(time) } }
        } catch {
            counters.withLock { $0.failures += 1 }
            _ = job.finish(.failure(error))
        }
    }
}
