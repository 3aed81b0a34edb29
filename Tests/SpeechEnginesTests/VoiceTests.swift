import AudioCodec
import SpeechEngines
import StreamingPipeline
import Testing

@Suite("Flite speaks clause by clause")
struct VoiceTests {
    private func speak(_ words: String, voice: String = "rms", sampleRate: SampleRate = .hz8000) async throws -> [SynthesisEvent] {
        let events = Events<SynthesisEvent>()
        _ = try TestEngines.flite.get().speak(words, voice: voice, sampleRate: sampleRate) { events.report($0) }
        return await events.upTo { if case .audio = $0 { false } else { true } }
    }
    private func samples(_ events: [SynthesisEvent]) -> [Int16] {
        events.flatMap { event -> [Int16] in if case .audio(let piece) = event { piece } else { [] } }
    }

    @Test("audio in pieces, then one end", arguments: ["kal", "rms", "slt", "awb"])
    func pieces(voice: String) async throws {
        let events = try await speak("Your data balance is five gigabytes.", voice: voice)
        #expect(events.count > 10, "the first audio leaves while the rest is made")
        #expect(events.last == .finished)
        #expect(events.dropLast().allSatisfy { if case .audio(let piece) = $0 { !piece.isEmpty } else { false } })
        let seconds = Double(samples(events).count) / 8_000
        #expect((1.5...4).contains(seconds))
    }

    /// At each voice's own rate: a resampler takes the breath of "Hello" away, and with it what the trimmer took for sound.
    @Test(
        "silence: at most 20 ms in front and 100 ms behind",
        arguments: [("kal", SampleRate.hz8000), ("rms", .hz16000), ("slt", .hz16000), ("awb", .hz16000)])
    func trimmed(voice: String, rate: SampleRate) async throws {
        let pcm = samples(try await speak("Hello, how can I help you?", voice: voice, sampleRate: rate))
        let window = rate.hertz / 100
        let loud = stride(from: 0, to: pcm.count - window + 1, by: window).map { Level.dBFS(pcm.span.extracting($0..<$0 + window)) >= -50 }
        let first = try #require(loud.firstIndex(of: true)), last = try #require(loud.lastIndex(of: true))
        #expect(first <= 2, "\(first * 10) ms in front")
        #expect(pcm.count - (last + 1) * window <= rate.hertz / 10, "\(loud.count - last - 1) windows of 10 ms behind")
    }

    @Test("all voices are about as loud", arguments: ["kal", "rms", "slt", "awb"])
    func level(voice: String) async throws {
        let pcm = samples(try await speak("I would like to change my package to the unlimited plan.", voice: voice))
        #expect((-22 ... -17).contains(Level.activeSpeechDBFS(pcm)), "\(Level.activeSpeechDBFS(pcm)) dBFS")
    }

    @Test("the same length at every rate", arguments: ["kal", "rms"])
    func rates(voice: String) async throws {
        var seconds: [Double] = []
        for rate in SampleRate.allCases {
            let pcm = samples(try await speak("Thank you for calling.", voice: voice, sampleRate: rate))
            seconds.append(Double(pcm.count) / Double(rate.hertz))
        }
        #expect(try #require(seconds.max()) - #require(seconds.min()) < 0.06, "\(seconds)")
    }

    @Test("nothing to say ends at once", arguments: ["", "   ", "...", "\u{1F600}", "\u{0}"])
    func nothing(words: String) async throws {
        #expect(try await speak(words) == [.finished])
    }

    @Test(
        "any text is survived",
        arguments: [
            "Größe — “naïve” café…", "日本語", "a\u{0}b\nc\td", "<speak>&lt;</speak>", String(repeating: "9", count: 120), "%s %n %d", "don't", "!?!?!?",
        ])
    func odd(words: String) async throws {
        #expect(try await speak(words).last == .finished)
    }

    @Test("refused: an unknown voice, a clause without end")
    func refused() async throws {
        guard case .failed(let voice)? = try await speak("Hello.", voice: "nobody").first else { Issue.record("spoke"); return }
        #expect(voice.code == .rejected)
        #expect(voice.detail.contains("rms"))
        guard case .failed(let length)? = try await speak(String(repeating: "a ", count: 200)).first else { Issue.record("spoke"); return }
        #expect(length.code == .rejected)
    }

    @Test("a cancelled clause falls silent and has no end")
    func cancelled() async throws {
        let flite = try FliteSynthesizer(configuration: FliteConfiguration(workers: 1))
        let events = Events<SynthesisEvent>(), after = Events<SynthesisEvent>()
        let long = "Your data balance is five gigabytes, your plan renews on Monday, and your last bill was thirty two dollars and ten cents."
        let job = flite.speak(long, voice: "rms", sampleRate: .hz8000) { events.report($0) }
        #expect(await events.next() != nil)
        job.cancel()
        job.cancel()
        // One worker: when the next clause is done, the first one is over.
        _ = flite.speak("Yes.", voice: "kal", sampleRate: .hz8000) { after.report($0) }
        #expect(await after.upTo { $0 == .finished }.last == .finished)
        events.end()
        let rest = await events.upTo { _ in false }
        #expect(!rest.contains(.finished))
        #expect(Double(samples(rest).count) < 8_000 * 4)
    }

    @Test("a full queue refuses")
    func queueBound() async throws {
        let flite = try FliteSynthesizer(configuration: FliteConfiguration(workers: 1, queueCapacity: 1))
        let events = Events<SynthesisEvent>()
        for _ in 0..<12 {
            _ = flite.speak("Your data balance is five gigabytes.", voice: "rms", sampleRate: .hz8000) { event in
                if case .audio = event { return }
                events.report(event)
            }
        }
        var refused = 0
        for _ in 0..<12 { if case .failed(let error)? = await events.next(), error.code == .busy { refused += 1 } }
        #expect(refused >= 1)
    }

    @Test("voices speak side by side without disturbing each other")
    func together() async throws {
        let alone = samples(try await speak("Thank you for calling.")).count
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await samples(speak("Thank you for calling.")).count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.allSatisfy { abs($0 - alone) < 400 }, "\(alone) \(counts)")
    }
}
