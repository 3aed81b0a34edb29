import AudioCodec
import StreamingPipeline
import WebSocketTransport

/// Frames of 20 ms → binary messages of one stream: Opus is encoded here, everything else leaves as the playout holds it.
///
/// Confined to the stream's loop; allocates nothing after `init`.
@safe final class OutboundAudio {
    private let format: AudioFormat
    private var message: OutboundBuffer
    private var opus: OpusEncoder?
    /// In loopback: brings what the ear heard back to the wire's rate.
    private var resampler: Resampler?
    private var resampled: [Int16] = []
    private let tables = CodecTables.shared
    private let samples: UnsafeMutablePointer<Int16>
    private let capacity: Int
    /// A packet that the socket did not take: the encoder must not hear the same frame twice.
    private var isWaiting = false

    /// - Parameter isLoopback: frames come at the ear's rate.
    /// - Throws: ``OpusError``, `outOfMemory`.
    init(_ format: AudioFormat, isLoopback: Bool) throws(OpusError) {
        let opus = format.encoding == .opus ? try OpusEncoder(sampleRate: isLoopback ? format.earRate : format.sampleRate) : nil
        self.opus = consume opus
        self.format = format
        capacity = format.sampleRate.samplesPerFrame * 2
        message = OutboundBuffer(capacity: max(OpusEncoder.maximumPacketBytes, capacity * 4))
        if isLoopback, format.encoding == .pcm, format.sampleRate != format.earRate {
            resampler = Resampler(from: format.earRate, to: format.sampleRate)
            resampled.reserveCapacity(capacity)
        }
        unsafe samples = .allocate(capacity: capacity)
        unsafe samples.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe samples.deallocate() }

    /// Sends a frame as the playout hands it out.
    /// - Returns: false when the socket is stuck or gone; the same frame may be offered again.
    func send(_ frame: Span<UInt8>, on connection: WebSocketConnection) -> Bool {
        if !isWaiting {
            message.removeAll()
            if format.encoding == .opus {
                let count = frame.count / 2
                for index in 0..<count { unsafe samples[index] = Int16(bitPattern: UInt16(frame[2 * index]) | UInt16(frame[2 * index + 1]) << 8) }
                unsafe encode(Span(_unsafeStart: UnsafePointer(samples), count: count))
            } else {
                unsafe message.append(frame.bytes)
            }
        }
        let isSent = connection.send(binary: message)
        isWaiting = !isSent && format.encoding == .opus
        return isSent
    }

    /// What waits is not for the next reply.
    func dropWaiting() { isWaiting = false }

    /// Sends a frame of a loopback: samples at the ear's rate, encoded again.
    func send(samples frame: Span<Int16>, on connection: WebSocketConnection) -> Bool {
        message.removeAll()
        switch format.encoding {
        case .opus: encode(frame)
        case .muLaw:
            unsafe message.appendUnsafely { room in
                var codes = unsafe MutableSpan(
                    _unsafeStart: room.baseAddress!.assumingMemoryBound(to: UInt8.self), count: min(room.count, frame.count))
                tables.encodeMuLaw(frame.extracting(first: codes.count), into: &codes)
                return codes.count
            }
        case .pcm:
            guard resampler != nil else {
                unsafe frame.withUnsafeBytes { unsafe message.append($0.bytes) }
                break
            }
            resampler?.process(frame, appendTo: &resampled)
            unsafe resampled.withUnsafeBytes { unsafe message.append($0.bytes) }
            resampled.removeAll(keepingCapacity: true)
            // Its look-ahead swallows the very first samples.
            if message.count == 0 { return true }
        }
        return connection.send(binary: message)
    }

    private func encode(_ frame: Span<Int16>) {
        guard var encoder = opus.take() else { return }
        unsafe message.appendUnsafely { room in
            var packet = unsafe MutableSpan(_unsafeStart: room.baseAddress!.assumingMemoryBound(to: UInt8.self), count: room.count)
            // A frame of 20 ms always encodes.
            return (try? encoder.encode(frame, into: &packet)) ?? 0
        }
        opus = consume encoder
    }
}
