import AudioCodec
import Foundation
import Testing

@testable import MediaGateway

@Suite("The number before a message: up to 10 missing are made up for, stragglers are dropped, 16 bits go around")
struct AudioSequenceTests {
    @Test(
        "what the last one says after those before it",
        arguments: [
            ([7], .next(lost: 0)), ([7, 8], .next(lost: 0)), ([65_535, 0], .next(lost: 0)), ([7, 9], .next(lost: 1)), ([65_530, 3], .next(lost: 8)),
            ([7, 18], .next(lost: 10)), ([7, 19], .broken), ([7, 30_000], .broken), ([7, 19, 20], .next(lost: 0)),
            ([7, 7], .late), ([7, 9, 8], .late), ([7, 9, 8, 10], .next(lost: 0)), ([2, 65_535], .late),
            ([200, 100], .late), ([200, 99], .broken), ([200, 99, 100], .next(lost: 0)),
        ] as [([UInt16], AudioSequence.Verdict)])
    func verdict(numbers: [UInt16], verdict: AudioSequence.Verdict) {
        var sequence = AudioSequence(), last: AudioSequence.Verdict?
        for number in numbers { last = sequence.observe(number) }
        #expect(last == verdict)
    }

    @Test("asked for in the start message", arguments: [("true", true), ("false", false), ("null", false)])
    func start(value: String, isNumbered: Bool) throws {
        let bytes = Array(#"{"type":"start","encoding":"opus","sample_rate":16000,"sequence":\#(value)}"#.utf8)
        let expected = AudioMessage.Start(format: AudioFormat(encoding: .opus, sampleRate: .hz16000, isNumbered: isNumbered), facts: [])
        let parsed = try AudioMessage(parsing: bytes.span)
        #expect(parsed == .start(expected))
    }

    @Test("anything but true or false is refused", arguments: ["1", #""true""#, "[]"])
    func refused(value: String) {
        let bytes = Array(#"{"type":"start","encoding":"opus","sample_rate":16000,"sequence":\#(value)}"#.utf8)
        let failure = #expect(throws: AudioMessage.Failure.self) { try AudioMessage(parsing: bytes.span) }
        #expect(failure?.message == "sequence: give true or false")
    }
}

@Suite("Numbered messages: what was lost on its way to us is made up for, once, up to 200 ms of it")
struct NumberedAudioTests {
    private static let opus = AudioFormat(encoding: .opus, sampleRate: .hz16000, isNumbered: true)

    private static func numbered(_ number: Int, _ audio: [UInt8]) -> [UInt8] { [UInt8(number >> 8 & 255), UInt8(number & 255)] + audio }

    private static func hear(_ message: [UInt8], _ inbound: inout InboundAudio, into heard: inout [Int16]) throws -> Duration? {
        try inbound.take(message.span) { frame in for index in frame.indices { heard.append(frame[index]) } }
    }

    /// A voice that glides, with syllables, and a formant that moves eight times a second: 16 kHz.
    private static func voice(seconds: Int) -> [Int16] {
        let formants: [Double] = [500, 1_400, 900, 2_200]
        var phase = 0.0, wave: [Double] = []
        for index in 0..<seconds * 16_000 {
            let time = Double(index) / 16_000, formant = formants[index / 2_000 % 4]
            phase += (120 + 30 * sin(2 * Double.pi * 0.7 * time)) / 16_000
            var value = 0.0
            for harmonic in 1..<25 {
                let hertz = 120 * Double(harmonic), high = (hertz - formant) / 400, low = (hertz - 300) / 250
                let weight = exp(-high * high) + 0.3 * exp(-low * low)
                value += weight * sin(2 * Double.pi * Double(harmonic) * phase)
            }
            wave.append(value * max(0, sin(2 * Double.pi * 2.3 * time)))
        }
        let peak = wave.reduce(1e-9) { max($0, abs($1)) }
        return wave.map { Int16($0 / peak * 16_000) }
    }

    /// Packets of 20 ms, each with a copy of the one before.
    private static func packets(seconds: Int) throws -> [[UInt8]] {
        let pcm = voice(seconds: seconds)
        var encoder = try OpusEncoder(sampleRate: .hz16000, configuration: OpusEncoderConfiguration(complexity: 5, expectedLoss: 20))
        var room = [UInt8](repeating: 0, count: OpusEncoder.maximumPacketBytes), packets: [[UInt8]] = []
        for start in stride(from: 0, to: pcm.count, by: 320) {
            var span = room.mutableSpan
            let count = try encoder.encode(pcm.span.extracting(start..<start + 320), into: &span)
            packets.append(Array(room.prefix(count)))
        }
        return packets
    }

    /// What becomes of every fifth packet.
    private enum Loss { case none, numbered, concealed, silent }
    private static func heard(_ packets: [[UInt8]], _ loss: Loss) throws -> [Int16] {
        var format = opus
        format.isNumbered = loss == .numbered
        var inbound = try InboundAudio(format), heard: [Int16] = []
        for (index, packet) in packets.enumerated() {
            if loss != .none, index % 5 == 4 {
                if loss == .concealed { inbound.fill { frame in for index in frame.indices { heard.append(frame[index]) } } }
                if loss == .silent { heard += [Int16](repeating: 0, count: 320) }
                continue
            }
            // The numbers go around on the way.
            _ = try hear(loss == .numbered ? numbered(65_500 + index, packet) : packet, &inbound, into: &heard)
        }
        return heard
    }

    /// Signal over difference in decibels.
    private static func likeness(_ a: [Int16], _ b: [Int16]) -> Double {
        var signal = 1.0, noise = 1.0
        for (x, y) in zip(a, b) {
            signal += Double(x) * Double(x)
            noise += (Double(x) - Double(y)) * (Double(x) - Double(y))
        }
        return 10 * log10(signal / noise)
    }

    @Test("Opus with FEC, every fifth packet lost: no sample is missing, and it is far closer to what was said than with silence or PLC alone")
    func recovered() throws {
        let packets = Array(try Self.packets(seconds: 3).prefix(149)), whole = try Self.heard(packets, .none)
        let recovered = try Self.heard(packets, .numbered)
        #expect(whole.count == 149 * 320 && recovered.count == whole.count, "\(recovered.count) of \(whole.count)")
        let fec = Self.likeness(whole, recovered)
        let plc = Self.likeness(whole, try Self.heard(packets, .concealed)), silence = Self.likeness(whole, try Self.heard(packets, .silent))
        #expect(fec > plc + 6 && fec > silence + 6, "FEC \(fec) dB, PLC \(plc) dB, silence \(silence) dB")
    }

    @Test("what silence by the clock stood for already is not made up again", arguments: [(0, 100), (3, 40), (5, 0), (9, 0)])
    func filled(fills: Int, madeUp: Int) throws {
        let packets = try Self.packets(seconds: 1)
        var inbound = try InboundAudio(Self.opus), heard: [Int16] = []
        for number in 0..<10 { _ = try Self.hear(Self.numbered(number, packets[number]), &inbound, into: &heard) }
        for _ in 0..<fills { inbound.fill { frame in for index in frame.indices { heard.append(frame[index]) } } }
        let length = try Self.hear(Self.numbered(15, packets[15]), &inbound, into: &heard)
        #expect(length == Duration.milliseconds(madeUp))
        #expect(heard.count == (10 + fills + madeUp / 20 + 1) * 320)
    }

    @Test("late and for the second time: dropped, and nothing is made up twice")
    func late() throws {
        let packets = try Self.packets(seconds: 1)
        var inbound = try InboundAudio(Self.opus), heard: [Int16] = [], late: [Int] = []
        for number in [0, 1, 3, 2, 3, 4, 4, 5] {
            let length = try Self.hear(Self.numbered(number, packets[number]), &inbound, into: &heard)
            if length == nil { late.append(number) }
        }
        #expect(late == [2, 3, 4] && heard.count == 6 * 320, "\(late), \(heard.count)")
    }

    @Test("a jump of more than 10, ahead or back, begins a new stream: nothing is made up, and the decoder forgets", arguments: [40, 65_000])
    func broken(number: Int) throws {
        let packets = try Self.packets(seconds: 1)
        var inbound = try InboundAudio(Self.opus), heard: [Int16] = [], fresh = try InboundAudio(Self.opus), alone: [Int16] = []
        for number in 0..<10 { _ = try Self.hear(Self.numbered(number, packets[number]), &inbound, into: &heard) }
        for (index, packet) in packets[20..<30].enumerated() {
            let message = Self.numbered(number + index, packet)
            let madeUp = try Self.hear(message, &inbound, into: &heard)
            #expect(madeUp == Duration.zero)
            _ = try Self.hear(message, &fresh, into: &alone)
        }
        #expect(heard.count == 20 * 320)
        #expect(Array(heard.suffix(10 * 320)) == alone)
    }

    @Test("silence stands for lost PCM and µ-law", arguments: [(1, 20), (9, 180), (10, 200), (11, 0)])
    func silence(lost: Int, milliseconds: Int) throws {
        let formats = [
            AudioFormat(encoding: .pcm, sampleRate: .hz16000, isNumbered: true),
            AudioFormat(encoding: .pcm, sampleRate: .hz8000, channels: 2, isNumbered: true),
            AudioFormat(encoding: .muLaw, sampleRate: .hz8000, isNumbered: true),
        ]
        for format in formats {
            let samples = format.sampleRate.samplesPerFrame
            let audio = [UInt8](repeating: 0x21, count: format.encoding == .muLaw ? samples : 2 * format.channels * samples)
            var inbound = try InboundAudio(format), heard: [Int16] = []
            _ = try Self.hear(Self.numbered(0, audio), &inbound, into: &heard)
            let sound = heard
            let madeUp = try Self.hear(Self.numbered(lost + 1, audio), &inbound, into: &heard)
            let silence = [Int16](repeating: 0, count: format.sampleRate.hertz * milliseconds / 1_000)
            #expect(madeUp == Duration.milliseconds(milliseconds), "\(format)")
            #expect(sound.count == samples && !sound.contains(0), "\(format)")
            #expect(heard == sound + silence + sound, "\(format)")
        }
    }

    @Test("long messages that are lost make 200 ms of silence, and half a sample that was left is not the next message's")
    func longAndOdd() throws {
        let format = AudioFormat(encoding: .pcm, sampleRate: .hz16000, isNumbered: true)
        var inbound = try InboundAudio(format), heard: [Int16] = []
        let message: [UInt8] = (0..<6_400).map { $0 % 2 == 0 ? 0 : 0x21 }
        _ = try Self.hear(Self.numbered(0, message + [0x55]), &inbound, into: &heard)
        let madeUp = try Self.hear(Self.numbered(5, message), &inbound, into: &heard)
        let sound = [Int16](repeating: 0x2100, count: 3_200), silence = [Int16](repeating: 0, count: 3_200)
        #expect(madeUp == Duration.milliseconds(200))
        #expect(heard == sound + silence + sound)
    }

    @Test("a message of a number alone, or of half a number, has no audio", arguments: AudioFormat.Encoding.allCases)
    func empty(encoding: AudioFormat.Encoding) throws {
        let inbound = try InboundAudio(AudioFormat(encoding: encoding, sampleRate: .hz8000, isNumbered: true))
        for message: [UInt8] in [[], [7], [0, 7]] {
            let length = inbound.duration(of: message.span)
            #expect(length == nil, "\(message)")
        }
    }
}
