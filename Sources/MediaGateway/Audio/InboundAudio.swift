import AudioCodec
import StreamingPipeline

/// Binary messages of one stream → frames of 20 ms at the ear's rate.
///
/// ```
///  0                   1
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            number             |   big-endian; only where the client's `start` said `"sequence":true`
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | audio …
/// ```
///
/// By the numbers, lost Opus packets are recovered from the one after them (FEC) or concealed (PLC), and silence stands for lost PCM and
/// µ-law, so that media time stays true. Confined to the stream's loop; allocates nothing after `init`.
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
    private var sequence = AudioSequence()
    /// What `messageSamples` and `filledSamples` are counted at: Opus decodes to the ear's rate.
    private let rate: SampleRate
    /// Samples of the last message: what a lost one is taken to have had.
    private var messageSamples = 0
    /// Samples that ``fill(frame:)`` made since the last message. They stand for what was lost, too.
    private var filledSamples = 0

    /// - Throws: ``OpusError``, `outOfMemory`.
    init(_ format: AudioFormat) throws(OpusError) {
        let opus = format.encoding == .opus ? try OpusReceiver(sampleRate: format.earRate) : nil
        self.format = format
        self.opus = consume opus
        rate = format.encoding == .opus ? format.earRate : format.sampleRate
        if format.encoding == .pcm, format.sampleRate != format.earRate {
            resampler = Resampler(from: format.sampleRate, to: format.earRate)
            resampled.reserveCapacity(2 * Self.blockSamples)
        }
        cutter = FrameCutter(sampleRate: format.earRate)
        unsafe block = .allocate(capacity: Self.blockSamples)
        unsafe block.initialize(repeating: 0, count: Self.blockSamples)
    }

    deinit { unsafe block.deallocate() }

    /// Bytes of the number in front of the audio.
    private var numberBytes: Int { format.isNumbered ? 2 : 0 }

    /// Length of a message's audio, before it is decoded.
    /// - Returns: `nil` for a message without audio, and for bytes that are no Opus packet.
    func duration(of message: Span<UInt8>) -> Duration? {
        guard message.count > numberBytes else { return nil }
        guard let count = samples(of: message.extracting(numberBytes..<message.count)) else { return nil }
        return rate.duration(samples: count)
    }

    /// Samples of a message's audio, of each channel.
    private func samples(of audio: Span<UInt8>) -> Int? {
        switch format.encoding {
        case .opus: OpusPacket(audio)?.samples(at: rate)
        case .pcm: audio.count / (2 * format.channels)
        case .muLaw: audio.count
        }
    }

    /// Takes one message.
    /// - Parameter frame: called for each whole frame of 20 ms at the ear's rate.
    /// - Returns: length of what stands for lost messages before it; `nil` when it came too late, and nothing of it is heard.
    /// - Throws: ``OpusError`` for a packet that is none; the next may be good.
    @discardableResult
    mutating func take(_ message: Span<UInt8>, frame: (inout MutableSpan<Int16>) -> Void) throws(OpusError) -> Duration? {
        guard message.count > numberBytes else { return .zero }
        var missing = 0
        if format.isNumbered {
            switch sequence.observe(UInt16(message[0]) << 8 | UInt16(message[1])) {
            case .next(lost: 0): break
            case .next(let lost):
                // What broke off in the message before went on in one that is lost.
                restCount = 0
                missing = missingSamples(lost)
            case .late: return nil
            case .broken: forget()
            }
        }
        filledSamples = 0
        let audio = message.extracting(numberBytes..<message.count)
        switch format.encoding {
        case .opus: missing = try takeOpus(audio, missing: missing, frame: frame)
        case .pcm:
            silence(missing, frame: frame)
            takePCM(audio, frame: frame)
        case .muLaw:
            silence(missing, frame: frame)
            takeMuLaw(audio, frame: frame)
        }
        messageSamples = samples(of: audio) ?? messageSamples
        return rate.duration(samples: missing)
    }

    /// Of so many lost messages, what nothing stands for yet. What is longer than a pause in speech stays out: the clock fills it (``AudioGap``).
    private func missingSamples(_ lost: Int) -> Int {
        max(0, min(lost * messageSamples - filledSamples, rate.samples(in: OpusReceiver.maximumGap)))
    }

    /// The sender's stream is another one now.
    private mutating func forget() {
        restCount = 0
        guard var opus = opus.take() else { return }
        opus.reset()
        self.opus = consume opus
    }

    /// - Parameter missing: samples that were lost; packets as long as the last one stand for them.
    /// - Returns: samples that were made up.
    private mutating func takeOpus(
        _ packet: Span<UInt8>, missing: Int, frame: (inout MutableSpan<Int16>) -> Void
    ) throws(OpusError) -> Int {
        guard var opus = opus.take() else { return 0 }
        let lost = messageSamples > 0 ? missing / messageSamples : 0
        do throws(OpusError) {
            try opus.receive(packet, lost: lost) { cutter.take($0, frame: frame) }
            self.opus = consume opus
        } catch {
            self.opus = consume opus
            throw error
        }
        return lost * messageSamples
    }

    private mutating func takeMuLaw(_ codes: Span<UInt8>, frame: (inout MutableSpan<Int16>) -> Void) {
        var at = 0
        while at < codes.count {
            let count = min(Self.blockSamples, codes.count - at)
            var samples = unsafe MutableSpan(_unsafeStart: block, count: count)
            tables.decodeMuLaw(codes.extracting(at..<at + count), into: &samples)
            cutter.take(samples.span, frame: frame)
            at += count
        }
    }

    /// - Parameter count: samples as they lie on the wire.
    private mutating func silence(_ count: Int, frame: (inout MutableSpan<Int16>) -> Void) {
        var left = count
        while left > 0 {
            let count = min(left, Self.blockSamples)
            for index in 0..<count { unsafe block[index] = 0 }
            pass(count, frame: frame)
            left -= count
        }
    }

    /// Nothing came for 20 ms: the voice fades, or there is silence.
    mutating func fill(frame: (inout MutableSpan<Int16>) -> Void) {
        filledSamples += rate.samplesPerFrame
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
