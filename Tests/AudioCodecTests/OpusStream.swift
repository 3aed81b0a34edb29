import AudioCodec

/// Packets of 20 ms and what they decode to.
enum OpusStream {
    static func packets(
        _ pcm: [Int16], _ rate: SampleRate, _ configuration: OpusEncoderConfiguration = OpusEncoderConfiguration(), frame: Int? = nil
    ) throws -> [[UInt8]] {
        var encoder = try OpusEncoder(sampleRate: rate, configuration: configuration)
        let step = frame ?? rate.samplesPerFrame
        var room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes), packets: [[UInt8]] = []
        for start in stride(from: 0, through: pcm.count - step, by: step) {
            var span = room.mutableSpan
            let count = try encoder.encode(pcm.span.extracting(start..<start + step), into: &span)
            packets.append(Array(room.prefix(count)))
        }
        return packets
    }

    /// - Parameter isLost: packets that do not arrive.
    static func decoded(_ packets: [[UInt8]], _ rate: SampleRate, isLost: (Int) -> Bool = { _ in false }) throws -> [Int16] {
        var receiver = try OpusReceiver(sampleRate: rate), pcm: [Int16] = [], lost = 0
        for (index, packet) in packets.enumerated() {
            if isLost(index) {
                lost += 1
                continue
            }
            try receiver.receive(packet.span, lost: lost) { piece in for index in piece.indices { pcm.append(piece[index]) } }
            lost = 0
        }
        return pcm
    }

    /// Several packets of one frame each as one packet (RFC 6716, 3.2.5, code 3 with sizes).
    static func merged(_ packets: [[UInt8]]) -> [UInt8] {
        var bytes = [packets[0][0] | 3, UInt8(packets.count) | 0x80]
        for packet in packets.dropLast() {
            let size = packet.count - 1
            if size < 252 {
                bytes.append(UInt8(size))
            } else {
                bytes += [UInt8(252 + size % 4), UInt8((size - 252 - size % 4) / 4)]
            }
        }
        return bytes + packets.flatMap { $0.dropFirst() }
    }
}
