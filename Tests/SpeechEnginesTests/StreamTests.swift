import AudioCodec
import SpeechEngines
import StreamingPipeline
import Testing

@Suite(
    "One call's ear: an utterance is decoded from its first pause on, and reported once",
    .enabled(if: TestMachine.hasModel, "no model: run make setup"), .serialized)
struct StreamTests {
    /// An ear, what it reports, and hands to feed it.
    final class Call {
        let events = Events<RecognitionEvent>()
        let ear: any RecognitionStream

        init(_ recognizer: WhisperRecognizer) throws {
            let events = events
            ear = try recognizer.open { events.report($0) }
        }

        func feed(_ samples: [Int16]) {
            for start in stride(from: 0, to: samples.count, by: 160) {
                ear.feed(samples.span.extracting(start..<min(start + 160, samples.count)))
            }
        }
        var silence: [Int16] { [Int16](repeating: 0, count: 2_400) }
    }

    @Test("speech, pause, end: one final result")
    func utterance() async throws {
        let call = try Call(TestEngines.shared.get())
        call.ear.utteranceStarted(1, preroll: 0)
        call.feed(try await TestEngines.call("How much data do I have left?", voice: "rms"))
        call.ear.pauseBegan()
        call.feed(call.silence)
        call.ear.utteranceEnded()
        guard case .final(let utterance, let transcript)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(utterance == 1)
        #expect(transcript.text.contains("data"))
        call.ear.close()
        call.events.end()
        #expect(await call.events.next() == nil, "a second result")
    }

    @Test("a wide-band ear hears 16 kHz as it is, pre-roll included")
    func wideBand() async throws {
        let speech = try await TestEngines.flite.get().audio(of: "How much data do I have left?", voice: "rms", sampleRate: .hz16000)
        let silence = [Int16](repeating: 0, count: 4_800), pcm = silence + speech + silence
        let recognizer = try TestEngines.shared.get(), events = Events<RecognitionEvent>()
        let direct = try await recognizer.transcribe(pcm, sampleRate: .hz16000)
        let ear = try recognizer.open(sampleRate: .hz16000) { events.report($0) }
        for start in stride(from: 0, to: pcm.count, by: 320) {
            ear.feed(pcm.span.extracting(start..<min(start + 320, pcm.count)))
            if start == 8_000 { ear.utteranceStarted(1, preroll: 8_320) }
        }
        ear.utteranceEnded()
        guard case .final(_, let transcript)? = await events.next() else { Issue.record("no result"); return }
        #expect(transcript.text == direct.text && transcript.text.contains("data"))
        #expect(transcript.audio == SampleRate.hz16000.duration(samples: pcm.count) && transcript.audio == direct.audio)
        ear.close()
    }

    @Test("what was fed before the start belongs to the utterance as pre-roll")
    func preroll() async throws {
        let speech = try await TestEngines.call("How much data do I have left?", voice: "rms")
        let direct = try await TestEngines.shared.get().transcribe(speech)
        let call = try Call(TestEngines.shared.get())
        call.feed([Int16](repeating: 5_000, count: 9_600))
        call.feed(Array(speech.prefix(4_000)))
        call.ear.utteranceStarted(1, preroll: 4_000)
        call.feed(Array(speech.dropFirst(4_000)))
        call.ear.utteranceEnded()
        guard case .final(_, let transcript)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(transcript.text == direct.text)
        #expect(transcript.audio == direct.audio)
    }

    @Test("speech that goes on after a pause: the first decode is thrown away, the whole is heard")
    func resumed() async throws {
        let recognizer = try TestEngines.recognizer()
        let call = try Call(recognizer)
        call.ear.utteranceStarted(1, preroll: 0)
        call.feed(try await TestEngines.call("I would like to change", voice: "rms"))
        call.ear.pauseBegan()
        call.ear.speechResumed()
        call.feed(try await TestEngines.call("my package.", voice: "rms"))
        call.ear.pauseBegan()
        call.ear.utteranceEnded()
        guard case .final(_, let transcript)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(transcript.text.contains("change"))
        #expect(transcript.text.contains("package"))
        #expect(recognizer.statistics.decodes == 1)
    }

    @Test("a decode at work stops when speech goes on, and the worker goes on with the next job")
    func cancelsAtWork() async throws {
        let recognizer = try TestEngines.recognizer()
        let long = try await TestEngines.call(DomainSentences.all.prefix(4).joined(separator: " "), voice: "rms")
        let next = try await TestEngines.call("How much data do I have left?", voice: "rms")
        let call = try Call(recognizer)
        call.ear.utteranceStarted(1, preroll: 0)
        call.feed(long)
        call.ear.pauseBegan()
        // The one worker has taken it.
        while recognizer.statistics.queueDepth > 0 { await Task.yield() }
        call.ear.speechResumed()
        let clock = ContinuousClock(), stopped = clock.now
        let heard = try await recognizer.transcribe(next)
        // 1 to 26 ms on an idle machine; without the patch of whisper.cpp up to 700.
        print("the worker was free \(clock.now - stopped - heard.decodeTime) after its decode was cancelled")
        #expect(heard.text.contains("data"))
        #expect(recognizer.statistics.wasted == 1)
        #expect(recognizer.statistics.decodes == 1)
        call.ear.close()
    }

    @Test("a cancelled utterance reports nothing")
    func cancelled() async throws {
        let recognizer = try TestEngines.recognizer()
        let call = try Call(recognizer)
        call.ear.utteranceStarted(1, preroll: 0)
        call.feed(try await TestEngines.call("Cancel this.", voice: "rms"))
        call.ear.utteranceEnded()
        call.ear.cancel()
        call.ear.utteranceStarted(2, preroll: 0)
        call.feed(try await TestEngines.call("How much data do I have left?", voice: "rms"))
        call.ear.utteranceEnded()
        guard case .final(let utterance, _)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(utterance == 2)
    }

    @Test("two utterances in a row are both reported, in order")
    func both() async throws {
        let call = try Call(TestEngines.shared.get())
        for number in 1...2 {
            call.ear.utteranceStarted(number, preroll: 0)
            call.feed(try await TestEngines.call("How much data do I have left?", voice: "rms"))
            call.ear.pauseBegan()
            call.ear.utteranceEnded()
        }
        var order: [Int] = []
        for _ in 1...2 { if case .final(let utterance, _)? = await call.events.next() { order.append(utterance) } }
        #expect(order == [1, 2])
    }

    @Test("a full queue refuses what ended, says so and counts it")
    func queueBound() async throws {
        let recognizer = try TestEngines.recognizer(queueCapacity: 2)
        let speech = try await TestEngines.call(DomainSentences.all.prefix(3).joined(separator: " "), voice: "rms")
        let calls = try (1...8).map { _ in try Call(recognizer) }
        for call in calls {
            call.ear.utteranceStarted(1, preroll: 0)
            call.feed(speech)
            call.ear.utteranceEnded()
        }
        var finals = 0, refused = 0
        for call in calls {
            switch await call.events.next() {
            case .final: finals += 1
            case .failed(_, let error) where error.code == .busy: refused += 1
            default: Issue.record("no answer")
            }
        }
        #expect(finals + refused == 8)
        #expect((2...3).contains(finals))
        #expect(recognizer.statistics.refused == refused)
    }

    @Test("a full queue drops speculative work for what ended; nothing is lost")
    func speculationGivesWay() async throws {
        let recognizer = try TestEngines.recognizer(queueCapacity: 1)
        let speech = try await TestEngines.call("How much data do I have left?", voice: "rms")
        let calls = try (1...3).map { _ in try Call(recognizer) }
        for call in calls {
            call.ear.utteranceStarted(1, preroll: 0)
            call.feed(speech)
            call.ear.pauseBegan()
        }
        for call in calls {
            call.ear.utteranceEnded()
            guard case .final? = await call.events.next() else { Issue.record("no result"); return }
        }
        #expect(recognizer.statistics.droppedSpeculative >= 1)
    }

    @Test("every place is taken: opening fails, closing frees it")
    func streams() throws {
        let recognizer = try TestEngines.recognizer(maximumStreams: 1)
        let first = try recognizer.open { _ in }
        let error = #expect(throws: SpeechEngineError.self) { try recognizer.open { _ in } }
        #expect(error?.code == .busy)
        first.close()
        first.close()
        #expect(recognizer.statistics.openStreams == 0)
        _ = try recognizer.open { _ in }
    }

    @Test("an utterance longer than 30 s keeps its first 30 and is counted")
    func truncated() async throws {
        let recognizer = try TestEngines.recognizer()
        let call = try Call(recognizer)
        call.ear.utteranceStarted(1, preroll: 0)
        for _ in 0..<31 { call.feed([Int16](repeating: 0, count: 8_000)) }
        call.ear.utteranceEnded()
        guard case .final(_, let transcript)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(transcript.audio == .seconds(30))
        #expect(recognizer.statistics.truncated == 1)
    }

    @Test("the dialogue's expectation reaches the decode")
    func expectation() async throws {
        let call = try Call(TestEngines.shared.get())
        (call.ear as? any ExpectingRecognitionStream)?.expect(RecognitionExpectation(phrases: ["agent", "billing"]))
        call.ear.utteranceStarted(1, preroll: 0)
        call.feed(try await TestEngines.call("agent", voice: "rms"))
        call.ear.utteranceEnded()
        guard case .final(_, let transcript)? = await call.events.next() else { Issue.record("no result"); return }
        #expect(transcript.text == "agent")
    }
}
