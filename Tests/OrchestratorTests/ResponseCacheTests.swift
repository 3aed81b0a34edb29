import Synchronization
import Testing

@testable import Orchestrator

@Suite("Answers that are kept: for the very same question after the very same words, without anything personal, for five minutes")
struct ResponseCacheTests {
    private static let other = Decision(intent: Decision.outOfScope, confidence: 0.9, nextAction: .answer)
    private static func prompt(_ texts: String..., system: String = "You are reception.") -> ModelPrompt {
        ModelPrompt(system: system, messages: texts.enumerated().map { .init($0 % 2 == 0 ? .user : .assistant, $1) })
    }

    @Test("case, blanks and the point at the end make no other question; anything else does")
    func same() {
        let cache = ResponseCache(clock: ManualClock())
        cache.keep(Advice(Self.other, answer: "Yes."), of: "llm.a", to: Self.prompt("Do you like music?"))
        #expect(cache.advice(of: "llm.a", to: Self.prompt(" do you  like MUSIC? "))?.answer == "Yes.")
        #expect(cache.advice(of: "llm.b", to: Self.prompt("Do you like music?")) == nil)
        #expect(cache.advice(of: "llm.a", to: Self.prompt("Do you like art?")) == nil)
        #expect(cache.advice(of: "llm.a", to: Self.prompt("Hello", "Hi Maria", "Do you like music?")) == nil)
        #expect(cache.advice(of: "llm.a", to: Self.prompt("Do you like music?", system: "You are sales.")) == nil)
        #expect(cache.hits == 1 && cache.misses == 4)
        #expect(cache.advice(of: "llm.a", to: Self.prompt("Do you like music?"), mayAnswer: false) == nil, "it was asked for words")
    }

    @Test(
        "what may be personal, and what something is done with, is not kept",
        arguments: [
            ("my number is 5550101", "Yes.", []), ("it is five five five one two", "Yes.", []), ("my name is Maria", "Yes.", []),
            ("mail me at a@b.example", "Yes.", []), ("hello", "You owe 42 dollars.", []),
            ("change to the basic one", "Yes.", [Entity(type: "plan", value: "Basic", text: "basic")]),
        ] as [(String, String, [Entity])])
    func personal(text: String, answer: String, entities: [Entity]) {
        let cache = ResponseCache(clock: ManualClock())
        var decision = Self.other
        decision.entities = entities
        cache.keep(Advice(decision, answer: answer), of: "llm.a", to: Self.prompt(text))
        decision.nextAction = .runWorkflow
        cache.keep(Advice(decision), of: "llm.a", to: Self.prompt("change my plan"))
        #expect(cache.count == 0)
    }

    @Test("five minutes, and a thousand: what was not used for longest makes room")
    func bounds() {
        let clock = ManualClock()
        let cache = ResponseCache(capacity: 10, clock: clock)
        let names = "abcdefghijklmnopqrstuvwxyz".map { "question \($0)" }
        for name in names.prefix(10) { cache.keep(Advice(Self.other, answer: name), of: "llm.a", to: Self.prompt(name)) }
        #expect(cache.advice(of: "llm.a", to: Self.prompt(names[0])) != nil)
        cache.keep(Advice(Self.other, answer: "new"), of: "llm.a", to: Self.prompt(names[10]))
        #expect(cache.count <= 10 && cache.advice(of: "llm.a", to: Self.prompt(names[0])) != nil)
        #expect(cache.advice(of: "llm.a", to: Self.prompt(names[1])) == nil)
        clock.advance(by: .seconds(300))
        cache.expire()
        #expect(cache.count == 0)
        #expect(cache.advice(of: "llm.a", to: Self.prompt(names[0])) == nil)
    }

    private final class Wrong: Sendable { let count = Atomic<Int>(0) }

    /// What the model says to a prompt, and to no other.
    private static func answer(_ prompt: ModelPrompt) -> String {
        "\(prompt.system) :: " + prompt.messages.map { ResponseCache.normalised($0.text) }.joined(separator: " | ")
    }

    /// Many callers with few words between them, at once: each gets what the model says to them, whether it was asked or not.
    @Test("nobody gets another's answer", arguments: [UInt64(1), 2, 3])
    func property(seed: UInt64) async {
        let cache = ResponseCache(capacity: 50, clock: ManualClock())
        let wrong = Wrong()
        await withTaskGroup { group in
            for caller in 0..<16 {
                group.addTask {
                    let random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(caller))
                    func draw(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
                    let words = ["hello", "music", "hours", "Hello.", "MUSIC", "Anna", "Ben", "12", "a@b"]
                    for _ in 0..<500 {
                        let said = (0...draw(3)).map { _ in words[draw(words.count)] }
                        let prompt = ModelPrompt(system: ["reception", "sales"][draw(2)], messages: said.map { .init(.user, $0) })
                        let got = cache.advice(of: "llm.a", to: prompt)?.answer
                        if let got {
                            if got != Self.answer(prompt) { wrong.count.add(1, ordering: .relaxed) }
                        } else {
                            cache.keep(Advice(Self.other, answer: Self.answer(prompt)), of: "llm.a", to: prompt)
                        }
                    }
                }
            }
        }
        #expect(wrong.count.load(ordering: .relaxed) == 0)
        #expect(cache.hits > 0 && cache.count <= 50)
    }
}
