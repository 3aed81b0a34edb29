import Foundation
import Orchestrator
import Persistence
import Testing

@Suite("A turn is kept with all that it changes, or not at all")
struct SQLiteConversationStoreTests {
    let database: GatewayDatabase
    let store: SQLiteConversationStore
    init() throws {
        database = try .temporary()
        store = SQLiteConversationStore(database)
    }

    @Test("messages, decision, facts, ticket and tool calls of one turn")
    func whole() async throws {
        try await store.begin(SessionRecord(id: "S1", channel: .voice, startedAt: .ides, facts: [Fact(key: "phone", value: "15550101", source: "carrier")]))
        try await store.commit(.example())
        #expect(
            try await database.rows("SELECT role, text FROM messages ORDER BY id") == [
                ["user", "the unlimited one please"], ["assistant", "Unlimited Plus costs $80.00 a month. Shall I change it?"],
            ])
        #expect(
            try await database.rows("SELECT source, agent, intent, confidence, next_action, workflow FROM decisions") == [
                ["embedded", "sales", "change_plan", "0.91", "ask_slot", "change_plan"]
            ])
        #expect(try await database.rows("SELECT state, owner FROM tickets") == [["open", "sales"]])
        #expect(try await database.rows("SELECT tool, outcome, duration_ms FROM tool_calls") == [["quote_plan", "succeeded", "3.0"]])
        #expect(try await store.facts(of: "S1").map(\.key) == ["phone", "plan_wanted"])
    }

    @Test("a new value retracts the old one and points to its successor; the same value again changes nothing")
    func retracts() async throws {
        try await store.commit(.example(generation: 1))
        var turn = TurnCommit.example(generation: 2)
        try await store.commit(turn)
        #expect(try await database.count("facts") == 1)
        turn.generation = 3
        turn.facts[0].value = "Traveler"
        try await store.commit(turn)
        #expect(try await database.rows("SELECT value, retracted_by FROM facts ORDER BY id") == [["Unlimited Plus", "2"], ["Traveler", "NULL"]])
        #expect(try await store.facts(of: "S1").map(\.value) == ["Traveler"])
    }

    @Test("the same turn twice is one turn")
    func repeated() async throws {
        try await store.commit(.example())
        try await store.commit(.example())
        #expect(try await database.count("turns") == 1)
        #expect(try await database.count("tool_calls") == 1)
    }

    @Test("a turn that was written to its end has all of its reply; the state is that of the newest turn", arguments: [false, true])
    func completed(isLate: Bool) async throws {
        var turn = TurnCommit.example(generation: 1)
        turn.snapshot = "begun"
        try await store.commit(turn)
        if isLate {
            var next = TurnCommit.example(generation: 2)
            next.snapshot = "next"
            try await store.commit(next)
        }
        (turn.isCompletion, turn.replyText, turn.snapshot, turn.agent) = (true, "All of it.", "completed", "technical")
        turn.transitions = [AgentHandover(from: "sales", to: "technical", reason: "words:trouble", duration: .zero)]
        turn.ticket?.state = .handedOff
        try await store.commit(turn)
        let found = try #require(try await store.conversation("S1"))
        #expect(found.messages.filter { $0.generation == 1 }.map(\.text) == [turn.userText, "All of it."])
        #expect(found.snapshot == (isLate ? "next" : "completed"))
        #expect(try await database.rows("SELECT reply_text, agent FROM turns WHERE generation = 1") == [["All of it.", "technical"]])
        #expect(try await database.rows("SELECT to_agent FROM agent_transitions") == [["technical"]])
        #expect(try await database.rows("SELECT state FROM tickets") == [["handed_off"]])
        #expect(try await database.count("tool_calls") == (isLate ? 2 : 1))
    }

    @Test("the end of a turn that was never written is nothing")
    func nothingToComplete() async throws {
        var turn = TurnCommit.example()
        turn.isCompletion = true
        try await store.commit(turn)
        for table in ["turns", "messages", "sessions", "tickets"] { #expect(try await database.count(table) == 0, "\(table)") }
    }

    @Test("what cannot be stored leaves nothing of its turn")
    func nothing() async throws {
        var turn = TurnCommit.example()
        turn.decision.confidence = .nan  // a NOT NULL column takes no NaN, and JSON none at all
        await #expect(throws: (any Error).self) { try await store.commit(turn) }
        for table in ["turns", "messages", "decisions", "facts", "tickets", "tool_calls"] {
            #expect(try await database.count(table) == 0, "\(table)")
        }
    }

    @Test("a ticket goes through its states")
    func ticket() async throws {
        try await store.commit(.example(generation: 1))
        var turn = TurnCommit.example(generation: 2)
        turn.ticket?.state = .handedOff
        turn.at = .ides.addingTimeInterval(7)
        try await store.commit(turn)
        #expect(try await database.rows("SELECT state, updated_at_us - opened_at_us FROM tickets") == [["handed_off", "7000000"]])
    }

    @Test("a session ends once, and may be reopened")
    func session() async throws {
        let record = SessionRecord(id: "S1", channel: .chat, startedAt: .ides, facts: [])
        try await store.begin(record)
        try await store.end(session: "S1", reason: "goodbye", at: .ides)
        try await store.end(session: "S1", reason: "hangup", at: .ides)
        #expect(try await database.rows("SELECT channel, end_reason FROM sessions") == [["chat", "goodbye"]])
        try await store.begin(record)
        #expect(try await database.rows("SELECT end_reason FROM sessions") == [["NULL"]])
    }

    @Test(
        "whatever callers say is kept as it was said",
        arguments: [
            "'; DROP TABLE turns; --", "日本語 🎧", #"quote " and \ backslash"#, String(repeating: "x", count: 100_000),
        ])
    func verbatim(_ text: String) async throws {
        var turn = TurnCommit.example()
        turn.userText = text
        try await store.commit(turn)
        #expect(try await database.rows("SELECT user_text FROM turns") == [[text]])
    }

    @Test("a NUL, which would end the text, becomes a replacement character")
    func nul() async throws {
        var turn = TurnCommit.example()
        turn.userText = "before\u{0}after"
        try await store.commit(turn)
        #expect(try await database.rows("SELECT user_text FROM turns") == [["before\u{FFFD}after"]])
    }
}
