/// Walks the chunks of a RIFF WAVE file.
struct WAVReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: the format, and where its samples lie.
    mutating func chunks() throws(WAVError) -> (format: WAVFormat, data: Range<Int>) {
        guard bytes.count >= 12, name(at: 0) == "RIFF", name(at: 8) == "WAVE" else {
            throw WAVError(.notWAVE, "\(bytes.count) bytes that do not begin with RIFF and WAVE")
        }
        offset = 12
        var format: WAVFormat?
        while offset + 8 <= bytes.count {
            let name = name(at: offset), size = Int(word(at: offset + 4)), start = offset + 8
            let available = bytes.count - start
            switch name {
            case "fmt ":
                guard size <= available else {
                    throw WAVError(.truncated, "a format of \(size) bytes, \(available) are there")
                }
                format = try WAVFormat(bytes, at: start, size: size)
            case "data":
                guard let format else { throw WAVError(.truncated, "samples before their format") }
                // A recorder that was killed leaves too large a size, or the largest there is.
                let length = min(size, available) / format.frameBytes * format.frameBytes
                return (format, start..<start + length)
            default:
                guard size <= available else {
                    throw WAVError(.truncated, "a chunk of \(size) bytes at byte \(offset), \(available) are there")
                }
            }
            // Chunks begin at even bytes.
            offset = start + size + size % 2
        }
        throw WAVError(.truncated, format == nil ? "no format in \(bytes.count) bytes" : "no samples in \(bytes.count) bytes")
    }

    private func name(at offset: Int) -> String { String(decoding: bytes[offset..<offset + 4], as: UTF8.self) }
    private func word(at offset: Int) -> UInt32 { bytes.littleEndian32(at: offset) }
}

extension [UInt8] {
    func littleEndian16(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }
    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(littleEndian16(at: offset)) | UInt32(littleEndian16(at: offset + 2)) << 16
    }
}
