import AudioCodec
import GatewayTesting
import SpeechEngines
import StreamingPipeline
import Testing

@Suite("Whisper tiny.en hears phone calls", .enabled(if: TestMachine.hasModel, "no model: run make setup"), .serialized)
struct RecognitionTests {
    @Test("a sentence over a telephone line", arguments: ["slt", "awb", "rms"])
    func sentence(voice: String) async throws {
        let call = try await TestEngines.call("I have no signal at home since yesterday, please help me.", voice: voice)
        let heard = try await TestEngines.shared.get().transcribe(call)
        // Flite's statistical voices never say the same thing twice alike; the rates below are the measure.
        #expect(WordErrors(said: "I have no signal at home since yesterday please help me", heard: heard.text).errors <= 4, "\(heard)")
        #expect(heard.rejection == nil)
        #expect(heard.confidence > 0.35)
        #expect(heard.audio == .microseconds(call.count * 125))
        #expect(heard.words.count >= 8)
        #expect(heard.words.allSatisfy { (0...1).contains($0.probability) })
    }

    @Test("the circle: what rms says over the line is recognised with at most 10 % word errors")
    func circle() async throws {
        var total = WordErrors(), misheard: [String] = []
        for (index, sentence) in DomainSentences.all.enumerated() where index % 4 == 0 {
            let heard = try await TestEngines.shared.get().transcribe(TestEngines.call(sentence, voice: "rms", seed: UInt64(index + 1)))
            let errors = WordErrors(said: sentence, heard: heard.text)
            total = total + errors
            if errors.errors > 0 { misheard.append("\(sentence) -> \(heard.text)") }
        }
        #expect(total.rate <= 0.10, "\(misheard.joined(separator: "\n"))")
    }

    @Test("recorded speech, at most 10 % word errors", .enabled(if: TestMachine.hasTestData("speech_phone"), "no recordings beside the package"))
    func recordings() async throws {
        var total = WordErrors(), misheard: [String] = []
        for row in try TestMachine.rows(of: "\(TestMachine.testData)/speech_phone/manifest.tsv") where !row[1].isEmpty {
            let call = try TestEngines.recording("\(TestMachine.testData)/speech_phone/wav/\(row[0])")
            let heard = try await TestEngines.shared.get().transcribe(call)
            let errors = WordErrors(said: row[1], heard: heard.text)
            total = total + errors
            if errors.errors > 0 { misheard.append("\(row[1]) -> \(heard.text)") }
        }
        #expect(total.rate <= 0.10, "\(misheard.joined(separator: "\n"))")
    }

    @Test("a result does not depend on what the worker decoded before")
    func reproducible() async throws {
        let recognizer = try TestEngines.shared.get()
        let first = try await TestEngines.call("How much data do I have left?", voice: "slt")
        let long = try await TestEngines.call("I lost my phone and need to block my SIM card, and I also want to know what it costs.", voice: "awb")
        let alone = try await recognizer.transcribe(first)
        _ = try await recognizer.transcribe(long)
        let after = try await recognizer.transcribe(first)
        #expect(after.text == alone.text)
        #expect(after.words == alone.words)
        #expect(after.confidence == alone.confidence)
    }

    @Test("domain words are repaired, what was written stays")
    func repair() async throws {
        let recognizer = try TestEngines.recognizer { $0.replacing("data", with: "DATA") }
        let heard = try await recognizer.transcribe(TestEngines.call("How much data do I have left?", voice: "rms"))
        #expect(heard.text.contains("DATA"))
        #expect(!heard.raw.contains("DATA"))
    }

    @Test("more than 30 s is refused")
    func tooLong() async throws {
        let recognizer = try TestEngines.shared.get()
        await #expect(throws: SpeechEngineError.self) { try await recognizer.transcribe([Int16](repeating: 0, count: 240_001)) }
    }

    @Test("a missing model is named with the command that fetches it")
    func missingModel() {
        let error = #expect(throws: SpeechEngineError.self) {
            try WhisperRecognizer(configuration: WhisperConfiguration(model: "/nowhere/model.bin"))
        }
        #expect(error?.code == .missing)
        #expect(error?.detail.contains("/nowhere/model.bin") == true)
        #expect(error?.detail.contains("make setup") == true)
    }

    @Test("a file that is no model is named")
    func damagedModel() {
        let error = #expect(throws: SpeechEngineError.self) {
            try WhisperRecognizer(configuration: WhisperConfiguration(model: #filePath))
        }
        #expect(error?.code == .missing)
    }
}
