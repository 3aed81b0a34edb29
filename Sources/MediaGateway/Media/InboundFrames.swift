import AudioCodec
import StreamingPipeline

/// Cuts a stream of µ-law, which a carrier may deliver in pieces of any size, into frames of 20 ms.
///
/// One call's memory, allocated once. What is left over waits for the next piece.
@safe struct InboundFrames: ~Copyable {
    private let codes: UnsafeMutablePointer<UInt8>
    private let samples: UnsafeMutablePointer<Int16>
    /// Codes that wait for a whole frame.
    private var waiting = 0
    private let tables = CodecTables.shared

    init() {
        unsafe codes = .allocate(capacity: Frame.samples)
        unsafe codes.initialize(repeating: MuLaw.silence, count: Frame.samples)
        unsafe samples = .allocate(capacity: Frame.samples)
        unsafe samples.initialize(repeating: 0, count: Frame.samples)
    }

    deinit {
        unsafe codes.deallocate()
        unsafe samples.deallocate()
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
