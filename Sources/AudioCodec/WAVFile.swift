/// A recording in memory, read from or written as a RIFF WAVE file.
///
/// Reads PCM of 8, 16, 24 and 32 bits, 32-bit float, µ-law and A-law, plain or as WAVE_FORMAT_EXTENSIBLE, with unknown
/// chunks in between; everything becomes 16 bits. A data chunk that ends early is read as far as it goes. What the file
/// claims about itself is never believed: memory is taken for the bytes that are there, and a contradiction is an error.
public struct WAVFile: Sendable, Equatable {
    /// Samples per second, 1,000...384,000 when read.
    public var sampleRate: Int
    /// One array a channel, all of the same length.
    public var channels: [[Int16]]

    public init(sampleRate: Int, channels: [[Int16]]) { (self.sampleRate, self.channels) = (sampleRate, channels) }

    /// Reads a whole file.
    /// - Throws: ``WAVError``, which says what was found and where.
    public init(bytes: [UInt8]) throws(WAVError) {
        var reader = WAVReader(bytes)
        let (format, data) = try reader.chunks()
        sampleRate = format.sampleRate
        channels = format.samples(of: bytes, in: data)
    }

    /// The file as 16-bit PCM; channels that are shorter than the longest end in silence.
    public func encoded() -> [UInt8] {
        let frames = channels.map(\.count).max() ?? 0
        var bytes = WAVHeader(sampleRate: sampleRate, channels: max(1, channels.count)).bytes(frames: frames)
        bytes.reserveCapacity(bytes.count + frames * channels.count * 2)
        for frame in 0..<frames {
            for channel in channels {
                let sample = UInt16(bitPattern: frame < channel.count ? channel[frame] : 0)
                bytes.append(UInt8(truncatingIfNeeded: sample))
                bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
            }
        }
        return bytes
    }

    /// The mean of all channels.
    public func mono() -> [Int16] {
        guard channels.count != 1 else { return channels[0] }
        guard let frames = channels.map(\.count).min() else { return [] }
        return (0..<frames).map { frame in
            Int16(channels.reduce(0) { $0 + Int($1[frame]) } / channels.count)
        }
    }

    /// The mean of all channels at another rate; the duration stays.
    public func samples(at rate: SampleRate) -> [Int16] {
        if let present = SampleRate(rawValue: sampleRate) { return Resampler.converted(mono(), from: present, to: rate) }
        return Resampler.converted(mono(), fromHertz: sampleRate, to: rate)
    }

    public var duration: Duration {
        .microseconds(Int64(channels.first?.count ?? 0) * 1_000_000 / Int64(max(1, sampleRate)))
    }
}

/// Why bytes are no recording that we can read.
public struct WAVError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No RIFF WAVE file.
        case notWAVE
        /// A chunk ends beyond the file, or one that must be there is not.
        case truncated
        /// The header contradicts itself.
        case inconsistent
        /// A format that we do not read.
        case unsupported
    }
    public var code: Code
    /// What was found, with its numbers.
    public var detail: String
    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
    public var description: String { "WAV file: \(detail)" }
}
