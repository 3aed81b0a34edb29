import AudioCodec
import Testing

@Suite("µ-law, ITU-T G.711")
struct MuLawTests {
    @Test("known codes", arguments: [(0, 0xFF), (1_000, 0xCE), (-1_000, 0x4E), (.max, 0x80), (.min, 0x00), (-1, 0x7F)] as [(Int16, UInt8)])
    func encodes(sample: Int16, to code: UInt8) { #expect(MuLaw.encode(sample) == code) }
}
