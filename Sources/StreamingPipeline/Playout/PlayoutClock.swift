/// When the next frame is due, and where the ear is.
///
/// The ear plays what it gets without a break. Every due time follows from one instant, the start of playback, so that no
/// error adds up; the lead begins at `startLead` and grows by a millisecond a millisecond until it is `fullLead`.
struct PlayoutClock {
    let startLead: Duration, fullLead: Duration
    /// When the ear played, or would have played, the first byte of the call.
    private var origin: Duration?
    /// Where the growth of the lead begins.
    private var rampStart = Duration.zero, rampLead = Duration.zero

    init(startLead: Duration, fullLead: Duration) { (self.startLead, self.fullLead) = (startLead, fullLead) }

    /// Whether the ear has anything left to play.
    func isPlaying(at now: Duration, sent: Int) -> Bool { end(of: sent).map { now < $0 } ?? false }

    /// When the ear has played the first `bytes` of what was sent; `nil` while it is known to be silent.
    func end(of bytes: Int) -> Duration? { origin.map { $0 + Frame.duration(samples: bytes) } }

    /// What the ear has played of `sent` bytes.
    func played(at now: Duration, sent: Int) -> Int {
        guard let origin else { return sent }
        return min(sent, Frame.samples(in: max(.zero, now - origin)))
    }

    /// When a frame may leave that ends at byte `end`; the clock runs.
    func due(_ end: Int) -> Duration {
        let heard = (origin ?? .zero) + Frame.duration(samples: end)
        return max(rampStart, heard - fullLead, (heard + rampStart - rampLead) / 2)
    }

    /// The ear is silent and hears the next byte now.
    mutating func start(at now: Duration, sent: Int) {
        origin = now - Frame.duration(samples: sent)
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
