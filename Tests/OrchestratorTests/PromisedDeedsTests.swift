import Testing

@testable import Orchestrator

@Suite("A model's own words claim no deed and no price: it can do nothing, and knows no account")
struct PromisedDeedsTests {
    @Test(
        "refused",
        arguments: [
            "Done. I have changed your plan to Unlimited Plus.", "I've refunded it.", "Your plan is now changed.", "Your bill has been paid.",
            "We have successfully upgraded your account!", "It's been cancelled.", "Everything is activated now.", "I just sent you the contract.",
            "It costs $42.50.", "That is forty dollars a month.", "I’ve credited your account",
        ])
    func claimed(text: String) { #expect(PromisedDeeds.stand(in: text)) }

    @Test(
        "said",
        arguments: [
            "Yes, we do. Come by!", "I do like music.", "Your plan can be changed by a colleague.", "Once you have paid, it takes a day.",
            "I have not changed anything.", "If it was changed, you would see it.", "A colleague can look into that.", "I like it when things are new.",
            "We are open every day.",
        ])
    func harmless(text: String) { #expect(!PromisedDeeds.stand(in: text)) }

    @Test("an answer that begins with a claim is no answer; one that goes on with a claim ends in front of it")
    func answers() async {
        let liar = WritingUnderstander("Done. I have changed your plan.")
        let reply = await TestCall(understanders: [liar]).turn("do you like music")
        #expect(reply.text == "I can't help with that." || !reply.text.contains("changed"))
        #expect(reply.source == "llm.test")

        let later = WritingUnderstander("Yes, we do.")
        let talk = TestCall(understanders: [later])
        let begun = await talk.turn("do you like music")
        later.write(" I have refunded your bill.")
        later.write(" Goodbye.")
        #expect(await begun.whole().text == "Yes, we do.")
        await later.isLetGo()
        #expect(talk.events.reasons(.decisionRejected) == ["claims_a_deed"])
    }
}
