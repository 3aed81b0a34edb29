import Orchestrator
import Testing

@Suite("Qualification: the pack's signals add up to 0…1, and explain themselves")
struct QualificationTests {
    @Test(
        "Asking for a dearer plan qualifies, other wishes stay well below",
        arguments: [
            ("Change me to Unlimited Plus", 0.7...1.0), ("Switch me to Family Share please", 0.7...1.0),
            ("Change me to Traveler", 0.5...0.69), ("I want to change my plan", 0.5...0.69),
            ("How much data do I have?", 0.0...0.3), ("What's my bill?", 0.0...0.3), ("hello", 0.0...0.1),
        ])
    func scores(_ said: String, _ expected: ClosedRange<Double>) async {
        #expect(expected.contains(await TestCall().turn(said).qualification))
    }

    @Test("Each part of the score has a name and a weight")
    func explains() async {
        let call = TestCall()
        let reply = await call.turn("I'd like more data: upgrade me to Unlimited Plus")
        let qualification = await call.conversation.qualification
        #expect(
            qualification.signals == [
                .init(name: "intent:check_usage", weight: 0.1), .init(name: "words:keen", weight: 0.1),
                .init(name: "turns", weight: 0.01),
            ])
        #expect(reply.qualification == qualification.score)

        await call.says("change to Unlimited Plus")
        #expect(
            await call.conversation.qualification
                == Qualification(
                    score: 1,
                    signals: [
                        .init(name: "intent:change_plan", weight: 0.5), .init(name: "value:plan=Unlimited Plus", weight: 0.3),
                        .init(name: "condition:dearer_plan", weight: 0.2), .init(name: "words:keen", weight: 0.1),
                        .init(name: "turns", weight: 0.02),
                    ]))
    }

    @Test("A correction to a cheaper plan takes the signals of the dearer one back")
    func corrects() async {
        let call = TestCall()
        #expect(await call.turn("Change me to Unlimited Plus").qualification >= 0.7)
        #expect(await call.turn("No, Traveler").qualification < 0.7)
    }
}
