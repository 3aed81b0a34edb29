import AudioCodec
import StreamingPipeline

/// Cuts a stream of µ-law, which a carrier may deliver in pieces of any size, into frames of 20 ms.
///
/// One call's memory, allocated once. What is left over waits for the next piece.
@safe struct InboundFrames: ~Copyable {
    private let codes: UnsafeMutablePointer<UInt8>
    private let samples: UnsafeMutablePointer<Int16>
    /// Decoded Base64 of one piece.
    private let decoded: UnsafeMutablePointer<UInt8>
    private static let largestPiece = 3_072
    /// Codes that wait for a whole frame.
    private var waiting = 0
    private let tables = CodecTables.shared

    init() {
        unsafe codes = .allocate(capacity: Frame.samples)
        unsafe codes.initialize(repeating: MuLaw.silence, count: Frame.samples)
        unsafe decoded = .allocate(capacity: Self.largestPiece)
        unsafe decoded.initialize(repeating: 0, count: Self.largestPiece)
        unsafe samples = .allocate(capacity: Frame.samples)
        unsafe samples.initialize(repeating: 0, count: Frame.samples)
    }

    deinit {
        unsafe codes.deallocate()
        unsafe decoded.deallocate()
        unsafe samples.deallocate()
    }

    /// Takes one piece as the carrier wrote it.
    /// - Returns: false, and nothing is taken, when it is not Base64 or more than 384 ms: the slow path judges it.
    mutating func take(base64 text: RawSpan, frame: (inout MutableSpan<Int16>) -> Void) -> Bool {
        let count = unsafe text.withUnsafeBytes { text in
            unsafe Base64.decode(
                text.baseAddress!.assumingMemoryBound(to: UInt8.self), count: text.count, into: decoded, capacity: Self.largestPiece,
                tables: tables)
        }
        guard let count, count > 0 else { return false }
        unsafe take(Span(_unsafeStart: UnsafePointer(decoded), count: count), frame: frame)
        return true
    }

    /// Takes one piece.
    /// - Parameter frame: called for each whole frame: 160 samples, to be changed in place.
    mutating func take(_ piece: Span<UInt8>, frame: (inout MutableSpan<Int16>) -> Void) {
        var at = 0
        while at < piece.count {
            let count = min(Frame.samples - waiting, piece.count - at)
            for index in 0..<count { unsafe codes[waiting + index] = piece[at + index] }
            waiting += count
            at += count
            guard waiting == Frame.samples else { return }
            waiting = 0
            unsafe tables.decodeMuLaw(UnsafePointer(codes), count: Frame.samples, into: samples)
            var span = unsafe MutableSpan(_unsafeStart: samples, count: Frame.samples)
            frame(&span)
        }
    }
}
