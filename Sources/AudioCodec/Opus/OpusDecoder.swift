internal import COpus

/// Decodes one Opus stream (RFC 6716) to mono 16-bit PCM, whatever rate and channels it was encoded with: stereo is mixed down by the library.
///
/// The C decoder carries state from packet to packet: one stream, one decoder, which `~Copyable` enforces. Allocates nothing after `init`.
@safe public struct OpusDecoder: ~Copyable {
    public let sampleRate: SampleRate
    private let handle: OpaquePointer

    /// - Throws: ``OpusError``, `outOfMemory`.
    public init(sampleRate: SampleRate) throws(OpusError) {
        var status = OPUS_OK
        guard let handle = unsafe opus_decoder_create(Int32(sampleRate.hertz), 1, &status) else {
            throw OpusError(status: status, "creating a decoder at \(sampleRate.hertz) Hz")
        }
        self.sampleRate = sampleRate
        unsafe self.handle = handle
    }

    deinit { unsafe opus_decoder_destroy(handle) }

    /// Samples of the longest packet, 120 ms.
    public static func maximumSamples(at rate: SampleRate) -> Int { rate.hertz * OpusPacket.maximumMilliseconds / 1_000 }

    /// Decodes one packet of 2.5 to 120 ms.
    /// - Parameter pcm: receives the samples; ``maximumSamples(at:)`` hold any packet.
    /// - Returns: samples written, from the front of `pcm`.
    /// - Throws: ``OpusError``, `corruptPacket` or `outputTooSmall`; the next packet may still decode.
    public mutating func decode(_ packet: Span<UInt8>, into pcm: inout MutableSpan<Int16>) throws(OpusError) -> Int {
        guard OpusPacket(packet) != nil else { throw OpusError(.corruptPacket, "inspecting a packet of \(packet.count) bytes") }
        return try decode(packet, pcm.count, isRecovery: false, into: &pcm)
    }

    /// Makes up for audio that was lost: the voice goes on, softer and softer (PLC).
    /// - Parameters:
    ///   - samples: what is missing, in steps of 2.5 ms, at most 120 ms.
    ///   - pcm: receives them.
    /// - Throws: ``OpusError``, `rejected` or `outputTooSmall`.
    public mutating func conceal(samples: Int, into pcm: inout MutableSpan<Int16>) throws(OpusError) {
        try check(samples, room: pcm.count)
        _ = try decode(Span(), samples, isRecovery: false, into: &pcm)
    }

    /// Reads the copy of a lost packet that the next one may carry (in-band FEC); what it does not carry is concealed.
    ///
    /// The next packet itself is decoded afterwards, as usual.
    /// - Parameters:
    ///   - samples: length of the lost packet.
    ///   - next: the packet that followed it.
    /// - Throws: ``OpusError``, as ``decode(_:into:)`` and ``conceal(samples:into:)``.
    public mutating func recover(samples: Int, from next: Span<UInt8>, into pcm: inout MutableSpan<Int16>) throws(OpusError) {
        try check(samples, room: pcm.count)
        guard OpusPacket(next) != nil else { throw OpusError(.corruptPacket, "recovering from a packet of \(next.count) bytes") }
        _ = try decode(next, samples, isRecovery: true, into: &pcm)
    }

    /// Forgets the past: the next packet begins a new stream.
    public mutating func reset() { _ = unsafe copus_decoder_reset(handle) }

    private func check(_ samples: Int, room: Int) throws(OpusError) {
        let step = sampleRate.hertz / 400
        guard samples > 0, samples % step == 0, samples <= Self.maximumSamples(at: sampleRate) else {
            throw OpusError(.rejected, "making up \(samples) samples at \(sampleRate.hertz) Hz, a multiple of \(step) is possible")
        }
        guard samples <= room else { throw OpusError(.outputTooSmall, "making up \(samples) samples into \(room)") }
    }

    private mutating func decode(
        _ packet: Span<UInt8>, _ samples: Int, isRecovery: Bool, into pcm: inout MutableSpan<Int16>
    ) throws(OpusError) -> Int {
        let written = unsafe packet.withUnsafeBufferPointer { packet in
            unsafe pcm.withUnsafeMutableBufferPointer { pcm in
                guard let out = pcm.baseAddress, samples > 0 else { return OPUS_BUFFER_TOO_SMALL }
                // No packet at all asks the library to conceal.
                return unsafe opus_decode(
                    handle, packet.count > 0 ? packet.baseAddress : nil, Int32(packet.count), out, Int32(samples), isRecovery ? 1 : 0)
            }
        }
        guard written >= 0 else { throw OpusError(status: written, "decoding \(packet.count) bytes into \(samples) samples") }
        return Int(written)
    }
}
