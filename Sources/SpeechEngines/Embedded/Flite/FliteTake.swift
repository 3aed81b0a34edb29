import AudioCodec
import StreamingPipeline

/// The audio of one clause while it is made: levelled, trimmed, resampled, and given out in pieces.
final class FliteTake {
    private let job: FliteJob
    private var trimmer: SilenceTrimmer
    private let limit: SoftLimit
    private var resampler: Resampler?
    private var trimmed: [Int16] = []
    private var ready: [Int16] = []
    /// Pieces of 20 ms: short enough to begin at once, long enough not to be a storm of events.
    private let piece: Int

    init(job: FliteJob) {
        self.job = job
        trimmer = SilenceTrimmer(samplesPerSecond: job.voice.sampleRate.hertz)
        limit = SoftLimit(gain: job.voice.gain)
        resampler = job.voice.sampleRate == job.sampleRate ? nil : Resampler(from: job.voice.sampleRate, to: job.sampleRate)
        piece = job.sampleRate.samplesPerFrame
    }

    /// - Returns: whether Flite shall go on.
    func hear(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
        if job.shouldStop { return false }
        trimmer.process(unsafe samples.map { limit($0) }, appendTo: &trimmed)
        pass()
        if ready.count >= piece { give() }
        return true
    }

    func finish() {
        trimmer.finish(appendTo: &trimmed)
        pass()
        resampler?.finish(appendTo: &ready)
        if !ready.isEmpty { give() }
    }

    private func pass() {
        guard !trimmed.isEmpty else { return }
        if resampler == nil {
            ready += trimmed
        } else {
            resampler?.process(trimmed, appendTo: &ready)
        }
        trimmed.removeAll(keepingCapacity: true)
    }

    private func give() {
        job.report(.audio(ready))
        ready.removeAll(keepingCapacity: true)
    }
}
