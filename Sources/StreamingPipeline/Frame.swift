public import AudioCodec

/// The unit of the audio path: 20 ms of 8 kHz mono PCM, as a telephone carrier sends it.
public enum Frame {
    public static let sampleRate = SampleRate.hz8000
    /// Samples in a frame, and bytes of its µ-law.
    public static let samples = 160
    public static let duration = Duration.milliseconds(20)

    /// Length of `samples` at 8 kHz.
    @inlinable public static func duration(samples: Int) -> Duration { .microseconds(125 * samples) }

    /// Samples at 8 kHz, or bytes of µ-law, that last as long as `duration`; a part of one does not count.
    public static func samples(in duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * sampleRate.hertz + Int(attoseconds / attosecondsPerSample)
    }

    private static let attosecondsPerSample: Int64 = 125_000_000_000_000
}
