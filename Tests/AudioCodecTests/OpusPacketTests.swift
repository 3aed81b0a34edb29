import AudioCodec
import COpus
import Testing

@Suite("Opus packets: our inspection and the library's agree on every byte pattern; nothing crashes the decoder")
struct OpusPacketTests {
    /// What the library says of the same bytes: frames, and samples of one at 48 kHz.
    private static func reference(_ packet: [UInt8]) -> (frames: Int, samples: Int)? {
        var toc: UInt8 = 0, sizes = [Int16](repeating: 0, count: 48), offset: Int32 = 0
        return unsafe packet.withUnsafeBufferPointer { packet in
            guard let base = packet.baseAddress else { return nil }
            let count = unsafe opus_packet_parse(base, Int32(packet.count), &toc, nil, &sizes, &offset)
            return unsafe count > 0 ? (Int(count), Int(opus_packet_get_samples_per_frame(base, 48_000))) : nil
        }
    }

    private static func agree(_ packet: [UInt8]) -> Bool {
        switch (OpusPacket(packet.span), reference(packet)) {
        case (nil, nil): true
        case (let ours?, let theirs?): ours.frames == theirs.frames && ours.frameSamples == theirs.samples
        default: false
        }
    }

    @Test("every packet of one and of two bytes")
    func short() {
        for first in UInt8.min...UInt8.max {
            #expect(Self.agree([first]))
            let wrong = (UInt8.min...UInt8.max).filter { !Self.agree([first, $0]) }
            #expect(wrong.isEmpty, "\(first) \(wrong)")
        }
    }

    @Test("random packets, long and short, most of them with many frames", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<4_000 {
            let count = Int.random(in: 0...(Bool.random(using: &random) ? 12 : 3_000), using: &random)
            var packet = (0..<count).map { _ in UInt8.random(in: 0...(Bool.random(using: &random) ? 255 : 8), using: &random) }
            if count > 1, Int.random(in: 0...3, using: &random) > 0 {
                packet[0] |= 3
                packet[1] = packet[1] & 0xC0 | UInt8.random(in: 0...12, using: &random)
            }
            guard !packet.isEmpty else { continue }
            if OpusPacket(packet.span) != nil { accepted += 1 }
            #expect(Self.agree(packet), "\(packet.prefix(8))… \(packet.count) bytes")
        }
        #expect(accepted > 400)
    }

    @Test("the decoder survives every packet of two bytes, and mutations of good ones; its output is never longer than announced")
    func survives() throws {
        var decoder = try OpusDecoder(sampleRate: .hz16000), pcm = [Int16](repeating: 0, count: OpusDecoder.maximumSamples(at: .hz16000))
        func feed(_ packet: [UInt8]) {
            var span = pcm.mutableSpan
            guard let form = OpusPacket(packet.span) else {
                #expect(throws: OpusError.self) { _ = try decoder.decode(packet.span, into: &span) }
                return
            }
            if let count = try? decoder.decode(packet.span, into: &span) { #expect(count == form.samples(at: .hz16000)) }
        }
        feed([])
        for first in stride(from: UInt8(0), through: 255, by: 1) { for second in stride(from: 0, through: 255, by: 5) { feed([first, UInt8(second)]) } }
        var random = SeededGenerator(seed: 3)
        for packet in try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 2), .hz16000) {
            for _ in 0..<8 {
                var mutated = packet
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    mutated[Int.random(in: 0..<mutated.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                feed(Array(mutated.prefix(Int.random(in: 0...mutated.count, using: &random))))
            }
            feed(packet)
        }
    }
}
