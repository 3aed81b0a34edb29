internal import COpus

/// What a frame costs through ``OpusEncoder`` and ``OpusReceiver``, beside the library called in a plain loop on the same frames.
public struct OpusCost: Sendable {
    /// Nanoseconds a frame of 20 ms, encoded and decoded again: the best of all rounds.
    public var ours: Double, library: Double
    public var ratio: Double { ours / library }

    /// Runs both in turn, so that whatever else the machine does meets both.
    /// - Parameters:
    ///   - pcm: at least one frame.
    ///   - clock: nanoseconds, best of the thread's own processor time.
    /// - Throws: ``OpusError``.
    public static func measured(
        _ pcm: [Int16], sampleRate: SampleRate, configuration: OpusEncoderConfiguration = OpusEncoderConfiguration(), rounds: Int = 15,
        clock: () -> Int64
    ) throws(OpusError) -> OpusCost {
        var best = OpusCost(ours: .infinity, library: .infinity)
        let frames = pcm.count / sampleRate.samplesPerFrame
        for _ in 0..<rounds {
            let start = clock()
            try runOurs(pcm, sampleRate, configuration)
            let middle = clock()
            try runLibrary(pcm, sampleRate, configuration)
            let end = clock()
            best.ours = min(best.ours, Double(middle - start) / Double(frames))
            best.library = min(best.library, Double(end - middle) / Double(frames))
        }
        return best
    }

    private static func runOurs(_ pcm: [Int16], _ rate: SampleRate, _ configuration: OpusEncoderConfiguration) throws(OpusError) {
        var encoder = try OpusEncoder(sampleRate: rate, configuration: configuration), receiver = try OpusReceiver(sampleRate: rate)
        var room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes), heard = 0
        let step = rate.samplesPerFrame
        for frame in 0..<pcm.count / step {
            var packet = room.mutableSpan
            let count = try encoder.encode(pcm.span.extracting(frame * step..<(frame + 1) * step), into: &packet)
            try receiver.receive(packet.span.extracting(first: count)) { heard += $0.count }
        }
        guard heard == pcm.count / step * step else { throw OpusError(.broken, "\(heard) samples came of \(pcm.count)") }
    }

    private static func runLibrary(_ pcm: [Int16], _ rate: SampleRate, _ configuration: OpusEncoderConfiguration) throws(OpusError) {
        var status = OPUS_OK
        guard let encoder = unsafe opus_encoder_create(Int32(rate.hertz), 1, OPUS_APPLICATION_VOIP, &status),
            let decoder = unsafe opus_decoder_create(Int32(rate.hertz), 1, &status)
        else { throw OpusError(status: status, "creating the library's own") }
        defer {
            unsafe opus_encoder_destroy(encoder)
            unsafe opus_decoder_destroy(decoder)
        }
        for (request, value) in [
            (OPUS_SET_BITRATE_REQUEST, configuration.bitrate), (OPUS_SET_COMPLEXITY_REQUEST, configuration.complexity),
            (OPUS_SET_VBR_REQUEST, configuration.isVariable ? 1 : 0), (OPUS_SET_DTX_REQUEST, configuration.isDiscontinuous ? 1 : 0),
            (OPUS_SET_SIGNAL_REQUEST, Int(OPUS_SIGNAL_VOICE)), (OPUS_SET_INBAND_FEC_REQUEST, configuration.expectedLoss > 0 ? 1 : 0),
            (OPUS_SET_PACKET_LOSS_PERC_REQUEST, configuration.expectedLoss),
        ] { _ = unsafe copus_encoder_set(encoder, request, Int32(value)) }
        let step = rate.samplesPerFrame, frames = pcm.count / step
        let packet = UnsafeMutablePointer<UInt8>.allocate(capacity: OpusEncoder.maximumPacketBytes)
        let heard = UnsafeMutablePointer<Int16>.allocate(capacity: OpusDecoder.maximumSamples(at: rate))
        defer {
            unsafe packet.deallocate()
            unsafe heard.deallocate()
        }
        let samples = unsafe pcm.withUnsafeBufferPointer { pcm in
            var samples: Int32 = 0
            for frame in 0..<frames {
                let count = unsafe opus_encode(
                    encoder, pcm.baseAddress! + frame * step, Int32(step), packet, Int32(OpusEncoder.maximumPacketBytes))
                unsafe samples += opus_decode(decoder, packet, count, heard, Int32(OpusDecoder.maximumSamples(at: rate)), 0)
            }
            return samples
        }
        guard Int(samples) == frames * step else { throw OpusError(.broken, "\(samples) samples came of \(frames * step)") }
    }
}
