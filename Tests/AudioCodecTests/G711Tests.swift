import AudioCodec
import Testing

@Suite("µ-law and A-law, ITU-T G.711")
struct G711Tests {
    @Test(
        "µ-law codes",
        arguments: [(0, 0xFF), (1_000, 0xCE), (-1_000, 0x4E), (.max, 0x80), (.min, 0x00), (-1, 0x7F)] as [(Int16, UInt8)])
    func encodesMuLaw(sample: Int16, to code: UInt8) { #expect(MuLaw.encode(sample) == code) }

    @Test(
        "A-law codes",
        arguments: [(0, 0xD5), (1_000, 0xFA), (-1_000, 0x7A), (.max, 0xAA), (.min, 0x2A), (-1, 0x55)] as [(Int16, UInt8)])
    func encodesALaw(sample: Int16, to code: UInt8) { #expect(ALaw.encode(sample) == code) }

    @Test("what was decoded encodes to its own code; µ-law has two zeros", arguments: 0...255 as ClosedRange<Int>)
    func roundTrip(code: Int) {
        let code = UInt8(code)
        #expect(ALaw.encode(ALaw.decode(code)) == code)
        #expect(MuLaw.encode(MuLaw.decode(code)) == (code == 0x7F ? 0xFF : code))
    }

    @Test(
        "the ITU-T sweep: decoding is exact, encoding too",
        .enabled(if: TestData.isPresent, Comment(rawValue: TestData.absence)))
    func sweep() throws {
        let source = try TestData.words("vectors/g711/sweep.src")
        let muLaw = try TestData.words("vectors/g711/sweep-r.u"), aLaw = try TestData.words("vectors/g711/sweep-r.a")
        let fromMuLaw = try TestData.words("vectors/g711/sweep-r.u-u"), fromALaw = try TestData.words("vectors/g711/sweep-r.a-a")
        #expect(source.count == 32_768)
        #expect(muLaw.map { MuLaw.decode(UInt8($0)) } == fromMuLaw)
        #expect(aLaw.map { ALaw.decode(UInt8($0)) } == fromALaw)
        #expect(zip(source, muLaw).count { MuLaw.encode($0) != UInt8($1) } == 0)
        #expect(zip(source, aLaw).count { ALaw.encode($0) != UInt8($1) } == 0)
    }

    @Test("the tables say what the arithmetic says, for every sample and code")
    func tables() {
        let tables = CodecTables.shared
        let samples = Array(Int16.min...Int16.max), codes = Array(UInt8.min...UInt8.max)
        var muLaw = [UInt8](repeating: 0, count: samples.count), aLaw = muLaw
        var fromMuLaw = [Int16](repeating: 0, count: codes.count), fromALaw = fromMuLaw
        var span = muLaw.mutableSpan
        tables.encodeMuLaw(samples.span, into: &span)
        span = aLaw.mutableSpan
        tables.encodeALaw(samples.span, into: &span)
        var output = fromMuLaw.mutableSpan
        tables.decodeMuLaw(codes.span, into: &output)
        output = fromALaw.mutableSpan
        tables.decodeALaw(codes.span, into: &output)
        #expect(muLaw == samples.map(MuLaw.encode))
        #expect(aLaw == samples.map(ALaw.encode))
        #expect(fromMuLaw == codes.map(MuLaw.decode))
        #expect(fromALaw == codes.map(ALaw.decode))
    }

    @Test("silence is silence") func silence() {
        #expect(MuLaw.decode(MuLaw.silence) == 0)
        #expect(abs(ALaw.decode(ALaw.silence)) <= 8)
    }
}
