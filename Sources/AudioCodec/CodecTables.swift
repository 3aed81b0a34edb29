/// The look-up tables of the 20 ms path, in raw memory that lives as long as the process.
///
/// A checked array costs ten times as much per frame and a global once-check is paid at every access: a call copies
/// ``shared`` once into a stored property and works through that. All methods work on whole frames, in place, and
/// allocate nothing.
@safe public struct CodecTables: @unchecked Sendable {
    /// Filled at first use, never changed, never freed.
    public static let shared = CodecTables()

    /// 256 samples, by µ-law code.
    @usableFromInline let muLawToLinear: UnsafePointer<Int16>
    /// 16,384 codes, by the upper 14 bits of a sample: µ-law's finest step is 8, so nothing is lost.
    @usableFromInline let linearToMuLaw: UnsafePointer<UInt8>
    /// 256 samples, by A-law code.
    @usableFromInline let aLawToLinear: UnsafePointer<Int16>
    /// 4,096 codes, by the upper 12 bits of a sample: A-law's finest step is 16.
    @usableFromInline let linearToALaw: UnsafePointer<UInt8>
    /// 256 six-bit values by character; negative for what is not in the alphabet.
    @usableFromInline let base64Values: UnsafePointer<Int8>
    /// 4,096 pairs of characters by 12 bits, first character in the low byte.
    @usableFromInline let base64Pairs: UnsafePointer<UInt16>

    private init() {
        unsafe muLawToLinear = Self.table(256) { MuLaw.decode(UInt8($0)) }
        unsafe linearToMuLaw = Self.table(1 << 14) { MuLaw.encode(Int16(truncatingIfNeeded: $0 << 2)) }
        unsafe aLawToLinear = Self.table(256) { ALaw.decode(UInt8($0)) }
        unsafe linearToALaw = Self.table(1 << 12) { ALaw.encode(Int16(truncatingIfNeeded: $0 << 4)) }
        let alphabet = Array(Base64.alphabet.utf8)
        unsafe base64Values = Self.table(256) { character in
            alphabet.firstIndex(of: UInt8(character)).map { Int8($0) } ?? -1
        }
        unsafe base64Pairs = Self.table(4_096) { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
    }

    private static func table<Element: BitwiseCopyable>(_ count: Int, _ value: (Int) -> Element) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
        for index in 0..<count { unsafe (memory + index).initialize(to: value(index)) }
        return unsafe UnsafePointer(memory)
    }

    /// Expands µ-law codes to samples.
    /// - Parameter samples: receives one sample a code; at least as long as `codes`.
    @inlinable public func decodeMuLaw(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) {
        unsafe expand(codes, muLawToLinear, into: &samples)
    }

    /// Expands A-law codes to samples.
    /// - Parameter samples: receives one sample a code; at least as long as `codes`.
    @inlinable public func decodeALaw(_ codes: Span<UInt8>, into samples: inout MutableSpan<Int16>) {
        unsafe expand(codes, aLawToLinear, into: &samples)
    }

    /// Compresses samples to µ-law codes.
    /// - Parameter codes: receives one code a sample; at least as long as `samples`.
    @inlinable public func encodeMuLaw(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) {
        unsafe compress(samples, linearToMuLaw, dropping: 2, into: &codes)
    }

    /// Compresses samples to A-law codes.
    /// - Parameter codes: receives one code a sample; at least as long as `samples`.
    @inlinable public func encodeALaw(_ samples: Span<Int16>, into codes: inout MutableSpan<UInt8>) {
        unsafe compress(samples, linearToALaw, dropping: 4, into: &codes)
    }

    @inlinable @unsafe func expand(_ codes: Span<UInt8>, _ table: UnsafePointer<Int16>, into samples: inout MutableSpan<Int16>) {
        precondition(samples.count >= codes.count, "an output frame shorter than its input")
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe samples.withUnsafeMutableBufferPointer { samples in
                for index in 0..<codes.count { unsafe samples[index] = table[Int(codes[index])] }
            }
        }
    }

    @inlinable @unsafe func compress(
        _ samples: Span<Int16>, _ table: UnsafePointer<UInt8>, dropping bits: UInt16, into codes: inout MutableSpan<UInt8>
    ) {
        precondition(codes.count >= samples.count, "an output frame shorter than its input")
        unsafe samples.withUnsafeBufferPointer { samples in
            unsafe codes.withUnsafeMutableBufferPointer { codes in
                for index in 0..<samples.count {
                    unsafe codes[index] = table[Int(UInt16(bitPattern: samples[index]) >> bits)]
                }
            }
        }
    }
}

extension CodecTables {
    /// Expands µ-law codes in raw memory, for a receive buffer that is not ours.
    /// - Parameter samples: room for `count` samples.
    @inlinable @unsafe public func decodeMuLaw(
        _ codes: UnsafePointer<UInt8>, count: Int, into samples: UnsafeMutablePointer<Int16>
    ) {
        for index in 0..<count { unsafe samples[index] = muLawToLinear[Int(codes[index])] }
    }

    /// Compresses samples in raw memory.
    /// - Parameter codes: room for `count` bytes.
    @inlinable @unsafe public func encodeMuLaw(
        _ samples: UnsafePointer<Int16>, count: Int, into codes: UnsafeMutablePointer<UInt8>
    ) {
        for index in 0..<count { unsafe codes[index] = linearToMuLaw[Int(UInt16(bitPattern: samples[index]) >> 2)] }
    }
}
