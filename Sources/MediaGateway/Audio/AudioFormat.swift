import AudioCodec
import StreamingPipeline

/// How audio lies in the binary messages of a stream, in both directions.
struct AudioFormat: Sendable, Equatable {
    enum Encoding: String, Sendable, CaseIterable {
        /// One Opus packet a message (RFC 6716).
        case opus
        /// 16 bits a sample, little-endian, any number of samples a message.
        case pcm = "pcm_s16le"
        /// G.711 µ-law, any number of bytes a message.
        case muLaw = "mulaw"

        /// The rates it may have.
        var sampleRates: [SampleRate] { self == .muLaw ? [.hz8000] : SampleRate.allCases }
        /// The channels a client may send; µ-law comes from telephones, which have one.
        var channels: ClosedRange<Int> { self == .muLaw ? 1...1 : 1...2 }
    }
    var encoding: Encoding
    var sampleRate: SampleRate
    /// What the client sends: two are mixed down. What it gets is always one.
    var channels = 1
    /// What the client sends begins with a number (``AudioSequence``). What it gets has none.
    var isNumbered = false

    /// What the pipeline and the ear hear: nothing above 16 kHz is of use to them.
    var earRate: SampleRate { sampleRate == .hz8000 ? .hz8000 : .hz16000 }
    /// What waits to be sent; Opus is encoded when it leaves.
    var playout: PlayoutFormat { encoding == .muLaw ? .telephone : PlayoutFormat(.pcm, sampleRate) }
}
