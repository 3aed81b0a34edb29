import AudioCodec

/// When the next frame is due, and where the ear is.
///
/// The ear plays what it gets without a break. Every due time follows from one instant, the start of playback, so that no
/// error adds up; the lead begins at `startLead` and grows by a millisecond a millisecond until it is `fullLead`.
struct PlayoutClock {
    let startLead: Duration, fullLead: Duration
    /// Of the samples that are counted.
    let rate: SampleRate
    /// When the ear played, or would have played, the first sample of the call.
    private var origin: Duration?
    /// Where the growth of the lead begins.
    private var rampStart = Duration.zero, rampLead = Duration.zero

    init(startLead: Duration, fullLead: Duration, rate: SampleRate) { (self.startLead, self.fullLead, self.rate) = (startLead, fullLead, rate) }

    /// Whether the ear has anything left to play.
    func isPlaying(at now: Duration, sent: Int) -> Bool { end(of: sent).map { now < $0 } ?? false }

    /// When the ear has played the first `samples` of what was sent; `nil` while it is known to be silent.
    func end(of samples: Int) -> Duration? { origin.map { $0 + rate.duration(samples: samples) } }

    /// What the ear has played of `sent` samples.
    func played(at now: Duration, sent: Int) -> Int {
        guard let origin else { return sent }
        return min(sent, rate.samples(in: max(.zero, now - origin)))
    }

    /// When a frame may leave that ends at sample `end`; the clock runs.
    func due(_ end: Int) -> Duration {
        let heard = (origin ?? .zero) + rate.duration(samples: end)
        return max(rampStart, heard - fullLead, (heard + rampStart - rampLead) / 2)
    }

    /// The ear is silent and hears the next sample now.
    mutating func start(at now: Duration, sent: Int) {
        origin = now - rate.duration(samples: sent)
        (rampStart, rampLead) = (now, startLead)
    }

    /// The schedule was missed while the ear still plays: what is left of the lead plus one frame grows again from now.
    mutating func reanchor(at now: Duration, sent: Int) {
        let left = (end(of: sent) ?? now) - now
        (rampStart, rampLead) = (now, min(fullLead, max(startLead, left + Frame.duration)))
    }

    /// The carrier has dropped what it held.
    mutating func stop() { origin = nil }
}
