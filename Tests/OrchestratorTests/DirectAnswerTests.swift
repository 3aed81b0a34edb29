import Testing

@testable import Orchestrator

@Suite("A model's own words: a few sentences for the ear, whole ones, and nothing that only a screen shows")
struct DirectAnswerTests {
    @Test(
        "shaped",
        arguments: [
            ("Yes, we do.", "Yes, we do.", "Yes, we do."),
            ("**Yes**, `we` do. 🎉", "Yes, we do.", "Yes, we do."),
            ("## Hours\n- Monday\n- Tuesday", "Hours. Monday. Tuesday.", "Hours\nMonday\nTuesday"),
            ("1. One\n2. Two", "One. Two.", "One\nTwo"),
            ("It costs 4.99 a month. Really! Yes? No.", "It costs 4.99 a month. Really! Yes?", "It costs 4.99 a month. Really! Yes? No."),
            ("He said \"Come!\" and left.  Bye.", "He said \"Come!\" and left. Bye.", "He said \"Come!\" and left. Bye."),
        ] as [(String, String, String)])
    func shaped(text: String, spoken: String, shown: String) {
        #expect(DirectAnswer.shape(text, for: .voice) == spoken)
        #expect(DirectAnswer.shape(text, for: .chat) == shown)
    }

    @Test("nothing is left of nothing", arguments: ["", "  \n ", "***", "🎉🎉", "- \n- "])
    func empty(text: String) { #expect(DirectAnswer.shape(text, for: .voice) == nil) }

    @Test("bounded, also without any sentence in it")
    func bounded() {
        let endless = String(repeating: "word ", count: 1_000)
        #expect(DirectAnswer.shape(endless, for: .voice)?.count ?? 0 <= DirectAnswer.Limits.spoken.characters)
        #expect(DirectAnswer.shape(endless, for: .chat)?.count ?? 0 <= DirectAnswer.Limits.shown.characters)
        let sentences = String(repeating: "A sentence of some length. ", count: 100)
        #expect(DirectAnswer.shape(sentences, for: .chat)?.hasSuffix("length.") == true)
    }
}

@Suite("A prompt's file: its version, then the text with placeholders that we know")
struct PromptTemplateTests {
    @Test func read() throws {
        let template = try PromptTemplate("decision", file: "version: 3b\nYou are {agent} of {organisation}. {\"intent\":…}")
        #expect(template.version == "3b")
        #expect(template.filled(["agent": "{organisation}", "organisation": "Acme"]) == "You are {organisation} of Acme. {\"intent\":…}")
    }

    @Test(
        "refused, in a sentence",
        arguments: [("You are", "version"), ("version: ", "version"), ("version: 1\n  ", "empty"), ("version: 1\n{agnet}", "{agnet}")])
    func refused(file: String, why: String) {
        #expect { try PromptTemplate("decision", file: file) } throws: { "\($0)".contains(why) }
    }
}
