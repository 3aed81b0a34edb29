import AudioCodec
import GatewayTesting
import SpeechEngines
import StreamingPipeline
import Testing

@Suite(
    "A short answer to a closed question is chosen among what is expected",
    .enabled(if: TestMachine.hasModel, "no model: run make setup"), .serialized)
struct ExpectationTests {
    @Test("yes and no survive", arguments: ["slt", "awb", "rms"], ["yes", "no", "okay", "yes please", "no thanks"])
    func answers(voice: String, word: String) async throws {
        let heard = try await TestEngines.shared.get().transcribe(TestEngines.call(word, voice: voice), expecting: .yesOrNo)
        #expect(heard.rejection == nil, "\(heard)")
        let said = word.hasPrefix("no") ? ["no", "nope", "no thanks", "not now"] : ["yes", "yeah", "yep", "sure", "okay", "yes please"]
        #expect(said.contains(heard.text.lowercased().filter { $0.isLetter || $0 == " " }), "\(heard)")
    }

    @Test(
        "four of five isolated digits at least, tightly cut; the rest mostly said to be not understood",
        .enabled(if: TestMachine.hasTestData("digits_8k"), "no recordings beside the package"))
    func digits() async throws {
        let rows = try TestMachine.rows(of: "\(TestMachine.testData)/digits_8k/manifest.tsv")
        let names = [["zero", "oh"], ["one"], ["two"], ["three"], ["four"], ["five"], ["six"], ["seven"], ["eight"], ["nine"]]
        var right = 0, total = 0
        for row in rows.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
            guard let digit = Int(row[1]) else { continue }
            let heard = try await TestEngines.shared.get().transcribe(
                TestEngines.recording("\(TestMachine.testData)/digits_8k/wav/\(row[0])"), expecting: .digit)
            total += 1
            if heard.rejection == nil, names[digit].contains(heard.text) { right += 1 }
        }
        #expect(Double(right) >= 0.8 * Double(total), "\(right) of \(total)")
    }

    @Test("a whole sentence is still written freely")
    func sentence() async throws {
        let heard = try await TestEngines.shared.get().transcribe(
            TestEngines.call("I would like to talk to a person, please.", voice: "rms"), expecting: .yesOrNo)
        #expect(heard.text.contains("person"))
    }

    @Test("one word said once stays one word", arguments: ["yes", "no", "agent"])
    func onceIsOnce(word: String) async throws {
        let heard = try await TestEngines.shared.get().transcribe(TestEngines.call(word, voice: "rms"))
        #expect(WordErrors.words(heard.text).count == 1, "\(heard)")
    }
}
