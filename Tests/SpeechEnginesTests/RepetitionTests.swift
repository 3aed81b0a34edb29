@testable import SpeechEngines
import Testing

@Suite("Loops of the network are found", .enabled(if: TestMachine.hasModel, "no model: run make setup"))
struct RepetitionTests {
    /// What stands twice at the end of a text, in the network's own word pieces.
    @Test(
        arguments: [
            (" I want to pay. I want to pay.", " I want to pay."),
            // Said again, a phrase begins a sentence, and with a capital.
            (" Yes, please go ahead and change it. Please go ahead and change it.", " Please go ahead and change it."),
            (" No, leave my plan as it is. Leave my plan as it is.", " Leave my plan as it is."),
            (" seven seven seven seven seven", ""),
            (" no, no", ""),
            (" I want to pay. I want to stay.", ""),
            (" go on", ""),
            ("", ""),
        ])
    func loop(text: String, again: String) throws {
        let model = try WhisperModel(path: TestMachine.model)
        let length = Repetition.length(in: model.tokens(of: text).map(model.folded))
        #expect(length == (again.isEmpty ? nil : model.tokens(of: again).count))
    }
}
