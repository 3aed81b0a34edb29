import AudioCodec
import Foundation
import GatewayTesting
import SpeechEngines
import Testing

/// Calls over `WS /audio` to the real binary, with real ears and voices.
@Suite("Audio calls", .serialized, .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
struct AudioCallTests {
    private static func say(_ words: String, _ rate: SampleRate) async throws -> AudioScript.Line {
        let silence = [Int16](repeating: 0, count: rate.hertz / 5)
        return .init(.speak(silence + (try await FliteSynthesizer().audio(of: words, voice: "awb", sampleRate: rate)) + silence))
    }
    private static func call(_ gateway: GatewayProcess, _ script: AudioScript) async throws -> AudioReport {
        let callers = try Callers()
        let report = try await AudioCaller.call("ws://127.0.0.1:\(gateway.port)/audio", script, on: callers.loop, resolver: callers.resolver)
        await callers.end()
        return report
    }
    private static func messages(_ report: AudioReport, _ type: String) -> [[String: Any]] {
        report.controls.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }.filter { $0["type"] as? String == type }
    }

    @Test(
        "spoken words are understood and answered by voice, in every encoding",
        arguments: [
            (AudioScript.Encoding.opus, SampleRate.hz16000), (.opus, .hz48000), (.pcm, .hz16000), (.pcm, .hz24000), (.pcm, .hz48000), (.muLaw, .hz8000),
        ])
    func understood(encoding: AudioScript.Encoding, rate: SampleRate) async throws {
        let gateway = try await GatewayProcess()
        let report = try await Self.call(gateway, AudioScript(encoding, rate, [try await Self.say("I want to check my data balance.", rate)]))
        #expect(report.ending == .caller)
        let session = try #require(Self.messages(report, "session").first)
        #expect((session["call_id"] as? String)?.hasPrefix("call-") == true && session["sample_rate"] as? Int == rate.hertz)
        let heard = Self.messages(report, "transcript").compactMap { $0["text"] as? String }.joined(separator: " ").lowercased()
        #expect(heard.contains("balance"), "\(heard)")
        let answer = try #require(Self.messages(report, "message").last)
        // Nobody vouches for a number here, so the answer is to ask for it.
        #expect(answer["intent"] as? String == "check_usage" && answer["agent"] != nil && answer["latency_ms"] != nil, "\(answer)")
        #expect(Level.dBFS(report.heard) > -40 && report.latencies.first.flatMap { $0 } != nil)
        #expect(report.marksReported > 0 && !Self.messages(report, "latency").isEmpty)
        let deltas = Self.messages(report, "delta").filter { $0["message_id"] as? String == answer["message_id"] as? String }
        #expect(deltas.compactMap { $0["text"] as? String }.joined() == answer["text"] as? String)
        #expect(await gateway.stop() == 0)
    }

    @Test("with DTX nothing is sent in the pauses, and the turn ends all the same")
    func discontinuous() async throws {
        let gateway = try await GatewayProcess()
        let lines = [try await Self.say("I want to check my data balance.", .hz16000)]
        let report = try await Self.call(gateway, AudioScript(.opus, .hz16000, lines, isDiscontinuous: true))
        #expect(report.ending == .caller && report.latencies.first.flatMap { $0 } != nil)
        #expect(await gateway.stop() == 0)
    }

    @Test("typed text in the call is answered by voice and shown, its trace id returned")
    func typed() async throws {
        let gateway = try await GatewayProcess()
        let lines = [AudioScript.Line(.type("I want to check my data balance.", traceID: "trace-42"))]
        let report = try await Self.call(gateway, AudioScript(.opus, .hz24000, lines))
        let answer = try #require(Self.messages(report, "message").last)
        #expect(answer["trace_id"] as? String == "trace-42" && answer["intent"] as? String == "check_usage")
        #expect(report.latencies.first.flatMap { $0 } != nil)
        #expect(await gateway.stop() == 0)
    }

    @Test("speech over the greeting clears what the client holds, and so do typed text and cancel", arguments: ["speak", "type", "cancel"])
    func interrupted(how: String) async throws {
        let gateway = try await GatewayProcess()
        var line =
            how == "speak"
            ? try await Self.say("I want to check my data balance.", .hz16000)
            : AudioScript.Line(how == "type" ? .type("I want to check my data balance.", traceID: nil) : .cancel)
        line.interruptsAfter = .milliseconds(700)
        let report = try await Self.call(gateway, AudioScript(.opus, .hz16000, [line], patience: how == "cancel" ? .seconds(3) : .seconds(15)))
        #expect(report.clears == 1)
        if how != "cancel" { #expect(report.latencies.first.flatMap { $0 } != nil) }
        #expect(await gateway.stop() == 0)
    }

    @Test("a client that reports nothing is credited by the clock: the next turn is not kept waiting")
    func silentClient() async throws {
        let gateway = try await GatewayProcess()
        let lines = [try await Self.say("I want to check my data balance.", .hz16000)]
        let report = try await Self.call(gateway, AudioScript(.pcm, .hz16000, lines, reports: false, reaction: .milliseconds(1_200)))
        #expect(report.ending == .caller && report.marksReported == 0)
        #expect(Self.messages(report, "latency").count == 1)
        #expect(await gateway.stop() == 0)
    }
}

@Suite("Audio streams: the door", .serialized, .enabled(if: Callers.areModelsThere, "no Models/: run make setup"))
struct AudioDoorTests {
    private static func open(_ gateway: GatewayProcess) throws -> RawSocket {
        let socket = try RawSocket(port: gateway.port)
        #expect(try socket.upgrade("/audio").contains(" 101 "))
        return socket
    }

    @Test("what cannot start is told which field, what is allowed, and closed")
    func refused() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        for (start, part, code) in [
            (#"{"type":"start","encoding":"mp3","sample_rate":8000}"#, "encoding: give opus, pcm_s16le or mulaw", 1003),
            (#"{"type":"start","encoding":"opus","sample_rate":44100}"#, "sample_rate: give 8000, 16000, 24000 or 48000", 1003),
            (#"{"type":"start","encoding":"mulaw","sample_rate":16000}"#, "sample_rate: give 8000 for mulaw", 1003),
            (#"{"type":"message","text":"hello"}"#, "the first message is start", 1008), ("hello", "expected a value", 1008),
        ] {
            let socket = try Self.open(gateway)
            try socket.sendText(start)
            let answer = try #require(socket.receiveUntilClosed())
            let text = String(decoding: answer, as: UTF8.self)
            #expect(text.contains(#""type":"error""#) && text.contains(part), "\(start): \(text)")
            let close = [0x88, UInt8(0)], frame = answer.indices.last { answer[$0] == close[0] && $0 + 3 < answer.count }
            #expect(frame.map { Int(answer[$0 + 2]) << 8 | Int(answer[$0 + 3]) } == code, "\(start)")
        }
        #expect(await gateway.stop() == 0)
    }

    @Test("a ping is answered, before the start and after it; unknown types are told once and passed over; rubbish closes after 50")
    func faults() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let socket = try Self.open(gateway)
        try socket.sendText(#"{"type":"ping"}"#)
        #expect(socket.receive(until: "pong") != nil)
        try socket.sendText(#"{"type":"start","encoding":"opus","sample_rate":16000}"#)
        #expect(socket.receive(until: #""type":"session""#) != nil)
        for _ in 0..<60 { try socket.sendText(#"{"type":"later"}"#) }
        try socket.sendText(#"{"type":"ping"}"#)
        let told = try #require(socket.receive(until: "pong"))
        #expect(told.contains(#""code":"unknown_type""#), "\(told)")
        for _ in 0..<50 { try socket.send(RawSocket.frame([0xFF, 0x00, 0x01], opcode: 2)) }
        let answer = try #require(socket.receiveUntilClosed())
        #expect(String(decoding: answer, as: UTF8.self).contains("too many bad messages"))
        #expect(await gateway.stop() == 0)
    }

    @Test("PCM that breaks off inside a sample is told, and goes on with the next message")
    func oddLength() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let socket = try Self.open(gateway)
        try socket.sendText(#"{"type":"start","encoding":"pcm_s16le","sample_rate":16000}"#)
        #expect(socket.receive(until: #""type":"session""#) != nil)
        try socket.send(RawSocket.frame([UInt8](repeating: 0, count: 641), opcode: 2))
        #expect(socket.receive(until: #""code":"odd_length""#) != nil)
        try socket.send(RawSocket.frame([UInt8](repeating: 0, count: 639), opcode: 2))
        try socket.sendText(#"{"type":"ping"}"#)
        #expect(socket.receive(until: "pong") != nil)
        #expect(await gateway.stop() == 0)
    }

    @Test("a message beyond 16 KiB is refused, and every call gives its place back")
    func bounds() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "admission.max_calls=1"])
        for _ in 0..<3 {
            let socket = try Self.open(gateway)
            try socket.sendText(#"{"type":"start","encoding":"pcm_s16le","sample_rate":16000}"#)
            #expect(socket.receive(until: #""type":"session""#) != nil)
            let other = try Self.open(gateway)
            try other.sendText(#"{"type":"start","encoding":"opus","sample_rate":16000}"#)
            let refusal = String(decoding: other.receiveUntilClosed() ?? [], as: UTF8.self)
            #expect(refusal.contains(#""code":"full""#))
            try socket.send(RawSocket.frame([UInt8](repeating: 0, count: 16_385), opcode: 2))
            #expect(String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self).contains("too_large"))
        }
        #expect(await gateway.stop() == 0)
    }

    @Test("loopback: 5 kHz said at 16 kHz comes back as 5 kHz, which no telephone carries", arguments: ["opus", "pcm_s16le"])
    func loopback(encoding: String) async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let socket = try Self.open(gateway)
        try socket.sendText("{\"type\":\"start\",\"encoding\":\"\(encoding)\",\"sample_rate\":16000}")
        #expect(socket.receive(until: "frame_ms") != nil)
        let tone = (0..<16_000).map { Int16(8_000 * sin(2 * .pi * 5_000 * Double($0) / 16_000)) }
        var encoder = try OpusEncoder(sampleRate: .hz16000, configuration: OpusEncoderConfiguration(bitrate: 64_000)), heard: [Int16] = []
        var receiver = try OpusReceiver(sampleRate: .hz16000), bytes: [UInt8] = [], room = [UInt8](repeating: 0, count: 1_276)
        for start in stride(from: 0, to: tone.count, by: 320) {
            let frame = Array(tone[start..<start + 320])
            var span = room.mutableSpan
            let count = try encoder.encode(frame.span, into: &span)
            let pcm = frame.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            try socket.send(RawSocket.frame(encoding == "opus" ? Array(room.prefix(count)) : pcm, opcode: 2))
        }
        while heard.count < tone.count {
            bytes += try #require(socket.receive(), "\(heard.count) samples came back")
            while let message = Self.takeFrame(&bytes) {
                if encoding == "opus" {
                    try receiver.receive(message.span) { piece in for index in piece.indices { heard.append(piece[index]) } }
                } else {
                    heard += stride(from: 0, to: message.count, by: 2).map { Int16(bitPattern: UInt16(message[$0]) | UInt16(message[$0 + 1]) << 8) }
                }
            }
        }
        if encoding == "opus" {
            // Crossings of zero count the waves: 10,000 a second.
            let crossings = zip(heard.dropFirst(4_000), heard.dropFirst(4_001)).count { ($0 < 0) != ($1 < 0) }
            #expect(abs(crossings - 7_500) < 400 && Level.dBFS(Array(heard.dropFirst(4_000))) > -25, "\(crossings)")
        } else {
            #expect(heard == tone)
        }
        #expect(await gateway.stop() == 0)
    }

    @Test("numbered messages: the answer says so, silence stands for a lost one, and a late one is dropped and counted")
    func numbered() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let socket = try Self.open(gateway)
        try socket.sendText(#"{"type":"start","encoding":"pcm_s16le","sample_rate":16000,"sequence":true}"#)
        #expect(socket.receive(until: #""sequence":true"#) != nil)
        let frames = (1...5).map { [Int16](repeating: Int16($0 * 1_000), count: 320) }
        // The third is overtaken by the fourth.
        for (number, frame) in [(65_534, 0), (65_535, 1), (1, 3), (0, 2), (2, 4)] {
            let pcm = frames[frame].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            try socket.send(RawSocket.frame([UInt8(number >> 8), UInt8(number & 255)] + pcm, opcode: 2))
        }
        var heard: [Int16] = [], bytes: [UInt8] = []
        while heard.count < 5 * 320 {
            let part = try #require(socket.receive(), "\(heard.count) samples came back")
            try #require(!part.isEmpty, "closed after \(heard.count) samples")
            bytes += part
            while let message = Self.takeFrame(&bytes) {
                heard += stride(from: 0, to: message.count, by: 2).map { Int16(bitPattern: UInt16(message[$0]) | UInt16(message[$0 + 1]) << 8) }
            }
        }
        let expected = [frames[0], frames[1], [Int16](repeating: 0, count: 320), frames[3], frames[4]]
        #expect(heard == Array(expected.joined()))
        #expect(try CrowdTests.count(gateway, #"gateway_stream_faults_total{kind="late_packet"}"#) == 1)
        #expect(await gateway.stop() == 0)
    }

    /// One binary frame from a server (RFC 6455, 5.2), which masks nothing.
    private static func takeFrame(_ bytes: inout [UInt8]) -> [UInt8]? {
        guard bytes.count >= 2 else { return nil }
        var length = Int(bytes[1] & 127), at = 2
        if length == 126 {
            guard bytes.count >= 4 else { return nil }
            (length, at) = (Int(bytes[2]) << 8 | Int(bytes[3]), 4)
        }
        guard bytes.count >= at + length else { return nil }
        defer { bytes.removeFirst(at + length) }
        return Array(bytes[at..<at + length])
    }
}
