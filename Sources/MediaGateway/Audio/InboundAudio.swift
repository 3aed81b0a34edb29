import AudioCodec
import StreamingPipeline

/// Binary messages of one stream → frames of 20 ms at the ear's rate.
///
/// Confined to the stream's loop; allocates nothing after `init`.
@safe struct InboundAudio: ~Copyable {
    let format: AudioFormat
    private var opus: OpusReceiver?
    /// Brings 24 and 48 kHz down; its output is kept from piece to piece.
    private var resampler: Resampler?
    private var resampled: [Int16] = []
    private var cutter: FrameCutter
    private let tables = CodecTables.shared
    /// Samples of one piece, as they lay on the wire.
    private let block: UnsafeMutablePointer<Int16>
    private static let blockSamples = 960
    /// Bytes of a sample, or of one for each channel, that the message before broke off in.
    private var rest: (UInt8, UInt8, UInt8) = (0, 0, 0)
    private var restCount = 0

    /// - Throws: ``OpusError``, `outOfMemory`.
    init(_ format: AudioFormat) throws(OpusError) {
        let opus = format.encoding == .opus ? try OpusReceiver(sampleRate: format.earRate) : nil
        self.format = format
        self.opus = consume opus
        if format.encoding == .pcm, format.sampleRate != format.earRate {
            resampler = Resampler(from: format.sampleRate, to: format.earRate)
            resampled.reserveCapacity(2 * Self.blockSamples)
        }
        cutter = FrameCutter(sampleRate: format.earRate)
        unsafe block = .allocate(capacity: Self.blockSamples)
        unsafe block.initialize(repeating: 0, count: Self.blockSamples)
    }

    deinit { unsafe block.deallocate() }

    /// Length of a message's audio, before it is decoded.
    /// - Returns: `nil` for bytes that are no Opus packet.
    func duration(of message: Span<UInt8>) -> Duration? {
        switch format.encoding {
        case .opus: OpusPacket(message)?.duration
        case .pcm: format.sampleRate.duration(samples: message.count / (2 * format.channels))
        case .muLaw: format.sampleRate.duration(samples: message.count)
        }
    }

    /// Takes one message.
    /// - Parameter frame: called for each whole frame of 20 ms at the ear's rate.
    /// - Throws: ``OpusError`` for a packet that is none; the next may be good.
    mutating func take(_ message: Span<UInt8>, frame: (inout MutableSpan<Int16>) -> Void) throws(OpusError) {
        switch format.encoding {
        case .opus:
            guard var opus = opus.take() else { return }
            do throws(OpusError) {
                try opus.receive(message) { cutter.take($0, frame: frame) }
                self.opus = consume opus
            } catch {
                self.opus = consume opus
                throw error
            }
        case .pcm: takePCM(message, frame: frame)
        case .muLaw:
            var at = 0
            while at < message.count {
                let count = min(Self.blockSamples, message.count - at)
                var samples = unsafe MutableSpan(_unsafeStart: block, count: count)
                tables.decodeMuLaw(message.extracting(at..<at + count), into: &samples)
                cutter.take(samples.span, frame: frame)
                at += count
            }
        }
    }

    /// Nothing came for 20 ms: the voice fades, or there is silence.
    mutating func fill(frame: (inout MutableSpan<Int16>) -> Void) {
        let count = format.earRate.samplesPerFrame
        if var opus = opus.take() {
            opus.fill(samples: count) { cutter.take($0, frame: frame) }
            self.opus = consume opus
        } else {
            for index in 0..<count { unsafe block[index] = 0 }
            unsafe cutter.take(Span(_unsafeStart: UnsafePointer(block), count: count), frame: frame)
        }
    }

    /// Channels are mixed down; bytes that make no whole sample wait for the next message.
    private mutating func takePCM(_ message: Span<UInt8>, frame: (inout MutableSpan<Int16>) -> Void) {
        let size = 2 * format.channels
        var filled = 0, at = 0
        func byte(_ index: Int) -> UInt16 {
            guard index >= restCount else { return UInt16(index == 0 ? rest.0 : index == 1 ? rest.1 : rest.2) }
            return UInt16(message[index - restCount])
        }
        let total = restCount + message.count
        while at + size <= total {
            var sample = Int(Int16(bitPattern: byte(at) | byte(at + 1) << 8))
            if size == 4 { sample = (sample + Int(Int16(bitPattern: byte(at + 2) | byte(at + 3) << 8))) / 2 }
            unsafe block[filled] = Int16(sample)
            filled += 1
            at += size
            if filled == Self.blockSamples {
                pass(filled, frame: frame)
                filled = 0
            }
        }
        if filled > 0 { pass(filled, frame: frame) }
        let left = total - at
        rest = (
            left > 0 ? UInt8(truncatingIfNeeded: byte(at)) : 0, left > 1 ? UInt8(truncatingIfNeeded: byte(at + 1)) : 0,
            left > 2 ? UInt8(truncatingIfNeeded: byte(at + 2)) : 0
        )
        restCount = left
    }

    private mutating func pass(_ count: Int, frame: (inout MutableSpan<Int16>) -> Void) {
        let samples = unsafe Span(_unsafeStart: UnsafePointer(block), count: count)
        guard resampler != nil else { return cutter.take(samples, frame: frame) }
        var output: [Int16] = []
        // Moved out and back, so that its memory stays.
        swap(&output, &resampled)
        resampler?.process(samples, appendTo: &output)
        cutter.take(output.span, frame: frame)
        output.removeAll(keepingCapacity: true)
        swap(&output, &resampled)
    }
}
