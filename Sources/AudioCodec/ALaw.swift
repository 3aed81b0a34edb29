/// A-law of ITU-T G.711: one byte a sample, 13 bits of range; the telephone's code outside North America and Japan.
public enum ALaw {
    /// The code of silence.
    public static let silence: UInt8 = 0xD5

    /// Expands one code, bit for bit as the ITU-T tool does (G.711, table 1a).
    public static func decode(_ code: UInt8) -> Int16 {
        let bits = Int32(code ^ evenBits)
        let segment = (bits & 0x70) >> 4
        let step = (bits & 0x0F) << 4
        // Segment 0 has no leading one; the others do. Half a step puts the value in the middle of its interval.
        let magnitude = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1)
        return Int16(bits & 0x80 != 0 ? magnitude : -magnitude)
    }

    /// Compresses one sample: sign, segment (3 bits), step (4 bits), every second bit inverted.
    public static func encode(_ sample: Int16) -> UInt8 {
        // One's complement for negative values, as the ITU-T tool computes it.
        let magnitude = (sample < 0 ? ~Int32(sample) : Int32(sample)) >> 4
        let sign: Int32 = sample < 0 ? 0 : 0x80
        guard magnitude > 0x0F else { return UInt8(sign | magnitude) ^ evenBits }
        let segment = Int32(32 - magnitude.leadingZeroBitCount - 4)
        let step = (magnitude >> (segment - 1)) & 0x0F
        return UInt8(sign | segment << 4 | step) ^ evenBits
    }

    /// G.711, 3.2.2: even bits are inverted before transmission.
    private static let evenBits: UInt8 = 0x55
}
