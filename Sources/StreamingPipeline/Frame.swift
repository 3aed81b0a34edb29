/// The unit of the audio path: 20 ms of mono PCM. A telephone carrier sends 160 samples of 8 kHz, a wide-band leg 320 of 16 kHz.
public enum Frame {
    public static let duration = Duration.milliseconds(20)
    /// Samples of a telephone's frame, and bytes of its µ-law.
    public static let samples = 160

    /// Length of `samples` at 8 kHz.
    @inlinable public static func duration(samples: Int) -> Duration { .microseconds(125 * samples) }
}
