/// A recording in memory, read from or written as an Ogg Opus file (RFC 7845).
///
/// One or two channels (mapping family 0). What the file claims about itself is never believed: memory is taken for the bytes that are
/// there, and a contradiction is an error.
public struct OggOpusFile: Sendable, Equatable {
    /// Channels that were encoded, 1 or 2; decoding gives one.
    public var channels: Int
    /// Samples at 48 kHz to drop from the front of what is decoded.
    public var preSkip: Int
    /// The rate that the encoder was given; says nothing about the packets.
    public var inputSampleRate: Int
    /// Added to the level, in 1/256 dB.
    public var gain: Int
    public var packets: [[UInt8]]
    /// Samples at 48 kHz that the recording lasts, ``preSkip`` not counted.
    public var samples48: Int

    public var duration: Duration { SampleRate.hz48000.duration(samples: samples48) }

    /// Whether a file begins as Ogg does.
    public static func isOgg(_ bytes: [UInt8]) -> Bool { bytes.starts(with: OggPage.magic) }

    /// Reads a whole file.
    /// - Throws: ``OggError``, which says what was found and where.
    public init(bytes: [UInt8]) throws(OggError) {
        guard Self.isOgg(bytes) else { throw OggError(.notOgg, "it does not begin with OggS") }
        let read = try OggPackets(bytes).packets
        guard let head = read.first?.bytes, head.starts(with: Self.headMagic) else {
            throw OggError(.unsupported, "its stream is not Opus")
        }
        guard head.count >= 19 else { throw OggError(.truncated, "a header of \(head.count) bytes, at least 19 expected") }
        guard head[8] & 0xF0 == 0 else { throw OggError(.unsupported, "version \(head[8]) of the header") }
        guard head[18] == 0, (1...2).contains(head[9]) else {
            throw OggError(.unsupported, "\(head[9]) channels in mapping family \(head[18]); 1 or 2 in family 0 can be read")
        }
        guard read.count >= 2, read[1].bytes.starts(with: Self.tagsMagic) else {
            throw OggError(.truncated, "no tags follow the header")
        }
        channels = Int(head[9])
        preSkip = Int(LittleEndian.read(head, at: 10) as UInt16)
        inputSampleRate = Int(LittleEndian.read(head, at: 12) as UInt32)
        gain = Int(Int16(bitPattern: LittleEndian.read(head, at: 16)))
        packets = read.dropFirst(2).map(\.bytes)
        var length = 0
        for (index, packet) in packets.enumerated() {
            guard let form = OpusPacket(packet.span) else { throw OggError(.corrupt, "packet \(index) of \(packet.count) bytes is none") }
            length += form.samples(at: .hz48000)
        }
        // The last granule may cut the end; it may not lengthen it.
        let end = read.dropFirst(2).last?.granule.flatMap { $0 >= 0 ? Int(clamping: $0) : nil } ?? length
        samples48 = max(0, min(length, end) - preSkip)
    }

    /// Encodes a recording in frames of 20 ms.
    /// - Throws: ``OpusError``, `outOfMemory`.
    public init(encoding pcm: [Int16], sampleRate: SampleRate, configuration: OpusEncoderConfiguration = OpusEncoderConfiguration()) throws(OpusError) {
        var encoder = try OpusEncoder(sampleRate: sampleRate, configuration: configuration)
        let step = sampleRate.samplesPerFrame, scale = SampleRate.hz48000.hertz / sampleRate.hertz
        (channels, gain, inputSampleRate) = (1, 0, sampleRate.hertz)
        preSkip = encoder.lookAhead * scale
        samples48 = pcm.count * scale
        packets = []
        var room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes)
        // Silence behind the end pushes the last samples through the look-ahead.
        for start in stride(from: 0, to: pcm.count + encoder.lookAhead, by: step) {
            var frame = Array(pcm[min(start, pcm.count)..<min(start + step, pcm.count)])
            frame += [Int16](repeating: 0, count: step - frame.count)
            var span = room.mutableSpan
            let count = try encoder.encode(frame.span, into: &span)
            packets.append(Array(room.prefix(count)))
        }
    }

    /// The file, a page a second.
    /// - Parameter serial: names the stream; two files that are played one after the other need different ones.
    public func encoded(serial: UInt32 = 1) -> [UInt8] {
        var head = Self.headMagic + [1, UInt8(channels)]
        LittleEndian.append(UInt16(clamping: preSkip), to: &head)
        LittleEndian.append(UInt32(clamping: inputSampleRate), to: &head)
        LittleEndian.append(Int16(clamping: gain), to: &head)
        head.append(0)
        let vendor = Array("media-gateway".utf8)
        var tags = Self.tagsMagic
        LittleEndian.append(UInt32(vendor.count), to: &tags)
        tags += vendor
        LittleEndian.append(UInt32(0), to: &tags)
        var groups: [[[UInt8]]] = [[head], [tags]], granules: [Int64] = [0, 0]
        var position = 0
        for start in stride(from: 0, to: packets.count, by: Self.packetsPerPage) {
            let group = Array(packets[start..<min(start + Self.packetsPerPage, packets.count)])
            for packet in group { position += OpusPacket(packet.span)?.samples(at: .hz48000) ?? 0 }
            groups.append(group)
            granules.append(Int64(start + Self.packetsPerPage >= packets.count ? min(position, samples48 + preSkip) : position))
        }
        return OggPackets.encoded(groups, granules: granules, serial: serial)
    }

    /// Decodes the recording to mono.
    /// - Throws: ``OggError``, `corrupt`.
    public func samples(at rate: SampleRate) throws(OggError) -> [Int16] {
        var pcm: [Int16] = []
        do {
            var receiver = try OpusReceiver(sampleRate: rate)
            for packet in packets {
                try receiver.receive(packet.span) { piece in for index in piece.indices { pcm.append(piece[index]) } }
            }
        } catch { throw OggError(.corrupt, "\(error)") }
        let skip = preSkip * rate.hertz / 48_000, count = samples48 * rate.hertz / 48_000
        let trimmed = Array(pcm.dropFirst(skip).prefix(count))
        return gain == 0 ? trimmed : Level.amplified(trimmed, byDecibels: Double(gain) / 256)
    }

    private static let headMagic = Array("OpusHead".utf8)
    private static let tagsMagic = Array("OpusTags".utf8)
    private static let packetsPerPage = 50
}
