import Orchestrator
import Testing

@Suite("A reply is said while it is written: its beginning by the deadline, the rest as it comes", .timeLimit(.minutes(1)))
struct StreamedReplyTests {
    @Test("The first clause is the reply, and the turn is committed with it; the rest follows, and completes the turn")
    func follows() async throws {
        let model = WritingUnderstander("Yes, we do.")
        let call = TestCall(understanders: [model])
        let reply = await call.turn("do you like music")
        #expect(reply.text == "Yes, we do." && reply.source == "llm.test/direct" && reply.longestText == 320)
        #expect(call.store.turns.map(\.replyText) == ["Yes, we do."])
        model.write(" Come **by**!")
        model.finish()
        var pieces: [ReplyPiece] = []
        for await piece in try #require(reply.rest) { pieces.append(piece) }
        #expect(pieces == [.text(" Come by!")])
        await call.conversation.end(reason: "hangup")
        let completion = try #require(call.store.turns.last)
        #expect(completion.isCompletion && completion.generation == 1)
        #expect(completion.replyText == "Yes, we do. Come by!" && completion.userText == "do you like music")
        #expect(await call.conversation.history.last?.reply == "Yes, we do. Come by!")
    }

    @Test("What was said is what is said again, all of it")
    func repeated() async {
        let model = WritingUnderstander("Yes, we do.")
        let both = ScriptedUnderstander("embedded") { text, context in try await Phrasebook().decide(text, in: context) }
        let call = TestCall(understanders: [Switching(first: model, then: both)])
        let reply = await call.turn("do you like music")
        model.write(" Come by!")
        model.finish()
        #expect(await reply.whole().text == "Yes, we do. Come by!")
        #expect(await call.says("say that again") == "Yes, we do. Come by!")
    }

    @Test("The next turn ends it: nothing more is written, and the turn keeps as much as there was")
    func interrupted() async throws {
        let model = WritingUnderstander("Yes, we do.")
        let call = TestCall(understanders: [Switching(first: model, then: Phrasebook())])
        let reply = await call.turn("do you like music")
        model.write(" Come by!")
        var rest = try #require(reply.rest).makeAsyncIterator()
        #expect(await rest.next() == .text(" Come by!"))
        await call.conversation.heard("Yes, we do.", complete: false)
        #expect(await call.says("hello") == "Hello! What can I do for you?")
        #expect(await rest.next() == nil)
        await model.isLetGo()
        #expect(await call.conversation.history.map(\.heard) == ["Yes, we do.", "Hello! What can I do for you?"])
        #expect(call.store.turns.filter(\.isCompletion).map(\.replyText) == ["Yes, we do. Come by!"])
    }

    @Test("A channel that listens no more ends it", arguments: [true, false])
    func letGo(isCancelled: Bool) async {
        let model = WritingUnderstander("Yes, we do.")
        let call = TestCall(understanders: [model])
        let reading = Task {
            let reply = await call.turn("do you like music")
            guard isCancelled, let rest = reply.rest else { return }
            for await _ in rest {}
        }
        if isCancelled {
            await call.clock.sleeper(until: .seconds(2))
            reading.cancel()
        }
        await reading.value
        await model.isLetGo()
    }

    @Test("A pause that is too long ends the reply with what there is")
    func stalls() async {
        let model = WritingUnderstander("Yes, we do.")
        let call = TestCall(understanders: [model])
        async let reply = call.turn("do you like music").whole()
        await call.clock.sleeper(until: .seconds(2))
        call.clock.advance(by: .seconds(2))
        #expect(await reply.text == "Yes, we do.")
        await model.isLetGo()
    }

    @Test("Nobody is told more than three sentences on the phone: the model is stopped there")
    func bounded() async {
        let model = WritingUnderstander("One thing.")
        let call = TestCall(understanders: [model])
        let reply = await call.turn("do you like music")
        model.write(" Another thing.")
        model.write(" A third thing.")
        model.write(" A fourth thing.")
        #expect(await reply.whole().text == "One thing. Another thing. A third thing.")
        await model.isLetGo()
    }

    /// One engine for the first turn, another for those behind it.
    private final class Switching: Understander {
        let name = "llm.test"
        private let first: any Understander, then: any Understander
        private let isUsed = Counter()
        init(first: any Understander, then: any Understander) { (self.first, self.then) = (first, then) }
        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision { try await advise(text, in: context).decision }
        func advise(_ text: String, in context: UnderstandingContext) async throws -> Advice {
            try await (isUsed.next() == 1 ? first : then).advise(text, in: context)
        }
    }
}
