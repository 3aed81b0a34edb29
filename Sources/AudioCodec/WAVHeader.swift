/// The 44 bytes in front of 16-bit PCM in a RIFF WAVE file.
///
/// A recording that is streamed to disk begins with ``bytes(frames:)`` of nothing and gets the true header written over
/// it when its length is known; a reader takes what is there in between.
public struct WAVHeader: Sendable, Equatable {
    public var sampleRate: Int, channels: Int
    /// Bytes of a header.
    public static let count = 44

    public init(sampleRate: Int, channels: Int) { (self.sampleRate, self.channels) = (sampleRate, channels) }

    /// - Parameter frames: samples a channel; more than 4 GB of them are written as the most that the format can say.
    public func bytes(frames: Int) -> [UInt8] {
        let frameBytes = 2 * channels
        let dataBytes = UInt32(clamping: min(frames * frameBytes, Int(UInt32.max) - 36))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.count)
        func append(_ text: String) { bytes += text.utf8 }
        func append(_ value: UInt16) {
            bytes.append(UInt8(truncatingIfNeeded: value))
            bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        }
        func append(_ value: UInt32) {
            append(UInt16(truncatingIfNeeded: value))
            append(UInt16(truncatingIfNeeded: value >> 16))
        }
        append("RIFF")
        append(36 + dataBytes)
        append("WAVEfmt ")
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(clamping: channels))
        append(UInt32(clamping: sampleRate))
        append(UInt32(clamping: sampleRate * frameBytes))
        append(UInt16(clamping: frameBytes))
        append(UInt16(16))
        append("data")
        append(dataBytes)
        return bytes
    }

    /// Interleaves two channels as the samples of a stereo file: the caller left, the gateway right.
    ///
    /// The shorter one ends in silence. Allocates only where `bytes` has to grow.
    public static func interleave(left: Span<Int16>, right: Span<Int16>, appendTo bytes: inout [UInt8]) {
        for index in 0..<max(left.count, right.count) {
            let l = UInt16(bitPattern: index < left.count ? left[index] : 0)
            let r = UInt16(bitPattern: index < right.count ? right[index] : 0)
            bytes.append(UInt8(truncatingIfNeeded: l))
            bytes.append(UInt8(truncatingIfNeeded: l >> 8))
            bytes.append(UInt8(truncatingIfNeeded: r))
            bytes.append(UInt8(truncatingIfNeeded: r >> 8))
        }
    }
}
