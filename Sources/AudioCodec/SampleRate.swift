/// A sampling rate that the gateway handles.
public enum SampleRate: Int, Sendable, CaseIterable, Codable {
    case hz8000 = 8_000
    case hz16000 = 16_000
    case hz24000 = 24_000

    /// Samples per second.
    public var hertz: Int { rawValue }
    /// Samples in one 20 ms frame.
    public var samplesPerFrame: Int { rawValue / 50 }
}
