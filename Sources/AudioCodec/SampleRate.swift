/// A sampling rate that the gateway handles.
public enum SampleRate: Int, Sendable, CaseIterable, Codable {
    case hz8000 = 8_000
    case hz16000 = 16_000
    case hz24000 = 24_000
    case hz48000 = 48_000

    /// Samples per second.
    public var hertz: Int { rawValue }
    /// Samples in one 20 ms frame.
    public var samplesPerFrame: Int { rawValue / 50 }

    /// Length of `samples`, to the nanosecond below; exact for whole frames at every rate.
    @inlinable public func duration(samples: Int) -> Duration { .nanoseconds(samples * 1_000_000_000 / rawValue) }

    /// Samples that `duration` holds; a part of one does not count. What is less than a nanosecond is ignored.
    @inlinable public func samples(in duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * rawValue + Int(attoseconds / 1_000_000_000) * rawValue / 1_000_000_000
    }
}
