import AudioCodec
import SpeechEngines
import StreamingPipeline
import Testing

@Suite("What is not speech is no user turn", .enabled(if: TestMachine.hasModel, "no model: run make setup"), .serialized)
struct RejectionTests {
    enum Sound: String, CaseIterable, CustomTestStringConvertible {
        case silence, hiss, noise, clicks, tone, breath
        var testDescription: String { rawValue }

        func samples(_ count: Int) -> [Int16] {
            var seed: UInt64 = 5
            func random(_ size: Int) -> Int16 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int16(Int(seed >> 33) % (2 * size + 1) - size)
            }
            return (0..<count).map { index in
                switch self {
                case .silence: 0
                case .hiss: random(30)
                case .noise: random(3_000)
                case .clicks: index % 3_000 < 20 ? (index % 2 == 0 ? 20_000 : -20_000) : 0
                // 440 Hz, a triangle.
                case .tone: Int16(6_000 * (abs(Double(index % 18) / 9 - 1) * 2 - 1))
                // Swells and fades.
                case .breath: Int16(Int(random(3_000)) * min(index, count - index) / count)
                }
            }
        }
    }

    @Test("sounds of 0.3 to 3 s", arguments: Sound.allCases, [2_400, 8_000, 24_000])
    func sounds(_ sound: Sound, count: Int) async throws {
        let heard = try await TestEngines.shared.get().transcribe(TelephoneChannel(noise: .none).apply(sound.samples(count)))
        #expect(heard.rejection == .notSpeech, "\(heard.raw)")
        #expect(heard.text == "")
    }

    @Test("nor is it an answer when one is expected", arguments: Sound.allCases)
    func expected(_ sound: Sound) async throws {
        let heard = try await TestEngines.shared.get().transcribe(
            TelephoneChannel(noise: .none).apply(sound.samples(8_000)), expecting: .yesOrNo)
        #expect(heard.rejection != nil, "\(heard)")
    }

    @Test(
        "recorded noise", .enabled(if: TestMachine.hasTestData("noise_8k"), "no recordings beside the package"),
        arguments: ["dograh_office_60s.wav", "sb_noise1.wav", "sb_noise2.wav"])
    func recorded(file: String) async throws {
        let noise = try TestEngines.recording("\(TestMachine.testData)/noise_8k/\(file)")
        for start in stride(from: 0, to: min(noise.count, 160_000) - 12_000, by: 24_000) {
            let heard = try await TestEngines.shared.get().transcribe(Array(noise[start..<start + 12_000]))
            #expect(heard.rejection != nil, "at \(start / 8_000) s: \(heard.raw)")
        }
    }

    @Test("no audio at all")
    func nothing() async throws {
        #expect(try await TestEngines.shared.get().transcribe([]).rejection == .notSpeech)
    }

    @Test("no sentence is taken for noise", arguments: ["slt", "awb"])
    func sentences(voice: String) async throws {
        for sentence in DomainSentences.all.prefix(8) {
            let heard = try await TestEngines.shared.get().transcribe(TestEngines.call(sentence, voice: voice))
            #expect(heard.rejection == nil, "\(sentence): \(heard.raw)")
        }
    }
}
