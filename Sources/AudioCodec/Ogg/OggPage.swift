/// One page of an Ogg stream (RFC 3533, 6).
///
/// ```
///  0      4   5     6            14         18         22     26        27
/// +------+---+-----+------------+----------+----------+------+---------+---------------+------
/// | OggS | 0 | flag| granule    | serial   | sequence | CRC  | segments| lengths       | body
/// +------+---+-----+------------+----------+----------+------+---------+---------------+------
/// ```
///
/// All numbers are little-endian. A packet is a run of segments that ends with one shorter than 255 bytes.
struct OggPage: Equatable {
    static let headerBytes = 27
    static let magic = Array("OggS".utf8)

    /// Its first packet began on the page before; it opens its stream; it ends it.
    var isContinued = false, isFirst = false, isLast = false
    /// Position of the last packet that ends here; -1 where none does.
    var granule: Int64 = -1
    var serial: UInt32 = 0
    var sequence: UInt32 = 0
    /// Lengths of the segments, 0...255 of them.
    var lacing: [UInt8] = []
    var body: [UInt8] = []

    /// The page with its checksum.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerBytes + lacing.count + body.count)
        bytes += [0, (isContinued ? 1 : 0) | (isFirst ? 2 : 0) | (isLast ? 4 : 0)]
        LittleEndian.append(UInt64(bitPattern: granule), to: &bytes)
        LittleEndian.append(serial, to: &bytes)
        LittleEndian.append(sequence, to: &bytes)
        LittleEndian.append(UInt32(0), to: &bytes)
        bytes.append(UInt8(lacing.count))
        bytes += lacing
        bytes += body
        let sum = OggChecksum.of(bytes[...])
        for index in 0..<4 { bytes[22 + index] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index))) }
        return bytes
    }

    init() {}

    /// Reads the page that begins at `start`.
    /// - Parameter end: receives where it ends.
    /// - Throws: ``OggError``, `truncated` or `damaged`.
    init(_ bytes: [UInt8], at start: Int, end: inout Int) throws(OggError) {
        guard bytes.count - start >= Self.headerBytes else {
            throw OggError(.truncated, "\(bytes.count - start) bytes at \(start), a page has at least \(Self.headerBytes)")
        }
        guard Array(bytes[start..<start + 4]) == Self.magic else { throw OggError(.notOgg, "no page begins at byte \(start)") }
        guard bytes[start + 4] == 0 else { throw OggError(.unsupported, "version \(bytes[start + 4]) of Ogg at byte \(start)") }
        let flags = bytes[start + 5], segments = Int(bytes[start + 26])
        (isContinued, isFirst, isLast) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
        granule = Int64(bitPattern: LittleEndian.read(bytes, at: start + 6))
        serial = LittleEndian.read(bytes, at: start + 14)
        sequence = LittleEndian.read(bytes, at: start + 18)
        let written: UInt32 = LittleEndian.read(bytes, at: start + 22)
        let body = start + Self.headerBytes + segments
        guard body <= bytes.count else { throw OggError(.truncated, "the lengths of the page at byte \(start) end beyond the file") }
        lacing = Array(bytes[start + Self.headerBytes..<body])
        end = body + lacing.reduce(0) { $0 + Int($1) }
        guard end <= bytes.count else { throw OggError(.truncated, "the page at byte \(start) ends \(end - bytes.count) bytes beyond the file") }
        self.body = Array(bytes[body..<end])
        let sum = OggChecksum.of(bytes[start..<end], zeroing: start + 22..<start + 26)
        guard sum == written else {
            throw OggError(.damaged, "the page at byte \(start) has checksum \(String(written, radix: 16)), its bytes \(String(sum, radix: 16))")
        }
    }
}

/// Ogg's CRC: polynomial 0x04C11DB7, most significant bit first, nothing inverted (RFC 3533, 6).
enum OggChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { value, _ in value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1 }
    }

    /// - Parameter field: bytes that count as zero: where the checksum itself stands.
    static func of(_ bytes: ArraySlice<UInt8>, zeroing field: Range<Int> = 0..<0) -> UInt32 {
        var sum: UInt32 = 0
        for index in bytes.indices {
            let byte = field.contains(index) ? 0 : bytes[index]
            sum = sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)]
        }
        return sum
    }
}

/// Integers in files, least significant byte first.
enum LittleEndian {
    static func append<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        for index in 0..<Value.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> Value(8 * index))) }
    }
    /// The caller has checked that the bytes are there.
    static func read<Value: FixedWidthInteger>(_ bytes: [UInt8], at start: Int) -> Value {
        (0..<Value.bitWidth / 8).reduce(Value(0)) { $0 | Value(truncatingIfNeeded: bytes[start + $1]) << Value(8 * $1) }
    }
}

/// Why bytes are no Ogg Opus recording that we can read.
public struct OggError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No page where one must be.
        case notOgg
        /// A page or a packet ends beyond the file, or one that must be there is not.
        case truncated
        /// A checksum is wrong.
        case damaged
        /// The headers contradict themselves, or pages are missing.
        case inconsistent
        /// A codec, version or layout that we do not read.
        case unsupported
        /// The audio itself does not decode.
        case corrupt
    }
    public var code: Code
    /// What was found, with its numbers.
    public var detail: String
    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
    public var description: String { "Ogg Opus file: \(detail)" }
}
