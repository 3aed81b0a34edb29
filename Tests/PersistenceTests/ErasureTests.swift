import Foundation
import GRDB
import Orchestrator
import Testing
import TierManager

@testable import Persistence

@Suite("A person who asks to be forgotten is: what they said and were is in no file any more, what it took and cost stays")
struct ErasureTests {
    static let number = "+4917655501234", spelled = "0049 176 5550-1234"
    /// What must be found nowhere afterwards.
    static let secrets = [
        "4917655501234", "Wilhelmina", "moonlight", "u-secret", "CAsecret", "trace-secret", "complained", "snapshot-secret", "summary-secret",
    ]

    let folder: Folder
    init() throws { folder = try Folder() }

    func turn(_ session: String, _ generation: Int) -> TurnCommit {
        var turn = TurnCommit.example(session: session, generation: generation)
        turn.userText = "my name is Wilhelmina and the word is moonlight \(generation)"
        turn.replyText = "Hello Wilhelmina."
        turn.decision.entities = [Entity(type: "name", value: "Wilhelmina", text: "Wilhelmina")]
        turn.decision.clarificationQuestion = "Wilhelmina, is it?"
        turn.facts = [Fact(key: "name", value: "Wilhelmina \(generation)", source: "caller")]
        (turn.traceID, turn.snapshot) = ("trace-secret", #"{"text":"snapshot-secret \#(generation)"}"#)
        return turn
    }

    /// One call of the person, one chat of theirs, and a call of somebody else.
    func filled(_ database: GatewayDatabase) async throws {
        let store = SQLiteConversationStore(database), calls = CallStore(database), sink = SQLiteEventSink(database, now: { .ides })
        try await calls.begin(CallRecord(id: "C1", carrier: "twilio", carrierCallID: "CAsecret", from: Self.number, sessionID: "S1", startedAt: .ides))
        try await store.begin(
            SessionRecord(
                id: "S1", channel: .voice, startedAt: .ides, facts: [Fact(key: "caller_phone", value: "4917655501234", source: "carrier")],
                userID: "u-secret"))
        try await store.begin(
            SessionRecord(
                id: "S2", channel: .chat, startedAt: .ides, facts: [Fact(key: "callback", value: "+49 (176) 55501234", source: "caller")],
                userID: "u-secret"))
        try await calls.begin(CallRecord(id: "C9", carrier: "twilio", from: "+15550109", sessionID: "S9", startedAt: .ides))
        for generation in 1...4 {
            try await store.commit(turn("S1", generation))
            try await store.commit(turn("S2", generation))
            try await store.commit(.example(session: "S9", generation: generation))
        }
        try await calls.record(
            TurnRecord(
                session: "S1", callID: "C1", generation: 1, at: .ides, userText: "", replyText: "", heardText: "Hello Wilhelmina", tier: "standard",
                stages: StageTimes(firstAudio: .milliseconds(700)), costMicroDollars: 825))
        try await store.save(FeedbackRecord(session: "S1", generation: 1, score: 2, comment: "Wilhelmina complained", at: .ides))
        for (session, state) in [("S1", HandoffRecord.State.ended), ("S2", .queued)] {
            try await store.save(
                HandoffRecord(
                    id: "H-\(session)", session: session, state: state, reason: "Wilhelmina asked", summary: "summary-secret of \(session)",
                    requestedAt: .ides, updatedAt: .ides))
        }
        try await store.save(
            HandoffRecord(
                id: "H-S9", session: "S9", state: .queued, reason: "asked", summary: "of somebody else", requestedAt: .ides, updatedAt: .ides))
        sink.emit(LifecycleEvent("call.started", subject: "C1", ["from": Self.number, "carrier": "twilio"]))
        await sink.flush()
        for id in ["C1", "C9"] { try await calls.end(call: id, reason: "hangup", at: .ides) }
        try await store.end(session: "S1", reason: "hangup", at: .ides)
    }

    /// Which secrets stand in which files.
    func found() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).flatMap { name in
            let data = try Data(contentsOf: folder.url.appending(path: name))
            return Self.secrets.filter { data.range(of: Data($0.utf8)) != nil }.map { "\($0) in \(name)" }
        }
    }

    @Test(
        "by number in any spelling, by user, by session or call",
        arguments: [
            (Person.phone(spelled), 2), (.phone(number), 2), (.user("u-secret"), 2), (.session("S1"), 1), (.session("C1"), 1), (.session("CAsecret"), 1),
        ])
    func erases(_ person: Person, sessions: Int) async throws {
        let database = try GatewayDatabase(path: folder.file())
        try await filled(database)
        try #expect(!found().isEmpty)
        let report = try await database.erase(person)
        #expect(report.sessions == sessions && report.calls == 1 && report.isLogEmptied && report.otherFiles.isEmpty)
        #expect(report.rows["messages"] == 8 * sessions && report.rows["turns"] == 4 * sessions && report.rows["sessions"] == sessions)
        if sessions == 1 { _ = try await database.erase(.session("S2")) }
        try #expect(found() == [])
        #expect(
            try await database.rows("SELECT tier, cost_micro, first_audio_ms, user_text FROM turns WHERE session_id = 'S1' AND generation = 1") == [
                ["standard", "825", "700.0", ""]
            ])
        #expect(try await database.rows("SELECT carrier, state, cost_micro, \"from\" FROM calls WHERE id = 'C1'") == [["twilio", "ended", "825", "NULL"]])
        #expect(try await database.rows("SELECT intent, confidence FROM decisions WHERE session_id = 'S1' LIMIT 1") == [["change_plan", "0.91"]])
        #expect(try await database.rows("SELECT score, comment FROM feedback") == [["2.0", "NULL"]])
        #expect(
            try await database.rows("SELECT id, state, reason, summary FROM handoffs ORDER BY id") == [
                ["H-S1", "ended", "", ""], ["H-S2", "queued", "", ""], ["H-S9", "queued", "asked", "of somebody else"],
            ])
        #expect(try await database.rows("SELECT attributes FROM events") == [[#"{"carrier":"twilio"}"#]])
        // Nobody else lost anything.
        #expect(try await database.count("messages", where: "session_id = 'S9' AND text != ''") == 8)
        #expect(try await CallStore(database).call("C9")?.call.from == "+15550109")
        #expect(try await CallStore(database).call("C1")?.turns.count == 4)
    }

    @Test("the end of a reply that comes after the erasure is not written")
    func lateCompletion() async throws {
        let database = try GatewayDatabase(path: folder.file())
        try await filled(database)
        _ = try await database.erase(.session("S1"))
        var turn = TurnCommit.example(session: "S1", generation: 1)
        (turn.isCompletion, turn.replyText) = (true, "a word too late")
        try await SQLiteConversationStore(database).commit(turn)
        #expect(try await database.count("turns", where: "reply_text = 'a word too late'") == 0)
        #expect(try await database.count("messages", where: "text = 'a word too late'") == 0)
    }

    @Test("what was overwritten or retracted before leaves nothing behind either, and a killed gateway's copy holds nothing")
    func earlier() async throws {
        let database = try GatewayDatabase(path: folder.file())
        try await filled(database)
        for generation in 5...60 { try await SQLiteConversationStore(database).commit(turn("S2", generation)) }
        _ = try await database.erase(.phone(Self.number))
        try #expect(found() == [])
        try await database.close()
        try #expect(found() == [])
    }

    @Test("a conversation that is still in some memory writes nothing more, and cannot be taken up again")
    func stays() async throws {
        let database = try GatewayDatabase(path: folder.file()), store = SQLiteConversationStore(database)
        try await filled(database)
        _ = try await database.erase(.user("u-secret"))
        #expect(try await store.conversation("S2") == nil)
        try await store.commit(turn("S2", 9))
        try await store.begin(SessionRecord(id: "S2", channel: .chat, startedAt: .ides, facts: [], userID: "u-secret"))
        try await CallStore(database).record(TurnRecord(session: "S2", generation: 9, at: .ides, userText: "moonlight", replyText: ""))
        try await store.save(FeedbackRecord(session: "S2", generation: 1, score: 1, comment: "complained", at: .ides))
        for id in ["H-S2", "H-new"] {
            try await store.save(
                HandoffRecord(
                    id: id, session: "S2", state: .timedOut, reason: "asked", summary: "summary-secret", requestedAt: .ides,
                    updatedAt: .ides.addingTimeInterval(5)))
        }
        #expect(try await store.conversation("S2") == nil)
        try #expect(found() == [])
    }

    @Test("never while the person is on the phone")
    func live() async throws {
        let database = try GatewayDatabase(path: folder.file())
        try await filled(database)
        try await CallStore(database).begin(CallRecord(id: "C2", carrier: "twilio", from: "4917655501234", sessionID: "S3", startedAt: .ides))
        await #expect(throws: ErasureError.live(calls: ["C2"])) { try await database.erase(.phone(Self.number)) }
        try #expect(!found().isEmpty)
        try await CallStore(database).end(call: "C2", reason: "hangup", at: .ides)
        #expect(try await database.erase(.phone(Self.number)).calls == 2)
    }

    @Test(
        "a number is found in the spelling of its country and in that of any other",
        arguments: [
            ("+15550101", "5550101", true), ("5550101", "+1 555-0101", true), ("+49 176 55501234", "0176 5550-1234", true),
            ("0049 (0) 176 55501234", "+4917655501234", true), ("0176 55501234", "+4917655501234", true), ("5550101", "15550101", true),
            ("+15550101", "+15550102", false), ("+15550101", "550101", false), ("+15550101", "+25550101", false),
            ("5550101", "5550101 and a long story about how it came to be mine", false), ("+15550101", "anonymous", false),
        ])
    func spellings(asked: String, given: String, isSame: Bool) async throws {
        #expect(Person.isSame(given, asked) == isSame)
        let database = try GatewayDatabase(path: folder.file()), store = SQLiteConversationStore(database)
        try await store.begin(
            SessionRecord(id: "S1", channel: .chat, startedAt: .ides, facts: [Fact(key: "phone", value: given, source: "caller")], userID: nil))
        try await CallStore(database).begin(CallRecord(id: "C2", carrier: "twilio", from: given, sessionID: "S2", startedAt: .ides))
        try await CallStore(database).end(call: "C2", reason: "hangup", at: .ides)
        let report = try await database.erase(.phone(asked))
        #expect(report.sessions == (isSame ? 2 : 0) && report.calls == (isSame ? 1 : 0) && report.isEmpty == !isSame)
        #expect(try await database.count("facts") == (isSame ? 0 : 1))
        let backlog = BacklogFile(database: folder.file())
        let call = CallRecord(id: "C3", carrier: "twilio", to: given, sessionID: "S3", startedAt: .ides)
        _ = try backlog.write([Backlog.Entry(write: .beginCall(call), runID: "r")])
        #expect(try backlog.erase(.phone(asked), sessions: [], calls: []) == (isSame ? 1 : 0))
    }

    @Test("nobody is nobody, and too little of a number is no number", arguments: [Person.phone("555010"), .phone("anonymous"), .user(""), .session("")])
    func nobody(_ person: Person) async throws {
        let database = try GatewayDatabase(path: folder.file())
        await #expect(throws: ErasureError.self) { try await database.erase(person) }
        #expect(try await database.erase(.phone("+15550000000")) == ErasureReport())
    }

    @Test("out of a backlog file too, whatever it alone knows")
    func backlog() throws {
        let file = BacklogFile(database: folder.file())
        let writes: [StoredWrite] = [
            .beginCall(CallRecord(id: "C5", carrier: "twilio", from: Self.number, sessionID: "S5", startedAt: .ides)), .turn(turn("S5", 1)),
            .turn(.example(session: "S6")), .end(session: "S5", reason: "hangup", at: .ides),
            .feedback(FeedbackRecord(session: "S1", generation: 1, score: 1, comment: "complained", at: .ides)),
            .handoff(
                HandoffRecord(id: "H5", session: "S5", state: .queued, reason: "r", summary: "summary-secret", requestedAt: .ides, updatedAt: .ides)),
        ]
        _ = try file.write(writes.map { Backlog.Entry(write: $0, runID: "r") })
        let id = try file.read().id
        #expect(try file.erase(.phone(Self.spelled), sessions: ["S1"], calls: []) == 5)
        #expect(try file.read().entries.map(\.write) == [writes[2]] && file.read().id == id)
        try #expect(found() == [])
    }
}
