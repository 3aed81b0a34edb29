import AudioCodec
import Testing

@Suite("RIFF WAVE files")
struct WAVFileTests {
    @Test("what was written is read", arguments: [(8_000, 1), (16_000, 2), (44_100, 3)])
    func roundTrip(rate: Int, channels: Int) throws {
        let file = WAVFile(sampleRate: rate, channels: (0..<channels).map { Tone.noise(count: 777, seed: UInt64($0)) })
        #expect(try WAVFile(bytes: file.encoded()) == file)
    }

    @Test("an empty recording has a header") func empty() throws {
        let bytes = WAVFile(sampleRate: 8_000, channels: [[]]).encoded()
        #expect(bytes.count == WAVHeader.count)
        #expect(try WAVFile(bytes: bytes).mono() == [])
    }

    @Test(
        "each format",
        arguments: [
            Format("PCM 8", tag: 1, bits: 8, data: [0x00, 0x80, 0xFF], samples: [-32_768, 0, 32_512]),
            Format("PCM 16", tag: 1, bits: 16, data: [0x00, 0x80, 0x34, 0x12], samples: [-32_768, 0x1234]),
            Format("PCM 24", tag: 1, bits: 24, data: [0xFF, 0x34, 0x12, 0x00, 0x00, 0x80], samples: [0x1234, -32_768]),
            Format("PCM 32", tag: 1, bits: 32, data: [0xFF, 0xFF, 0x34, 0x12], samples: [0x1234]),
            Format(
                "float", tag: 3, bits: 32, data: [0, 0, 0, 0x3F, 0, 0, 0x80, 0xBF, 0, 0, 0, 0x40, 0, 0, 0xC0, 0x7F],
                samples: [16_384, -32_768, 32_767, 0]),
            Format("A-law", tag: 6, bits: 8, data: [0xD5, 0x2A], samples: [8, -32_256]),
            Format("µ-law", tag: 7, bits: 8, data: [0xFF, 0x00], samples: [0, -32_124]),
        ])
    func formats(_ format: Format) throws {
        #expect(try WAVFile(bytes: format.file).channels == [format.samples])
        #expect(try WAVFile(bytes: format.extensibleFile).channels == [format.samples])
    }

    @Test("a recorder that was killed leaves a data size of nothing or of everything: what is there is read")
    func openEnd() throws {
        var bytes = WAVFile(sampleRate: 8_000, channels: [[1, 2, 3]]).encoded()
        bytes.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(try WAVFile(bytes: bytes).channels == [[1, 2, 3]])
        #expect(try WAVFile(bytes: bytes.dropLast(1)).channels == [[1, 2]])
    }

    @Test(
        "hostile headers",
        arguments: [
            ("no bytes", .notWAVE, [], 0), ("not RIFF", .notWAVE, [], 11),
            ("no channels", .unsupported, [(22, 0), (23, 0)], 44), ("65,535 channels", .unsupported, [(22, 255), (23, 255)], 44),
            ("no rate", .unsupported, [(24, 0), (25, 0)], 44), ("a rate of 4 GHz", .unsupported, [(27, 255)], 44),
            ("ADPCM", .unsupported, [(20, 2)], 44), ("no bits", .unsupported, [(34, 0)], 44),
            ("16 bits in 1 byte", .inconsistent, [(32, 1)], 44), ("empty frames", .inconsistent, [(32, 0)], 44),
            ("a format of 4 GB", .truncated, [(16, 255), (17, 255), (18, 255), (19, 255)], 44), ("cut in its header", .truncated, [], 30),
            ("no data", .truncated, [], 36),
        ] as [(String, WAVError.Code, [(Int, UInt8)], Int)])
    func refuses(_ what: String, code: WAVError.Code, changes: [(Int, UInt8)], length: Int) {
        var bytes = WAVFile(sampleRate: 8_000, channels: [[]]).encoded()
        for (offset, value) in changes { bytes[offset] = value }
        bytes = Array(bytes.prefix(length))
        let error = #expect(throws: WAVError.self) { try WAVFile(bytes: bytes) }
        #expect(error?.code == code, "\(what): \(error?.description ?? "read")")
    }

    @Test(
        "changed at random, a file is read or refused, and never grows beyond its bytes",
        arguments: 1...8 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let formats = [
            Format("PCM", tag: 1, bits: 24, data: Array(repeating: 9, count: 90), samples: []),
            Format("float", tag: 3, bits: 32, data: Array(repeating: 63, count: 80), samples: []),
        ]
        for round in 0..<3_000 {
            var bytes = round % 2 == 0 ? formats[round / 2 % 2].file : formats[round / 2 % 2].extensibleFile
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let offset = Int.random(in: 0..<min(72, bytes.count), using: &random)
                bytes[offset] = [0, 1, 2, 255, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)!
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            if let file = try? WAVFile(bytes: bytes) {
                #expect(file.channels.count <= 8 && file.channels.reduce(0) { $0 + $1.count } <= bytes.count)
                if bytes.count % 16 == 0 { _ = file.samples(at: .hz8000) }
            }
        }
    }

    @Test("a stereo recording streams to disk: samples side by side, the header last") func stereo() throws {
        var bytes = WAVHeader(sampleRate: 8_000, channels: 2).bytes(frames: 0)
        WAVHeader.interleave(left: [1, 2].span, right: [3].span, appendTo: &bytes)
        #expect(try WAVFile(bytes: bytes).channels == [[], []])
        bytes.replaceSubrange(0..<WAVHeader.count, with: WAVHeader(sampleRate: 8_000, channels: 2).bytes(frames: 2))
        #expect(try WAVFile(bytes: bytes).channels == [[1, 2], [3, 0]])
    }

    @Test("mono is the mean, at any rate") func mono() {
        let file = WAVFile(sampleRate: 44_100, channels: [Array(repeating: 100, count: 44_100), Array(repeating: -300, count: 44_100)])
        #expect(file.mono().allSatisfy { $0 == -100 })
        let samples = file.samples(at: .hz8000)
        #expect(samples.count == 8_000)
        #expect(samples.dropFirst(100).dropLast(100).allSatisfy { $0 == -100 })
        #expect(file.duration == .seconds(1))
    }

    /// What other people's programs wrote; the values are those that their own tests expect, cut to 16 bits.
    @Test(
        "files of other programs", .enabled(if: TestData.isPresent, Comment(rawValue: TestData.absence)),
        arguments: [
            ("pcmwaveformat-8bit-44100Hz-mono", [[19 << 8, -53 << 8, 89 << 8, -127 << 8]]),
            ("pcmwaveformat-24bit-4byte-48kHz-stereo", [[-1, 32_767], [90, -32_659]]),
            ("waveformatextensible-24bit-4byte-48kHz-stereo", [[-1, 32_767], [90, -32_659]]),
            ("waveformatex-16bit-44100Hz-stereo", [[2, 5, 11, 17], [-3, -7, -13, -19]]),
            ("waveformatex-ieeefloat-44100Hz-mono", [[32_767, 32_767, -32_768, 32_767]]),
            ("ps_null", [[]]),
        ] as [(String, [[Int16]])])
    func vectors(name: String, channels: [[Int16]]) throws {
        #expect(try WAVFile(bytes: TestData.bytes("vectors/wav/\(name).wav")).channels == channels)
    }

    @Test(
        "files made to break a reader are read or refused",
        .enabled(if: TestData.isPresent, Comment(rawValue: TestData.absence)),
        arguments: [
            "crash-e5471f5b58397287b509db7d026e95f1724454f5", "oom-48ae4cd061ff8578ad3f23dc87624bd365cf5216",
            "nonstandard-01", "nonstandard-02",
            "misnamed_mulaw_is_pcm8", "ps_awful", "waveformatex-8bit-11025Hz-mono", "waveformatextensible-ieeefloat-44100Hz-mono",
        ])
    func robust(name: String) throws {
        let bytes = try TestData.bytes("vectors/wav/\(name).wav")
        if let file = try? WAVFile(bytes: bytes) { #expect(file.channels.reduce(0) { $0 + $1.count } <= bytes.count) }
    }
}

/// A file with one channel at 8 kHz, in a format of the reader's choice.
struct Format: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tag: UInt8, bits: UInt8, data: [UInt8], samples: [Int16]
    init(_ name: String, tag: UInt8, bits: UInt8, data: [UInt8], samples: [Int16]) {
        (testDescription, self.tag, self.bits, self.data, self.samples) = (name, tag, bits, data, samples)
    }

    private func fields(_ tag: [UInt8]) -> [UInt8] { tag + [1, 0, 0x40, 0x1F, 0, 0, 0, 0, 0, 0, bits / 8, 0, bits, 0] }
    private func riff(_ format: [UInt8]) -> [UInt8] {
        // A chunk of odd length in between, padded.
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVEfmt ".utf8) + [UInt8(format.count), 0, 0, 0] + format
            + Array("note".utf8) + [3, 0, 0, 0, 1, 2, 3, 0] + Array("data".utf8) + [UInt8(data.count), 0, 0, 0] + data
    }
    var file: [UInt8] { riff(fields([tag, 0])) }
    var extensibleFile: [UInt8] {
        riff(fields([0xFE, 0xFF]) + [22, 0, bits, 0, 4, 0, 0, 0, tag, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71])
    }
}
