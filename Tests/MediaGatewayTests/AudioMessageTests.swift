import AudioCodec
import Testing
import TextChannel

@testable import MediaGateway

@Suite("/audio control messages: what is read, and what is refused with a sentence that names field and allowed values")
struct AudioMessageTests {
    private static func parse(_ text: String) throws(AudioMessage.Failure) -> AudioMessage {
        let bytes = Array(text.utf8)
        return try AudioMessage(parsing: bytes.span)
    }

    @Test(
        "read",
        arguments: [
            (#"{"type":"played","mark":"g1.2.e0","ms":840}"#, .played(mark: "g1.2.e0", milliseconds: 840)),
            (#"{"type":"played","ms":12.7,"mark":null}"#, .played(mark: nil, milliseconds: 12)),
            (#"{"type":"message","text":"hello","id":"7","trace_id":"t1"}"#, .message(.init("hello", id: "7", traceID: "t1"))),
            (#"{"type":"cancel","later":[1,{"a":2}]}"#, .cancel), (#"{"type":"dtmf","digit":"*"}"#, .dtmf("*")), (#"{"type":"stop"}"#, .stop),
            (#"{"type":"ping"}"#, .ping), (#"{"type":"later"}"#, .unknown),
        ] as [(String, AudioMessage)])
    func read(text: String, message: AudioMessage) throws { #expect(try Self.parse(text) == message) }

    @Test("every format that a stream may have", arguments: AudioFormat.Encoding.allCases, SampleRate.allCases)
    func formats(encoding: AudioFormat.Encoding, rate: SampleRate) throws {
        let text = #"{"type":"start","encoding":"\#(encoding.rawValue)","sample_rate":\#(rate.hertz)}"#
        let expected = AudioMessage.start(.init(format: AudioFormat(encoding: encoding, sampleRate: rate), facts: []))
        if encoding == .muLaw, rate != .hz8000 {
            #expect(throws: AudioMessage.Failure(code: "bad_value", message: "sample_rate: give 8000 for mulaw")) { try Self.parse(text) }
        } else {
            #expect(try Self.parse(text) == expected)
        }
    }

    @Test("facts are taken, but never who calls: no carrier vouches for it")
    func facts() throws {
        let facts = #"{"plan":"gold","caller_phone":"+15550101","from":"+1","campaign":"x"}"#
        let text = #"{"type":"start","encoding":"opus","sample_rate":48000,"channels":2,"facts":\#(facts)}"#
        let expected = AudioMessage.Start(
            format: AudioFormat(encoding: .opus, sampleRate: .hz48000, channels: 2), facts: [("campaign", "x"), ("plan", "gold")])
        #expect(try Self.parse(text) == .start(expected))
    }

    @Test(
        "refused",
        arguments: [
            ("", "expected a value at byte 0 of 0"), ("hello", "expected a value at byte 0 of 5"), ("[1]", "a message is a JSON object"),
            (#"{"a":1}"#, "type: give start, played, message, cancel, dtmf, stop or ping"), (#"{"type":7}"#, "type: give a string of 1 to 64 bytes"),
            (#"{"type":"start"}"#, "encoding: give opus, pcm_s16le or mulaw"),
            (#"{"type":"start","encoding":"mp3","sample_rate":8000}"#, "encoding: give opus, pcm_s16le or mulaw"),
            (#"{"type":"start","encoding":"opus"}"#, "sample_rate: give 8000, 16000, 24000 or 48000 for opus"),
            (#"{"type":"start","encoding":"opus","sample_rate":44100}"#, "sample_rate: give 8000, 16000, 24000 or 48000 for opus"),
            (#"{"type":"start","encoding":"opus","sample_rate":"16000"}"#, "sample_rate: give a number in 1...1000000"),
            (#"{"type":"start","encoding":"opus","sample_rate":16000,"channels":3}"#, "channels: give 1 or 2 for opus"),
            (#"{"type":"start","encoding":"mulaw","sample_rate":8000,"channels":2}"#, "channels: give 1 for mulaw"),
            (#"{"type":"played"}"#, "played: give mark, ms or both"), (#"{"type":"played","ms":-1}"#, "ms: give a number in 0...86400000"),
            (#"{"type":"played","ms":1e99}"#, "ms: give a number in 0...86400000"),
            (#"{"type":"message","text":""}"#, "text: give a string of 1 to 4000 bytes"), (#"{"type":"message"}"#, "text: give 1 to 4000 characters"),
            (#"{"type":"dtmf","digit":"12"}"#, "digit: give a string of 1 to 1 bytes"),
            (#"{"type":"dtmf","digit":"E"}"#, "digit: give one of 0-9, *, # and A-D"),
        ])
    func refused(text: String, message: String) {
        let failure = #expect(throws: AudioMessage.Failure.self) { try Self.parse(text) }
        #expect(failure?.message == message)
    }
}

@Suite("Audio that does not come: silence stands in after 60 ms, in real time")
struct AudioGapTests {
    /// Frames filled in at each 5 ms tick of a span.
    private static func filled(_ gap: inout AudioGap, from: Int, to: Int) -> Int {
        stride(from: from, to: to, by: 5).reduce(0) { $0 + gap.frames(now: .milliseconds($1)) }
    }

    @Test("a stream without a break, and one with 60 ms of jitter, is left alone")
    func steady() {
        var gap = AudioGap()
        #expect(Self.filled(&gap, from: 0, to: 1_000) == 0)
        for packet in 0..<50 {
            let at = 1_000 + packet * 20 + (packet % 3) * 25
            gap.received(.milliseconds(20), now: .milliseconds(at))
            #expect(gap.frames(now: .milliseconds(at + 19)) == 0)
        }
    }

    @Test("when nothing comes, media time follows the clock", arguments: [200, 500, 3_000])
    func silence(milliseconds: Int) {
        var gap = AudioGap()
        gap.received(.milliseconds(20), now: .zero)
        let frames = Self.filled(&gap, from: 0, to: milliseconds)
        #expect(abs(frames * 20 - (milliseconds - 20)) <= 20)
    }

    @Test("packets that come again begin anew; DTX's one in 400 ms loses nothing")
    func discontinuous() {
        var gap = AudioGap(), media = 0
        for update in 0..<10 {
            gap.received(.milliseconds(20), now: .milliseconds(update * 400))
            media += 20 + 20 * Self.filled(&gap, from: update * 400, to: update * 400 + 400)
        }
        #expect(abs(media - 4_000) <= 10 * 20)
    }

    @Test("a recording sent at once puts silence off by 200 ms, not by its length")
    func burst() {
        var gap = AudioGap()
        for _ in 0..<500 { gap.received(.milliseconds(20), now: .milliseconds(100)) }
        #expect(Self.filled(&gap, from: 100, to: 350) == 0)
        #expect(Self.filled(&gap, from: 350, to: 1_300) >= 48)
    }

    @Test("a loop that stood still for a minute makes up half a second")
    func stall() {
        var gap = AudioGap()
        gap.received(.milliseconds(20), now: .zero)
        #expect(gap.frames(now: .seconds(60)) == 25)
        #expect(Self.filled(&gap, from: 60_000, to: 60_100) <= 5)
    }
}

@Suite("What a stream is told of its mistakes: each kind once a second")
struct ComplaintsTests {
    @Test("rubbish is no flood of answers, and one kind does not hide another")
    func onceASecond() {
        var complaints = Complaints()
        let told = (0..<300).filter { complaints.allow("unknown_type", now: .milliseconds($0 * 10)) }
        #expect(told == [0, 100, 200])
        let other = complaints.allow("odd_length", now: .milliseconds(2_990))
        #expect(other)
    }
}

@Suite("How much a client may send: 500 messages or 3 s of audio a second, for less than 5 s")
struct AudioRateTests {
    @Test(
        "until it is too much",
        arguments: [
            (60, 20_000, true), (140, 20_000, true), (160, 20_000, false), (50, 120_000, false), (25, 120_000, true), (500, 20, true), (520, 20, false),
            // A browser's blocks of 128 samples at 48 kHz, and Opus packets of 2.5 and 5 ms.
            (375, 2_667, true), (400, 2_500, true), (200, 5_000, true),
        ])
    func limits(perSecond: Int, microseconds: Int, isAllowed: Bool) {
        var rate = AudioRate(), refusedAt: Int?
        for message in 0..<perSecond * 10 {
            let now = Duration.microseconds(message * 1_000_000 / perSecond)
            if !rate.allows(audio: .microseconds(microseconds), now: now) { refusedAt = refusedAt ?? message / perSecond }
        }
        #expect((refusedAt == nil) == isAllowed)
        if let refusedAt { #expect(refusedAt >= 5) }
    }

    @Test("a burst is forgiven")
    func burst() {
        var rate = AudioRate()
        for second in 0..<20 {
            for _ in 0..<(second % 5 == 4 ? 1 : 2_000) {
                let isAllowed = rate.allows(now: .milliseconds(second * 1_000 + 1))
                #expect(isAllowed)
            }
        }
    }

    @Test("what is made up for lost packets counts: numbers with gaps are no way to have more made than may be sent")
    func madeUp() {
        var rate = AudioRate(), refusedAt: Int?
        for message in 0..<200 {
            if !rate.allows(audio: .milliseconds(20), now: .milliseconds(message * 50)) { refusedAt = refusedAt ?? message / 20 }
            rate.add(madeUp: .milliseconds(200))
        }
        #expect(refusedAt == 5)
    }
}

@Suite("Binary messages to frames of 20 ms at the ear's rate")
struct InboundAudioTests {
    private static func heard(_ format: AudioFormat, _ messages: [[UInt8]]) throws -> [Int16] {
        var inbound = try InboundAudio(format), heard: [Int16] = []
        for message in messages {
            try inbound.take(message.span) { frame in
                #expect(frame.count == format.earRate.samplesPerFrame)
                for index in frame.indices { heard.append(frame[index]) }
            }
        }
        return heard
    }
    private static func bytes(_ pcm: [Int16]) -> [UInt8] { pcm.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] } }

    @Test("PCM in pieces of any size, odd ones too", arguments: [1, 3, 5, 640, 641, 16_384], [1, 2])
    func pieces(size: Int, channels: Int) throws {
        let mono = (0..<3_200).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        // The second channel says the opposite of half the first.
        let wire = Self.bytes(channels == 1 ? mono : mono.flatMap { [$0, -($0 / 2)] })
        let messages = stride(from: 0, to: wire.count, by: size).map { Array(wire[$0..<min($0 + size, wire.count)]) }
        let heard = try Self.heard(AudioFormat(encoding: .pcm, sampleRate: .hz16000, channels: channels), messages)
        #expect(heard == mono.map { channels == 1 ? $0 : Int16((Int($0) - Int($0 / 2)) / 2) })
    }

    @Test("24 and 48 kHz come down to 16, 8 stays", arguments: SampleRate.allCases)
    func rates(rate: SampleRate) throws {
        let pcm = (0..<rate.hertz).map { Int16(8_000 * ((($0 * 8_000 / rate.hertz) % 16) < 8 ? 1 : -1)) }
        let format = AudioFormat(encoding: .pcm, sampleRate: rate)
        let heard = try Self.heard(format, [Self.bytes(pcm)])
        let expected = Resampler.converted(pcm, from: rate, to: format.earRate)
        #expect(abs(heard.count - format.earRate.hertz) <= format.earRate.samplesPerFrame)
        #expect(heard.elementsEqual(expected.prefix(heard.count)))
    }

    @Test("µ-law is what a telephone brings")
    func muLaw() throws {
        let codes = (0..<1_600).map { UInt8(truncatingIfNeeded: $0 * 31) }
        let messages = stride(from: 0, to: codes.count, by: 333).map { Array(codes[$0..<min($0 + 333, codes.count)]) }
        #expect(try Self.heard(AudioFormat(encoding: .muLaw, sampleRate: .hz8000), messages) == codes.map(MuLaw.decode))
    }

    @Test("Opus of any packet length is cut into frames; a bad packet is an error, and the next one is heard")
    func opus() throws {
        let format = AudioFormat(encoding: .opus, sampleRate: .hz48000)
        var encoder = try OpusEncoder(sampleRate: .hz48000), room = [UInt8](repeating: 0, count: 1_276)
        var inbound = try InboundAudio(format), frames = 0
        for _ in 0..<4 {
            var span = room.mutableSpan
            let count = try encoder.encode([Int16](repeating: 500, count: 2_880).span, into: &span)
            let packet = Array(room.prefix(count))
            #expect(inbound.duration(of: packet.span) == .milliseconds(60))
            try inbound.take(packet.span) { _ in frames += 1 }
            #expect(throws: OpusError.self) { try inbound.take([0xFF, 0x00].span) { _ in frames += 100 } }
        }
        #expect(frames == 12)
        inbound.fill { frame in frames += frame.count }
        #expect(frames == 12 + 320)
    }
}
