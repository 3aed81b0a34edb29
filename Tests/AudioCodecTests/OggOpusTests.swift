import AudioCodec
import Foundation
import Testing

/// Debian's opus-tools, an implementation that is not ours.
private enum OpusTools {
    static let areThere = ["opusenc", "opusdec"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
    static let absence: Comment = "no opus-tools: run scripts/setup packages"

    /// Runs one tool on a file in a folder of its own.
    static func run(_ tool: String, _ arguments: [String], _ input: [UInt8], suffixes: (String, String)) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "opus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (from, to) = (folder.appending(path: "in.\(suffixes.0)"), folder.appending(path: "out.\(suffixes.1)"))
        try Data(input).write(to: from)
        let process = Process(), errors = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/\(tool)")
        process.arguments = arguments + [from.path, to.path]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool): \(said)")
        return Array(try Data(contentsOf: to))
    }
    static func encode(_ wav: WAVFile, _ arguments: [String] = []) throws -> [UInt8] {
        try run("opusenc", ["--quiet", "--serial", "7"] + arguments, wav.encoded(), suffixes: ("wav", "opus"))
    }
    static func decode(_ opus: [UInt8], rate: Int = 48_000) throws -> WAVFile {
        try WAVFile(bytes: try run("opusdec", ["--quiet", "--no-dither", "--rate", "\(rate)"], opus, suffixes: ("opus", "wav")))
    }
}

@Suite("Ogg Opus (RFC 3533, RFC 7845), both ways against opus-tools", .enabled(if: OpusTools.areThere, OpusTools.absence))
struct OpusToolsTests {
    @Test("what opusenc wrote: the same samples as opusdec's at 48 kHz", arguments: SampleRate.allCases, [1, 2])
    func reads(rate: SampleRate, channels: Int) throws {
        let wav = WAVFile(sampleRate: rate.hertz, channels: (0..<channels).map { SpeechLike.samples(rate, seconds: 2.5, seed: UInt64($0 + 5)) })
        let bytes = try OpusTools.encode(wav, ["--bitrate", "40"])
        let file = try OggOpusFile(bytes: bytes)
        #expect(file.channels == channels && file.inputSampleRate == rate.hertz && file.duration == .milliseconds(2_500))
        let theirs = try OpusTools.decode(bytes).mono(), ours = try file.samples(at: .hz48000)
        #expect(ours.count == 120_000 && theirs.count == 120_000)
        // Two channels are mixed before the synthesis filters instead of behind them: the same sound, other roundings.
        let likeness = Likeness.signalToNoise(theirs, ours)
        #expect(likeness > (channels == 1 ? 60 : 20), "\(likeness) dB")
    }

    @Test("and the same sound at the rate of the call", arguments: [SampleRate.hz8000, .hz16000, .hz24000])
    func readsAtRate(rate: SampleRate) throws {
        let wav = WAVFile(sampleRate: 48_000, channels: [SpeechLike.samples(.hz48000, seconds: 2.5)])
        let bytes = try OpusTools.encode(wav, ["--bitrate", "40", "--speech"])
        let theirs = Resampler.converted(try OpusTools.decode(bytes).mono(), from: .hz48000, to: rate)
        let ours = try OggOpusFile(bytes: bytes).samples(at: rate)
        #expect(ours.count == theirs.count)
        #expect(Likeness.envelopeDistance(theirs, ours, rate: rate) < 1)
        #expect(Likeness.signalToNoise(theirs, ours, reach: rate.hertz / 200) > 12)
    }

    @Test("what we wrote: opusdec hears the same samples as we do", arguments: SampleRate.allCases)
    func writes(rate: SampleRate) throws {
        let pcm = SpeechLike.samples(rate, seconds: 2.25)
        let file = try OggOpusFile(encoding: pcm, sampleRate: rate)
        let heard = try OpusTools.decode(file.encoded())
        #expect(heard.duration == .milliseconds(2_250))
        #expect(Likeness.signalToNoise(heard.mono(), try file.samples(at: .hz48000)) > 60)
        #expect(Likeness.envelopeDistance(pcm, heard.samples(at: rate), rate: rate) < 3)
    }

    @Test("packets of 2.5 to 60 ms", arguments: ["2.5", "5", "10", "20", "40", "60"])
    func frames(milliseconds: String) throws {
        let wav = WAVFile(sampleRate: 16_000, channels: [SpeechLike.samples(.hz16000, seconds: 1)])
        let bytes = try OpusTools.encode(wav, ["--framesize", milliseconds])
        let theirs = try OpusTools.decode(bytes).mono(), ours = try OggOpusFile(bytes: bytes).samples(at: .hz48000)
        #expect(ours.count == theirs.count)
        #expect(Likeness.signalToNoise(theirs, ours) > 60)
    }
}

@Suite("Ogg Opus files: what is damaged is an error that says where")
struct OggOpusTests {
    private static func file(seconds: Double = 1.5) throws -> [UInt8] {
        try OggOpusFile(encoding: SpeechLike.samples(.hz16000, seconds: seconds), sampleRate: .hz16000).encoded()
    }

    @Test("what is written is read again")
    func roundTrip() throws {
        let file = try OggOpusFile(encoding: SpeechLike.samples(.hz24000, seconds: 1.51), sampleRate: .hz24000)
        #expect(try OggOpusFile(bytes: file.encoded()) == file)
        #expect(try file.samples(at: .hz24000).count == 36_240)
    }

    @Test("an empty recording is a file too")
    func empty() throws {
        let file = try OggOpusFile(encoding: [], sampleRate: .hz16000)
        #expect(try OggOpusFile(bytes: file.encoded()).samples(at: .hz16000).isEmpty)
    }

    @Test("packets longer than a page hold together: 255 segments are no limit")
    func longPackets() throws {
        var file = try OggOpusFile(encoding: SpeechLike.samples(.hz16000, seconds: 0.2), sampleRate: .hz16000)
        let short = file.packets[0]
        // Code 3 with padding: legal packets of any length.
        file.packets = [254, 255, 509, 510, 70_000].map { size in
            let padding = size - short.count - 1
            var lengths = [UInt8](repeating: 255, count: padding / 255)
            lengths.append(UInt8(padding - padding / 255 * 255 - 1 >= 0 ? padding - padding / 255 * 255 - 1 : 0))
            return [short[0] | 3, 0x41] + lengths + short.dropFirst() + [UInt8](repeating: 0, count: max(0, padding - lengths.count))
        }
        file.samples48 = max(0, 5 * 960 - file.preSkip)
        #expect(try OggOpusFile(bytes: file.encoded()) == file)
    }

    @Test("cut anywhere: an error, or, at the end of a page, a shorter recording")
    func truncated() throws {
        let bytes = try Self.file(seconds: 2.5), whole = try OggOpusFile(bytes: bytes)
        let ends = bytes.indices.filter { bytes[$0...].starts(with: "OggS".utf8) }
        var read = 0
        for count in Set(stride(from: 0, to: bytes.count, by: 61)).union(ends.flatMap { [$0 + 1, $0, max(0, $0 - 1)] }) {
            guard let file = try? OggOpusFile(bytes: Array(bytes.prefix(count))) else { continue }
            read += 1
            #expect(file.packets.count < whole.packets.count && whole.packets.starts(with: file.packets))
            _ = try file.samples(at: .hz8000)
        }
        #expect(read == 3)
    }

    @Test("one flipped bit anywhere is noticed")
    func damaged() throws {
        let bytes = try Self.file(seconds: 0.3)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: OggError.self, "byte \(index)") { _ = try OggOpusFile(bytes: damaged) }
        }
        var damaged = bytes
        damaged[bytes.count - 1] ^= 4
        #expect((try? OggOpusFile(bytes: damaged)) == nil)
        do { _ = try OggOpusFile(bytes: damaged) } catch { #expect(error.code == .damaged) }
    }

    @Test("rubbish is no file", arguments: 1...40 as ClosedRange<UInt64>)
    func rubbish(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let noise = (0..<Int.random(in: 0...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(throws: OggError.self) { _ = try OggOpusFile(bytes: noise) }
        #expect(throws: OggError.self) { _ = try OggOpusFile(bytes: Array("OggS".utf8) + noise) }
    }

    @Test("pages of another stream in between are passed over, a missing page is not")
    func pages() throws {
        let bytes = try Self.file(seconds: 2.5)
        let starts = bytes.indices.filter { bytes[$0...].starts(with: "OggS".utf8) }
        #expect(starts.count == 5)
        var other = try OggOpusFile(encoding: SpeechLike.samples(.hz8000, seconds: 0.1), sampleRate: .hz8000).encoded(serial: 99)
        let mixed = Array(bytes[..<starts[2]]) + other + Array(bytes[starts[2]...])
        #expect(try OggOpusFile(bytes: mixed) == OggOpusFile(bytes: bytes))
        other = Array(bytes[..<starts[3]] + bytes[starts[4]...])
        do {
            _ = try OggOpusFile(bytes: other)
            Issue.record("a missing page was not noticed")
        } catch { #expect(error.code == .inconsistent) }
    }
}

@Suite("Half-band decimation, 16 to 8 kHz")
struct HalfBandDecimatorTests {
    private static func decimated(_ pcm: [Int16], piece: Int = 320) -> [Int16] {
        var decimator = HalfBandDecimator(), output: [Int16] = []
        for start in stride(from: 0, to: pcm.count, by: piece) {
            decimator.process(pcm.span.extracting(start..<min(start + piece, pcm.count))) { out in
                for index in out.indices { output.append(out[index]) }
            }
        }
        return output
    }

    @Test("the telephone band passes unchanged", arguments: [100.0, 300, 1_000, 2_000, 3_000, 3_400])
    func passband(hertz: Double) {
        let out = Self.decimated(Tone.sine(hertz, rate: 16_000, count: 16_000))
        #expect(abs(Tone.decibels(Tone.amplitude(of: hertz, in: out, rate: 8_000) / 10_000)) < 0.15)
    }

    @Test("what would alias is gone", arguments: [4_600.0, 5_000, 6_000, 7_500])
    func stopband(hertz: Double) {
        let out = Self.decimated(Tone.sine(hertz, rate: 16_000, count: 16_000))
        #expect(Tone.decibels(Tone.amplitude(of: 8_000 - hertz, in: out, rate: 8_000) / 10_000) < -60)
    }

    @Test("the output does not depend on how the input is cut", arguments: [1, 7, 160, 321, 640, 5_000])
    func pieces(piece: Int) {
        let pcm = Tone.noise(count: 4_001, seed: 9)
        let out = Self.decimated(pcm, piece: piece)
        #expect(out == Self.decimated(pcm) && out.count == 2_001)
    }

    @Test("it lags by its group delay and by nothing else")
    func delay() {
        let out = Self.decimated(Tone.sine(500, rate: 16_000, count: 8_000))
        let expected = Tone.sine(500, rate: 8_000, count: 4_000)
        let shift = Double(HalfBandDecimator.delay) / 2
        #expect(shift == 15.5)
        #expect(Likeness.signalToNoise(Array(expected.dropFirst(100).dropLast(100)), Array(out.dropFirst(116).dropLast(84))) < 25)
        let late = (0..<3_000).map { Int16((10_000 * sin(2 * .pi * 500 * (Double($0 + 200) - shift) / 8_000)).rounded()) }
        #expect(Likeness.signalToNoise(late, Array(out[200..<3_200])) > 50)
    }
}
