import Orchestrator
import Persistence
import Testing

@testable import MediaGateway

@Suite("A call that promised a person leaves a hand-over for whoever calls back", .timeLimit(.minutes(1)))
struct CallHandoffTests {
    private struct WantsPerson: Understander {
        let name = "bench"
        func decide(_ text: String, in context: UnderstandingContext) async throws -> Decision {
            Decision(intent: Decision.outOfScope, confidence: 0.9, act: .person, nextAction: .answer)
        }
    }

    @Test("requested, with a summary; also when the caller hangs up into the goodbye", arguments: [true, false])
    func promised(hearsIt: Bool) async throws {
        let bench = try await CallBench.afterGreeting(engine: WantsPerson())
        await bench.speaks(1)
        await bench.understood(1, "a person please")
        #expect(await bench.nextAnswer() == "It is handoff.")
        // Whoever hears all of it is hung up on.
        if hearsIt {
            await bench.hearsAll()
            #expect(await bench.next { if case .ended = $0 { true } else { false } } == .ended("handoff"))
        }
        #expect(try await bench.hangUp() == 0)
        let handoff = try await handoff(bench)
        #expect(handoff?.state == .requested && handoff?.reason == "asked_for_a_person")
        #expect(handoff?.summary == #"The caller asked for a person. Last words: "a person please"."#)
    }

    @Test("a call without such a promise leaves none")
    func notPromised() async throws {
        let bench = try await CallBench.afterGreeting()
        await bench.speaks(1)
        await bench.understood(1, "when are you open")
        #expect(await bench.nextAnswer() != nil)
        #expect(try await bench.hangUp() == 0)
        #expect(try await handoff(bench) == nil)
    }

    private func handoff(_ bench: CallBench) async throws -> HandoffRecord? {
        let store = SQLiteConversationStore(bench.database)
        let session = try #require(try await store.sessions().first)
        return try await store.conversation(session.id)?.handoff
    }
}
