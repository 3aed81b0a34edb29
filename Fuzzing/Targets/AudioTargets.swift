import AudioCodec
import Foundation

let audioTargets = [
    FuzzTarget("base64", upTo: 256, readBase64),
    FuzzTarget("wav", upTo: 1_024, readWAV),
    FuzzTarget("g711", upTo: 512, codeG711),
    FuzzTarget("resampler", upTo: 2_048, resample),
]

/// Takes exactly what Foundation reads and would write the same: one byte string has one text.
private func readBase64(_ text: Span<UInt8>) {
    let given = text.array
    var bytes = [UInt8](repeating: 0, count: Base64.decodedCapacity(given.count))
    var room = bytes.mutableSpan
    let ours = Base64.decode(text, into: &room).map { Array(bytes.prefix($0)) }
    let theirs = Data(base64Encoded: Data(given))
    let isCanonical = theirs.map { Array($0.base64EncodedData()) == given } ?? false
    expect((ours != nil) == isCanonical, "ours \(ours != nil), canonical \(isCanonical): \(given)")
    if let ours { expect(ours == theirs.map(Array.init), "\(given)") }
    // And the other way round, for any bytes.
    var written = [UInt8](repeating: 0, count: Base64.encodedCount(given.count))
    var page = written.mutableSpan
    expect(Base64.encode(text, into: &page) == written.count, "wrote less than \(written.count)")
    expect(written == Array(Data(given).base64EncodedData()), "\(given)")
    if !written.isEmpty {
        var short = [UInt8](repeating: 0, count: written.count - 1)
        var tooShort = short.mutableSpan
        expect(Base64.encode(text, into: &tooShort) == nil, "wrote into too little room")
    }
}

/// What is read is sound, and survives being written and read again.
private func readWAV(_ input: Span<UInt8>) {
    guard let file = try? WAVFile(bytes: input.array) else { return }
    expect((1...8).contains(file.channels.count) && (1_000...384_000).contains(file.sampleRate), "\(file.channels.count) at \(file.sampleRate)")
    let frames = file.channels[0].count
    expect(file.channels.allSatisfy { $0.count == frames } && frames <= input.count, "\(frames) frames in \(input.count) bytes")
    expect((try? WAVFile(bytes: file.encoded())) == file, "written and read again it differs")
    expect(file.mono().count == frames, "mono of another length")
    guard frames <= 64 else { return }
    let rate = SampleRate.allCases[frames % SampleRate.allCases.count]
    let count = file.samples(at: rate).count, exact = frames * rate.hertz
    expect(count == (exact + file.sampleRate - 1) / file.sampleRate, "\(frames) at \(file.sampleRate) became \(count) at \(rate.hertz)")
}

/// Whole frames through the tables are what the arithmetic says, of any length; expanding what was compressed is exact.
private func codeG711(_ input: Span<UInt8>) {
    let tables = CodecTables.shared
    var samples = [Int16](repeating: 0, count: input.count), codes = [UInt8](repeating: 0, count: input.count)
    for isMuLaw in [true, false] {
        var pcm = samples.mutableSpan
        if isMuLaw { tables.decodeMuLaw(input, into: &pcm) } else { tables.decodeALaw(input, into: &pcm) }
        for index in input.indices {
            let expected = isMuLaw ? MuLaw.decode(input[index]) : ALaw.decode(input[index])
            expect(pcm[index] == expected, "code \(input[index])")
        }
        var room = codes.mutableSpan
        if isMuLaw { tables.encodeMuLaw(pcm.span, into: &room) } else { tables.encodeALaw(pcm.span, into: &room) }
        for index in input.indices {
            let again = isMuLaw ? MuLaw.decode(room[index]) : ALaw.decode(room[index])
            expect(again == pcm[index], "sample \(pcm[index]) became \(again)")
        }
    }
    let words = stride(from: 0, to: input.count - 1, by: 2).map { Int16(bitPattern: UInt16(input[$0]) | UInt16(input[$0 + 1]) << 8) }
    var room = codes.mutableSpan
    tables.encodeMuLaw(words.span, into: &room)
    for index in words.indices { expect(room[index] == MuLaw.encode(words[index]), "sample \(words[index])") }
}

/// The same samples whatever pieces they come in, and as many as the duration takes.
private func resample(_ input: Span<UInt8>) {
    guard input.count >= 4 else { return }
    let rates = SampleRate.allCases
    let from = rates[Int(input[0]) % rates.count], to = rates[Int(input[1]) % rates.count]
    let pieces = [max(1, Int(input[2])), max(1, Int(input[3]) * 9)]
    let pcm = stride(from: 4, to: input.count - 1, by: 2).map { Int16(bitPattern: UInt16(input[$0]) | UInt16(input[$0 + 1]) << 8) }
    let whole = Resampler.converted(pcm, from: from, to: to)
    expect(whole.count == (pcm.count * to.hertz + from.hertz - 1) / from.hertz, "\(pcm.count) from \(from) to \(to): \(whole.count)")
    var resampler = Resampler(from: from, to: to), output: [Int16] = [], start = 0, turn = 0
    while start < pcm.count {
        let end = min(pcm.count, start + pieces[turn % 2])
        resampler.process(pcm.span.extracting(start..<end), appendTo: &output)
        (start, turn) = (end, turn + 1)
    }
    resampler.finish(appendTo: &output)
    expect(output == whole, "in pieces of \(pieces), from \(from) to \(to), \(pcm.count) samples differ")
}
