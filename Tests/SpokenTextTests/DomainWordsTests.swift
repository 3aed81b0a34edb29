import SpokenText
import Testing

@Suite("Misheard words of the domain")
struct DomainWordsTests {
    private let words = DomainWords([
        .init("caller ID"), .init("gigabyte"), .init("gigabytes"), .init("Family Share"), .init("Unlimited Plus"), .init("Traveler"), .init("Basic"),
        .init("roaming"), .init("voicemail"),
        .init("invoice"), .init("allowance"), .init("subscription"), .init("upgrade"), .init("cancel", heard: ["can so"]), .init("PUK", heard: ["poc"]),
        .init("data balance"), .init("data"), .init("usage"),
    ])

    @Test(
        "by sound and spelling",
        arguments: [
            ("turn on color id", "turn on caller ID"), ("one giga bite", "one gigabyte"), ("ten giga bites please", "ten gigabytes please"),
            ("the family sheer plan", "the Family Share plan"),
            ("unlimited pluss", "Unlimited Plus"), ("the travveler plan", "the Traveler plan"), ("romeing charges", "roaming charges"),
            ("turn off voice mail", "turn off voicemail"), ("my invoyce", "my invoice"),
            ("cancel my subscribtion", "cancel my subscription"), ("up grade me", "upgrade me"), ("my alowance", "my allowance"), ("gigabites", "gigabytes"),
            ("in voice number", "invoice number"),
        ])
    func repairs(heard: String, repaired: String) { #expect(words.repair(heard).text == repaired) }

    @Test(
        "an explicit alias wins, even over ordinary words",
        arguments: [("can so my plan", "cancel my plan"), ("the poc code", "the PUK code"), ("Can so.", "cancel.")])
    func aliases(heard: String, repaired: String) { #expect(words.repair(heard).text == repaired) }

    @Test(
        "ordinary English and right words stay",
        arguments: [
            "hello how are you", "I want to speak to my family", "the color of my phone", "share my bill", "what is the basic idea", "is my data used up",
            "I travel a lot", "can we do it today", "room in my house",
            "the family share plan", "caller id", "how much is it", "can you cancel it", "plus one", "I was in the village", "day to day",
            "they called me back", "the calendar is full", "unlimited data", "what is the balance", "", "!!!", "I have two sisters",
            "my voice is gone", "in a voice message", "what date is it",
        ])
    func stays(text: String) { #expect(words.repair(text).text == text) }

    @Test("words are not joined across punctuation")
    func punctuation() { #expect(words.repair("I like family. Sheer luck.").text == "I like family. Sheer luck.") }

    @Test("what was changed is told")
    func replacements() {
        let repaired = words.repair("turn on color id, can so voicemail")
        #expect(repaired.replacements.map(\.heard) == ["color id", "can so"])
        #expect(repaired.replacements.map(\.repaired) == ["caller ID", "cancel"])
        #expect(words.repair(repaired.text).replacements.isEmpty)
    }

    @Test(
        "sounds",
        arguments: [
            ("caller ID", "color id"), ("Family Share", "family sheer"), ("gigabyte", "giga bite"), ("phone", "fone"), ("knight", "night"),
            ("Traveler", "traveller"), ("data", "dada"),
        ])
    func sounds(left: String, right: String) { #expect(SoundKey(left).soundSimilarity(to: SoundKey(right)) == 1) }

    @Test("any text is repaired without harm", arguments: 0..<30)
    func anyText(seed: Int) {
        var random = Generator(seed: UInt64(seed) + 77)
        for _ in 0..<20 {
            let text = random.text(upTo: 40)
            let repaired = words.repair(text)
            if repaired.replacements.isEmpty { #expect(repaired.text == text) }
        }
    }
}
