/// What a `fmt ` chunk says (Microsoft's mmreg.h: WAVEFORMATEX, WAVEFORMATEXTENSIBLE).
struct WAVFormat {
    enum Encoding { case pcm, float, aLaw, muLaw }

    let encoding: Encoding
    let channels: Int, sampleRate: Int
    /// Bytes that one sample of one channel occupies, and how many bits its writer claims for it and really uses.
    let sampleBytes: Int, containerBits: Int, validBits: Int
    var frameBytes: Int { channels * sampleBytes }

    /// - Parameters:
    ///   - start: where the chunk's content begins in `bytes`.
    ///   - size: its length; all of it is there.
    init(_ bytes: [UInt8], at start: Int, size: Int) throws(WAVError) {
        guard size >= 16 else { throw WAVError(.truncated, "a format of \(size) bytes, at least 16 expected") }
        var tag = bytes.littleEndian16(at: start)
        channels = Int(bytes.littleEndian16(at: start + 2))
        sampleRate = Int(bytes.littleEndian32(at: start + 4))
        let frame = Int(bytes.littleEndian16(at: start + 12))
        let container = Int(bytes.littleEndian16(at: start + 14))
        var valid = container
        if tag == 0xFFFE {
            guard size >= 40 else { throw WAVError(.truncated, "an extensible format of \(size) bytes, 40 expected") }
            valid = Int(bytes.littleEndian16(at: start + 18))
            // The format is a GUID whose first two bytes are the classic tag.
            tag = bytes.littleEndian16(at: start + 24)
        }
        guard 1...8 ~= channels else { throw WAVError(.unsupported, "\(channels) channels, 1 to 8 are read") }
        guard 1_000...384_000 ~= sampleRate else {
            throw WAVError(.unsupported, "\(sampleRate) samples a second, 1,000 to 384,000 are read")
        }
        guard frame % channels == 0, 1...4 ~= frame / channels else {
            throw WAVError(.inconsistent, "\(frame) bytes for a sample of \(channels) channels")
        }
        sampleBytes = frame / channels
        (containerBits, validBits) = (container, valid)
        switch (tag, container) {
        case (1, 1...8), (1, 9...16), (1, 17...24), (1, 25...32): encoding = .pcm
        case (3, 32): encoding = .float
        case (6, 8): encoding = .aLaw
        case (7, 8): encoding = .muLaw
        default: throw WAVError(.unsupported, "format \(tag) with \(container) bits a sample")
        }
        let needed = encoding == .float ? 4 : (container + 7) / 8
        guard encoding == .pcm ? sampleBytes >= needed : sampleBytes == needed else {
            throw WAVError(.inconsistent, "\(container) bits in \(sampleBytes) bytes")
        }
        guard sampleBytes == needed || (sampleBytes == 4 && container == 24) else {
            throw WAVError(.unsupported, "\(container) bits in \(sampleBytes) bytes")
        }
    }

    /// Decodes the samples in `data`, which holds whole frames.
    func samples(of bytes: [UInt8], in data: Range<Int>) -> [[Int16]] {
        let frames = data.count / frameBytes
        // The byte where the upper 16 bits of a PCM sample begin.
        let upper = sampleBytes == 4 && isLowAligned(bytes, in: data) ? 1 : sampleBytes - 2
        return (0..<channels).map { channel in
            (0..<frames).map { frame in
                let offset = data.lowerBound + frame * frameBytes + channel * sampleBytes
                return sample(of: bytes, at: offset, upper: offset + upper)
            }
        }
    }

    private func sample(of bytes: [UInt8], at offset: Int, upper: Int) -> Int16 {
        switch encoding {
        case .muLaw: return MuLaw.decode(bytes[offset])
        case .aLaw: return ALaw.decode(bytes[offset])
        case .float:
            let value = Float(bitPattern: bytes.littleEndian32(at: offset))
            return value.isNaN ? 0 : Int16(max(-32_768, min(32_767, (Double(value) * 32_768).rounded())))
        // Eight bits and fewer are unsigned.
        case .pcm where sampleBytes == 1: return Int16(Int(bytes[offset]) - 128) << 8
        case .pcm: return Int16(bitPattern: bytes.littleEndian16(at: upper))
        }
    }

    /// Whether four bytes hold a 24-bit sample in their lower three.
    ///
    /// The extensible format demands the upper three and zeros below them; some writers do the opposite and claim the same.
    private func isLowAligned(_ bytes: [UInt8], in data: Range<Int>) -> Bool {
        if containerBits == 24 { return true }
        guard encoding == .pcm, validBits == 24 else { return false }
        return stride(from: data.lowerBound, to: data.upperBound, by: sampleBytes).contains { bytes[$0] != 0 }
    }
}
