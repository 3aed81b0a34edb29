/// What a packet says about itself, read without decoding it (RFC 6716, 3).
///
/// ```
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// | config  |s| c |   the TOC byte: configuration (mode, bandwidth, frame size), stereo, frame count code
/// +-+-+-+-+-+-+-+-+
/// ```
///
/// A packet that breaks one of the requirements R1 to R7 is none: it is refused here, before the decoder's state is touched.
public struct OpusPacket: Sendable, Equatable {
    public enum Mode: Sendable, Equatable { case silk, hybrid, celt }

    public let mode: Mode
    public let isStereo: Bool
    /// Frames in the packet, 1...48.
    public let frames: Int
    /// Samples at 48 kHz in one frame: 120 (2.5 ms) ... 2,880 (60 ms).
    public let frameSamples: Int
    /// Bytes of each frame add up to nothing: the sender has stopped transmitting for now (DTX).
    public let isSilent: Bool

    /// Longest packet: 120 ms.
    public static let maximumMilliseconds = 120
    /// Longest frame, in bytes (R2).
    static let maximumFrameBytes = 1_275

    /// Length of the whole packet.
    public var duration: Duration { .microseconds(frames * frameSamples * 125 / 6) }

    /// Samples of the whole packet at a rate.
    public func samples(at rate: SampleRate) -> Int { frames * frameSamples * rate.hertz / 48_000 }

    /// Reads the structure of a packet.
    /// - Returns: `nil` for bytes that are no packet.
    public init?(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        let toc = bytes[0], config = Int(toc >> 3)
        isStereo = toc & 4 != 0
        (mode, frameSamples) = Self.form(config)
        var at = 1
        switch toc & 3 {
        case 0:
            frames = 1
            guard bytes.count - at <= Self.maximumFrameBytes else { return nil }
            isSilent = bytes.count == at
        case 1:
            // Two frames of the same size (R3).
            frames = 2
            guard (bytes.count - at) % 2 == 0, (bytes.count - at) / 2 <= Self.maximumFrameBytes else { return nil }
            isSilent = bytes.count == at
        case 2:
            // Two frames, the size of the first in front (R4).
            frames = 2
            guard let first = Self.length(bytes, &at), first <= bytes.count - at,
                bytes.count - at - first <= Self.maximumFrameBytes
            else { return nil }
            isSilent = bytes.count == at
        default:
            guard let read = Self.many(bytes, frameSamples: frameSamples) else { return nil }
            (frames, isSilent) = read
        }
    }

    /// Code 3: a count, padding, and sizes for a variable rate (R5 to R7).
    private static func many(_ bytes: Span<UInt8>, frameSamples: Int) -> (frames: Int, isSilent: Bool)? {
        guard bytes.count >= 2 else { return nil }
        let header = bytes[1], frames = Int(header & 0x3F)
        guard frames > 0, frames * frameSamples <= 48 * maximumMilliseconds else { return nil }
        var at = 2, end = bytes.count
        if header & 0x40 != 0 {
            while true {
                guard at < end else { return nil }
                let step = Int(bytes[at])
                at += 1
                // 255 says 254 bytes and that another length byte follows.
                end -= step == 255 ? 254 : step
                guard at <= end else { return nil }
                if step != 255 { break }
            }
        }
        if header & 0x80 != 0 {
            var sum = 0
            for _ in 0..<frames - 1 {
                guard let size = length(bytes.extracting(first: end), &at) else { return nil }
                sum += size
            }
            let last = end - at - sum
            guard last >= 0, last <= maximumFrameBytes else { return nil }
            return (frames, end == at)
        }
        let rest = end - at
        guard rest % frames == 0, rest / frames <= maximumFrameBytes else { return nil }
        return (frames, rest == 0)
    }

    /// One frame's size: one byte below 252, else two (RFC 6716, 3.2.1).
    private static func length(_ bytes: Span<UInt8>, _ at: inout Int) -> Int? {
        guard at < bytes.count else { return nil }
        let first = Int(bytes[at])
        at += 1
        guard first >= 252 else { return first }
        guard at < bytes.count else { return nil }
        at += 1
        return first + 4 * Int(bytes[at - 1])
    }

    /// Table 2 of RFC 6716.
    private static func form(_ config: Int) -> (Mode, frameSamples: Int) {
        switch config {
        case ..<12: (.silk, [480, 960, 1_920, 2_880][config & 3])
        case ..<16: (.hybrid, config & 1 == 0 ? 480 : 960)
        default: (.celt, 120 << (config & 3))
        }
    }
}
