import Persistence
import Synchronization
import Testing
import TextChannel

@testable import MediaGateway

@Suite("Typed text in a call: a turn of it, spoken and shown; cancel ends what is said", .serialized)
struct TypedTurnTests {
    private static func shown(_ bench: CallBench) -> [CallLine] { bench.leg.shown.withLock { $0 } }

    @Test("it interrupts what is said, its answer is spoken, and shown with the client's trace id")
    func typed() async throws {
        let bench = try await CallBench()
        #expect(await bench.nextAnswer() == "Hello.")
        await bench.on { _ = $0.typed(.init("when are you open", id: "9", traceID: "trace-7")) }
        guard case .completed(interrupted: true, _, _)? = await bench.nextCompleted() else { return #expect(Bool(false), "the greeting was not interrupted") }
        #expect(await bench.nextAnswer() == "We are open from nine to five.")
        await bench.hearsAll()
        _ = await bench.nextCompleted()
        let messages = Self.shown(bench).compactMap { if case .message(let message) = $0 { message } else { nil } }
        let last = try #require(messages.last)
        #expect(last.text == "We are open from nine to five." && last.traceID == "trace-7" && last.replyTo == "9")
        #expect(last.intent == "hours" && last.agent == "desk")
        let deltas = Self.shown(bench).compactMap { if case .delta(last.turn, let text) = $0 { text } else { nil } }
        #expect(deltas.joined() == last.text)
        let ids = messages.map(\.turn)
        #expect(Set(ids).count == ids.count, "each reply is shown whole once")
    }

    @Test("what was being said aloud counts no more")
    func speechIsForgotten() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.on { _ = $0.typed(.init("when are you open")) }
        #expect(await bench.nextAnswer() == "We are open from nine to five.")
        await bench.understood(1, "something else")
        await bench.hearsAll()
        await bench.on { #expect($0.generation >= 1 && $0.hearing == nil) }
        #expect(!Self.shown(bench).contains(.transcript("something else", isFinal: true)))
    }

    @Test("blanks are no turn", arguments: ["", "   ", "\n\t"])
    func blank(text: String) async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.on { call in
            let before = call.generation
            #expect(call.typed(.init(text)) == nil)
            #expect(call.generation == before)
        }
    }

    @Test("cancel stops the reply, and the call listens")
    func cancel() async throws {
        let bench = try await CallBench()
        #expect(await bench.nextAnswer() == "Hello.")
        await bench.on { $0.cancelReply() }
        guard case .completed(interrupted: true, _, _)? = await bench.nextCompleted() else { return #expect(Bool(false), "nothing was cancelled") }
        await bench.on { #expect($0.state == .listening && $0.playing == nil && $0.quietSince != nil) }
        #expect(bench.leg.stopped.withLock { $0 } == [0])
    }

    @Test("a spoken turn shows its words, and when each stage was reached")
    func shown() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.understood(1, "when are you open")
        #expect(await bench.nextAnswer() == "We are open from nine to five.")
        await bench.hearsAll()
        _ = await bench.nextCompleted()
        let lines = Self.shown(bench)
        #expect(lines.contains(.transcript("when are you open", isFinal: true)))
        let stages = lines.compactMap { if case .latency(_, let stages) = $0 { stages } else { nil } }
        #expect(stages.count == 1 && stages[0].decision != nil && stages[0].replyEnd != nil)
    }

    @Test("more than a person types is refused, and says when it may go on")
    func flood() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.on { call in
            for _ in 0..<10 { #expect(call.typed(.init("when are you open")) == nil) }
            let refused = call.typed(.init("when are you open"))
            #expect(refused?.code == .rateLimited && refused?.retryAfter ?? .zero > .zero)
        }
    }
}
