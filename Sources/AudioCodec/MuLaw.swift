/// µ-law of ITU-T G.711: one byte a sample, 14 bits of range, 8,000 samples a second on every telephone line.
///
/// Whole frames go through ``CodecTables``; this is the arithmetic that fills the tables.
public enum MuLaw {
    /// The code of silence, which pads a last frame.
    public static let silence: UInt8 = 0xFF

    /// Expands one code, bit for bit as the ITU-T tool does (G.711, table 2a).
    public static func decode(_ code: UInt8) -> Int16 {
        let bits = Int32(~code)
        let magnitude = (((bits & 0x0F) << 3) + bias) << ((bits & 0x70) >> 4)
        return Int16(bits & 0x80 != 0 ? bias - magnitude : magnitude - bias)
    }

    /// Compresses one sample: sign, segment (3 bits), step (4 bits), all inverted, code for code as the ITU-T tool does.
    public static func encode(_ sample: Int16) -> UInt8 {
        let sign: Int32 = sample < 0 ? 0x80 : 0
        // 14 bits, and one's complement for negative values: where encoders in the field differ from the tool by one code.
        let magnitude = min((sample < 0 ? ~Int32(sample) : Int32(sample)) >> 2 + (bias >> 2), 0x1FFF)
        let segment = Int32(26 - magnitude.leadingZeroBitCount)
        let step = (magnitude >> (segment + 1)) & 0x0F
        return ~UInt8(sign | segment << 4 | step)
    }

    /// Moves every segment's start to a power of two.
    private static let bias: Int32 = 0x84
}
