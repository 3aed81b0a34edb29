import AudioCodec
import Testing

@Suite("Opus: 8, 16, 24 and 48 kHz, frames of 2.5 to 120 ms, mono out")
struct OpusTests {
    @Test("what is encoded is heard again", arguments: SampleRate.allCases)
    func roundTrip(rate: SampleRate) throws {
        let pcm = SpeechLike.samples(rate, seconds: 3)
        let packets = try OpusStream.packets(pcm, rate)
        let heard = try OpusStream.decoded(packets, rate)
        #expect(heard.count == pcm.count)
        #expect(Likeness.signalToNoise(pcm, heard, reach: rate.hertz / 100) > 4)
        #expect(Likeness.envelopeDistance(pcm, Array(heard.dropFirst(rate.hertz * 13 / 2_000)), rate: rate) < 3)
        let bits = packets.reduce(0) { $0 + $1.count } * 8 / 3
        #expect(bits < 30_000, "\(bits) bits a second for 24,000")
    }

    @Test("a stream decodes at any rate, whatever it was encoded at", arguments: SampleRate.allCases, SampleRate.allCases)
    func anyRate(from: SampleRate, to: SampleRate) throws {
        let packets = try OpusStream.packets(SpeechLike.samples(from, seconds: 1), from)
        let heard = try OpusStream.decoded(packets, to)
        #expect(heard.count == to.hertz)
        #expect(Level.dBFS(heard) > -40)
    }

    @Test("frames of every length", arguments: [120, 240, 480, 960, 1_920, 2_880])
    func frames(at48: Int) throws {
        let pcm = SpeechLike.samples(.hz48000, seconds: 1.2)
        let packets = try OpusStream.packets(pcm, .hz48000, frame: at48)
        for packet in packets {
            let read = OpusPacket(packet.span)
            let form = try #require(read)
            #expect(form.samples(at: .hz48000) == at48 && form.duration == .microseconds(at48 * 125 / 6))
        }
        let heard = try OpusStream.decoded(packets, .hz16000)
        #expect(heard.count == packets.count * at48 / 3)
    }

    @Test("a packet of 120 ms: six frames in one")
    func longest() throws {
        let packets = try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 1.2), .hz16000)
        let merged = stride(from: 0, to: 60, by: 6).map { OpusStream.merged(Array(packets[$0..<$0 + 6])) }
        #expect(merged.allSatisfy { OpusPacket($0.span)?.duration == .milliseconds(120) })
        #expect(try OpusStream.decoded(merged, .hz16000) == OpusStream.decoded(packets, .hz16000))
    }

    @Test("more bits and more work sound better")
    func quality() throws {
        let pcm = SpeechLike.samples(.hz16000, seconds: 3)
        func quality(_ bitrate: Int) throws -> Double {
            let packets = try OpusStream.packets(pcm, .hz16000, OpusEncoderConfiguration(bitrate: bitrate, complexity: 5))
            return Likeness.signalToNoise(pcm, try OpusStream.decoded(packets, .hz16000), reach: 160)
        }
        let (low, high) = (try quality(12_000), try quality(40_000))
        #expect(high > low + 2, "\(low) dB, \(high) dB")
    }

    @Test("a length that Opus does not have is refused, and the encoder goes on", arguments: [0, 1, 100, 321, 5_000])
    func lengths(count: Int) throws {
        var encoder = try OpusEncoder(sampleRate: .hz16000), room = [UInt8](repeating: 0, count: 1_276)
        #expect(throws: OpusError.self) {
            var span = room.mutableSpan
            _ = try encoder.encode([Int16](repeating: 0, count: count).span, into: &span)
        }
        var span = room.mutableSpan
        #expect(try encoder.encode([Int16](repeating: 0, count: 320).span, into: &span) > 0)
    }

    @Test("too little room for a packet's samples is an error, not a crash")
    func room() throws {
        let packet = try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 0.1), .hz16000)[0]
        var decoder = try OpusDecoder(sampleRate: .hz16000), pcm = [Int16](repeating: 0, count: 319)
        let error = #expect(throws: OpusError.self) {
            var span = pcm.mutableSpan
            _ = try decoder.decode(packet.span, into: &span)
        }
        #expect(error?.code == .outputTooSmall)
    }

    @Test("silence with DTX is packets of two bytes or less, and is heard as silence")
    func discontinuous() throws {
        let speech = SpeechLike.samples(.hz16000, seconds: 1), silence = [Int16](repeating: 0, count: 32_000)
        let packets = try OpusStream.packets(speech + silence, .hz16000, OpusEncoderConfiguration(isDiscontinuous: true))
        let small = packets.suffix(80).count { $0.count <= 2 }
        #expect(small > 60, "\(small) of the last 80")
        for packet in packets where packet.count <= 2 { #expect(OpusPacket(packet.span) != nil) }
        let heard = try OpusStream.decoded(packets, .hz16000)
        #expect(heard.count == speech.count + silence.count)
        #expect(Level.dBFS(Array(heard.suffix(16_000))) < -60)
    }
}

@Suite("Opus: lost packets, 10 % of them: FEC before PLC, PLC before nothing")
struct OpusLossTests {
    private static func isLost(_ index: Int) -> Bool { index % 10 == 7 }

    @Test("recovered speech is closer to the original than concealed, concealed closer than zeros", arguments: [SampleRate.hz8000, .hz16000])
    func recovery(rate: SampleRate) throws {
        let pcm = SpeechLike.samples(rate, seconds: 8)
        let configuration = OpusEncoderConfiguration(bitrate: 32_000, complexity: 5, expectedLoss: 25)
        let packets = try OpusStream.packets(pcm, rate, configuration)
        let whole = try OpusStream.decoded(packets, rate), step = rate.samplesPerFrame
        let recovered = try OpusStream.decoded(packets, rate, isLost: Self.isLost)
        var decoder = try OpusDecoder(sampleRate: rate), concealed: [Int16] = [], holed: [Int16] = []
        for (index, packet) in packets.enumerated() {
            var room = [Int16](repeating: 0, count: OpusDecoder.maximumSamples(at: rate)), span = room.mutableSpan
            if Self.isLost(index) { try decoder.conceal(samples: step, into: &span) } else { _ = try decoder.decode(packet.span, into: &span) }
            concealed += room.prefix(step)
            holed += Self.isLost(index) ? [Int16](repeating: 0, count: step) : Array(whole[index * step..<(index + 1) * step])
        }
        #expect(recovered.count == whole.count && concealed.count == whole.count)
        /// Over the frames that were lost alone.
        func error(_ heard: [Int16]) -> Double {
            let lost = packets.indices.filter(Self.isLost).flatMap { $0 * step..<($0 + 1) * step }
            return Likeness.signalToNoise(lost.map { whole[$0] }, lost.map { heard[$0] })
        }
        let (fec, plc, nothing) = (error(recovered), error(concealed), error(holed))
        #expect(fec > plc + 1 && plc > nothing, "FEC \(fec) dB, PLC \(plc) dB, zeros \(nothing) dB")
    }

    @Test("a gap of several: the last comes from the next packet, the others are made up, no more than 200 ms")
    func gaps() throws {
        let packets = try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 2), .hz16000, OpusEncoderConfiguration(expectedLoss: 20))
        for gap in [1, 3, 10, 11, 10_000, .max] {
            var receiver = try OpusReceiver(sampleRate: .hz16000), samples = 0
            for packet in packets.prefix(20) { try receiver.receive(packet.span) { samples += $0.count } }
            let later = packets[60]
            try receiver.receive(later.span, lost: gap) { samples += $0.count }
            #expect(samples == (20 + min(gap, 10) + 1) * 320)
            let counters = receiver.counters
            #expect(counters.recovered == 1 && counters.concealed == min(gap, 10) - 1 && counters.skipped == gap - min(gap, 10))
        }
    }

    @Test("after a reset a stream decodes as from the start, whatever was heard before") func reset() throws {
        let packets = try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 0.5), .hz16000)
        var receiver = try OpusReceiver(sampleRate: .hz16000), heard: [Int16] = []
        for packet in packets.suffix(5) { try receiver.receive(packet.span) { _ in } }
        receiver.reset()
        for packet in packets { try receiver.receive(packet.span) { piece in for index in piece.indices { heard.append(piece[index]) } } }
        #expect(try OpusStream.decoded(packets, .hz16000) == heard)
    }

    @Test("a concealed voice fades: half a second of nothing is silence")
    func fades() throws {
        var receiver = try OpusReceiver(sampleRate: .hz16000), heard: [Int16] = []
        for packet in try OpusStream.packets(SpeechLike.samples(.hz16000, seconds: 0.2), .hz16000) { try receiver.receive(packet.span) { _ in } }
        for _ in 0..<50 { receiver.fill(samples: 320) { piece in for index in piece.indices { heard.append(piece[index]) } } }
        #expect(heard.count == 16_000)
        #expect(Level.dBFS(Array(heard.suffix(8_000))) < -55)
    }
}
