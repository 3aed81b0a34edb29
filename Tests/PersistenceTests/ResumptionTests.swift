import Foundation
import GRDB
import Orchestrator
import Persistence
import Testing

@Suite("A conversation can go on from what the store has of it")
struct ResumptionTests {
    let database: GatewayDatabase
    let store: SQLiteConversationStore
    let record = SessionRecord(
        id: "S1", channel: .chat, startedAt: .ides, facts: [Fact(key: "name", value: "Maria", source: "lead")], userID: "u-7")
    init() throws {
        database = try .temporary()
        store = SQLiteConversationStore(database)
    }

    func turn(_ generation: Int, snapshot: String? = nil, trace: String? = nil) -> TurnCommit {
        var turn = TurnCommit.example(generation: generation)
        turn.channel = .chat
        (turn.snapshot, turn.traceID, turn.userText) = (snapshot, trace, "turn \(generation)")
        return turn
    }

    @Test("what was begun and said comes back: record, facts, newest snapshot, messages in order, end")
    func whole() async throws {
        try await store.begin(record)
        try await store.commit(turn(1, snapshot: #"{"step":1}"#, trace: "t-1"))
        try await store.commit(turn(2, snapshot: #"{"step":2}"#))
        try await store.end(session: "S1", reason: "goodbye", at: .ides)
        let found = try #require(try await store.conversation("S1"))
        #expect(found.record.userID == "u-7" && found.record.channel == .chat && found.record.startedAt == .ides)
        #expect(found.record.facts.map(\.key) == ["name", "plan_wanted"])
        #expect(found.generation == 2 && found.snapshot == #"{"step":2}"# && found.endReason == "goodbye")
        #expect(found.messages.map(\.role) == [.user, .assistant, .user, .assistant])
        #expect(found.messages.map(\.generation) == [1, 1, 2, 2] && found.messages[2].text == "turn 2")
        #expect(found.messages.map(\.traceID) == ["t-1", "t-1", nil, nil])
        #expect(try await database.rows("SELECT generation, trace_id FROM turns ORDER BY generation") == [["1", "t-1"], ["2", "NULL"]])
    }

    @Test("there is nothing of a session that never was")
    func unknown() async throws { #expect(try await store.conversation("S9") == nil) }

    @Test("begun again, it is open, keeps its beginning, its person and its snapshot")
    func again() async throws {
        try await store.begin(record)
        try await store.commit(turn(1, snapshot: "{}"))
        try await store.end(session: "S1", reason: "timeout", at: .ides)
        try await store.begin(SessionRecord(id: "S1", channel: .chat, startedAt: .ides.addingTimeInterval(60), facts: []))
        let found = try #require(try await store.conversation("S1"))
        #expect(found.endReason == nil && found.record.startedAt == .ides && found.record.userID == "u-7" && found.snapshot == "{}")
    }

    @Test("a turn whose session was never begun here makes it")
    func orphan() async throws {
        try await store.commit(turn(4, snapshot: "{}"))
        #expect(try await store.conversation("S1")?.generation == 4)
        try await store.begin(record)
        #expect(try await store.conversation("S1")?.generation == 4)
    }

    @Test("only the last 200 messages come back, oldest first")
    func bounded() async throws {
        for generation in 1...101 { try await store.commit(turn(generation)) }
        let messages = try #require(try await store.conversation("S1")).messages
        #expect(messages.count == 200 && messages.first?.generation == 2 && messages.last?.generation == 101)
        #expect(messages.first?.role == .user)
    }

    @Test("of a hand-over to a person the last state counts, whatever arrives late", arguments: HandoffRecord.State.allCases)
    func handoff(_ state: HandoffRecord.State) async throws {
        try await store.begin(record)
        var handoff = HandoffRecord(
            id: "H1", session: "S1", state: .requested, reason: "asked", summary: "Last words: \"my bill\".", requestedAt: .ides, updatedAt: .ides)
        let first = handoff
        try await store.save(handoff)
        (handoff.state, handoff.updatedAt) = (state, .ides.addingTimeInterval(5))
        try await store.save(handoff)
        try await store.save(first)
        #expect(try await store.conversation("S1")?.handoff == handoff)
        #expect(try await database.count("handoffs") == 1)
    }

    @Test("each score is kept with its turn")
    func feedback() async throws {
        try await store.save(FeedbackRecord(session: "S1", generation: 2, score: 1, comment: "well done", at: .ides))
        try await store.save(FeedbackRecord(session: "S1", generation: 2, score: -0.5, at: .ides))
        #expect(
            try await database.rows("SELECT generation, score, comment FROM feedback ORDER BY id") == [
                ["2", "1.0", "well done"], ["2", "-0.5", "NULL"],
            ])
    }

    @Test("after a death a chat stays open, a voice session is closed")
    func restart() async throws {
        let folder = try Folder()
        let first = try GatewayDatabase(path: folder.file())
        let sessions = SQLiteConversationStore(first)
        try await sessions.begin(record)
        try await sessions.begin(SessionRecord(id: "V1", channel: .voice, startedAt: .ides, facts: []))
        let second = SQLiteConversationStore(try GatewayDatabase(path: folder.copyAsKilled(first.path, name: "second.db")))
        #expect(try await second.conversation("S1")?.endReason == nil)
        #expect(try await second.conversation("V1")?.endReason == "gateway_restarted")
    }

    @Test("the list has the latest first, of everybody or of one person, and goes on where it stopped")
    func list() async throws {
        for number in 1...5 {
            try await store.begin(
                SessionRecord(
                    id: "S\(number)", channel: .chat, startedAt: .ides.addingTimeInterval(Double(number)), facts: [],
                    userID: number.isMultiple(of: 2) ? "even" : "odd"))
        }
        let first = try await store.sessions(limit: 2)
        #expect(first.map(\.id) == ["S5", "S4"])
        #expect(try await store.sessions(before: first.last?.startedAt).map(\.id) == ["S3", "S2", "S1"])
        #expect(try await store.sessions(user: "even").map(\.id) == ["S4", "S2"])
        #expect(try await store.sessions(limit: -1).isEmpty)
    }

    @Test("a file of the first version takes the new columns, and keeps what it has")
    func migrates() async throws {
        let folder = try Folder()
        try await GatewayDatabase(path: folder.file()).write { db in
            try db.execute(
                sql: """
                    DROP TABLE handoffs; DROP TABLE feedback; DROP INDEX sessions_user; DROP INDEX calls_from;
                    ALTER TABLE sessions DROP COLUMN user_id; ALTER TABLE sessions DROP COLUMN generation;
                    ALTER TABLE sessions DROP COLUMN snapshot; ALTER TABLE sessions DROP COLUMN erased_at_us;
                    DELETE FROM grdb_migrations WHERE identifier LIKE '006%' OR identifier LIKE '010%';
                    INSERT INTO sessions (id, channel, started_at_us, run_id) VALUES ('old', 'chat', 5, 'r');
                    """)
        }
        let store = SQLiteConversationStore(try GatewayDatabase(path: folder.file()))
        let old = try #require(try await store.conversation("old"))
        #expect(old.generation == 0 && old.snapshot == nil && old.record.userID == nil)
    }

    @Test("a hand-over that was asked for before there were summaries has none, and goes on")
    func migratesHandoffs() async throws {
        let folder = try Folder()
        try await GatewayDatabase(path: folder.file()).write { db in
            try db.execute(
                sql: """
                    ALTER TABLE handoffs DROP COLUMN summary; DELETE FROM grdb_migrations WHERE identifier LIKE '010%';
                    INSERT INTO handoffs (id, session_id, state, reason, requested_at_us, updated_at_us) VALUES ('H1', 'S1', 'queued', 'asked', 5, 5);
                    """)
        }
        let store = SQLiteConversationStore(try GatewayDatabase(path: folder.file()))
        try await store.begin(record)
        var handoff = try #require(try await store.conversation("S1")?.handoff)
        #expect(handoff.summary.isEmpty && handoff.state == .queued)
        (handoff.state, handoff.updatedAt) = (.connected, .ides)
        try await store.save(handoff)
        #expect(try await store.conversation("S1")?.handoff == handoff)
    }
}
