public import AudioCodec

/// What a call's playout holds and hands out.
public struct PlayoutFormat: Sendable, Equatable {
    public enum Encoding: Sendable, Equatable {
        /// G.711, one byte a sample.
        case muLaw
        /// 16 bits a sample, little-endian.
        case pcm
    }
    public let encoding: Encoding
    public let sampleRate: SampleRate

    public init(_ encoding: Encoding, _ sampleRate: SampleRate) { (self.encoding, self.sampleRate) = (encoding, sampleRate) }

    /// As a telephone carrier has it.
    public static let telephone = PlayoutFormat(.muLaw, .hz8000)

    public var bytesPerSample: Int { encoding == .muLaw ? 1 : 2 }
    /// Samples in 20 ms.
    public var frameSamples: Int { sampleRate.samplesPerFrame }
    public var frameBytes: Int { frameSamples * bytesPerSample }
}
