internal import COpus

/// How a stream is encoded. The defaults suit live speech: a frame at complexity 1 costs a third of one at 10.
public struct OpusEncoderConfiguration: Sendable, Equatable {
    /// Bits a second, 6,000...128,000.
    public var bitrate: Int
    /// 0...10: work a frame.
    public var complexity: Int
    /// The bitrate is a mean, and each frame takes what it needs.
    public var isVariable: Bool
    /// Silence is sent as packets of two bytes or less, which need not be sent at all.
    public var isDiscontinuous: Bool
    /// In percent: with more than 0 each packet carries a small copy of the one before (in-band FEC). 0 where nothing gets lost.
    public var expectedLoss: Int

    public init(
        bitrate: Int = 24_000, complexity: Int = 1, isVariable: Bool = true, isDiscontinuous: Bool = false, expectedLoss: Int = 0
    ) {
        self.bitrate = min(128_000, max(6_000, bitrate))
        self.complexity = min(10, max(0, complexity))
        self.expectedLoss = min(100, max(0, expectedLoss))
        (self.isVariable, self.isDiscontinuous) = (isVariable, isDiscontinuous)
    }
}

/// Encodes mono speech to one Opus stream (RFC 6716), tuned for voice. Allocates nothing after `init`.
@safe public struct OpusEncoder: ~Copyable {
    public let sampleRate: SampleRate
    public let configuration: OpusEncoderConfiguration
    private let handle: OpaquePointer

    /// Room for any packet of one frame.
    public static let maximumPacketBytes = OpusPacket.maximumFrameBytes + 1

    /// - Throws: ``OpusError``, `outOfMemory`.
    public init(sampleRate: SampleRate, configuration: OpusEncoderConfiguration = OpusEncoderConfiguration()) throws(OpusError) {
        (self.sampleRate, self.configuration) = (sampleRate, configuration)
        unsafe handle = try Self.make(sampleRate, configuration)
    }

    private static func make(_ rate: SampleRate, _ configuration: OpusEncoderConfiguration) throws(OpusError) -> OpaquePointer {
        var status = OPUS_OK
        guard let handle = unsafe opus_encoder_create(Int32(rate.hertz), 1, OPUS_APPLICATION_VOIP, &status) else {
            throw OpusError(status: status, "creating an encoder at \(rate.hertz) Hz")
        }
        for (request, value) in [
            (OPUS_SET_BITRATE_REQUEST, configuration.bitrate), (OPUS_SET_COMPLEXITY_REQUEST, configuration.complexity),
            (OPUS_SET_VBR_REQUEST, configuration.isVariable ? 1 : 0), (OPUS_SET_DTX_REQUEST, configuration.isDiscontinuous ? 1 : 0),
            (OPUS_SET_SIGNAL_REQUEST, Int(OPUS_SIGNAL_VOICE)), (OPUS_SET_INBAND_FEC_REQUEST, configuration.expectedLoss > 0 ? 1 : 0),
            (OPUS_SET_PACKET_LOSS_PERC_REQUEST, configuration.expectedLoss),
        ] {
            status = unsafe copus_encoder_set(handle, request, Int32(value))
            guard status == OPUS_OK else {
                unsafe opus_encoder_destroy(handle)
                throw OpusError(status: status, "setting \(request) to \(value)")
            }
        }
        return unsafe handle
    }

    deinit { unsafe opus_encoder_destroy(handle) }

    /// Samples by which the decoded audio lags behind.
    public var lookAhead: Int {
        var samples: Int32 = 0
        _ = unsafe copus_encoder_get(handle, OPUS_GET_LOOKAHEAD_REQUEST, &samples)
        return Int(samples)
    }

    /// Encodes one frame.
    /// - Parameters:
    ///   - pcm: 2.5, 5, 10, 20, 40 or 60 ms: 320 samples are 20 ms at 16 kHz.
    ///   - packet: receives the packet; ``maximumPacketBytes`` hold any.
    /// - Returns: bytes written; 2 or less say that nothing need be sent (DTX).
    /// - Throws: ``OpusError``, `rejected` for another length.
    public mutating func encode(_ pcm: Span<Int16>, into packet: inout MutableSpan<UInt8>) throws(OpusError) -> Int {
        let written = unsafe pcm.withUnsafeBufferPointer { pcm in
            unsafe packet.withUnsafeMutableBufferPointer { packet in
                guard let input = pcm.baseAddress, let output = packet.baseAddress else { return OPUS_BAD_ARG }
                return unsafe opus_encode(handle, input, Int32(pcm.count), output, Int32(packet.count))
            }
        }
        guard written >= 0 else { throw OpusError(status: written, "encoding \(pcm.count) samples into \(packet.count) bytes") }
        return Int(written)
    }

    /// Forgets the past: the next frame begins a new stream.
    public mutating func reset() { _ = unsafe copus_encoder_reset(handle) }
}
