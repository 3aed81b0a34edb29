import Foundation
import Orchestrator
import Persistence
import Testing

@Suite("Lifecycle events are appended; emitting never waits")
struct SQLiteEventSinkTests {
    @Test("in order, with their time and attributes")
    func appended() async throws {
        let database = try GatewayDatabase.temporary(runID: "r1")
        let sink = SQLiteEventSink(database, now: { .ides })
        sink.emit(LifecycleEvent("call.started", subject: "C1", ["carrier": "twilio", "a/b": "c"]))
        for number in 2...1_000 { sink.emit(LifecycleEvent("turn.completed", subject: "C\(number)")) }
        await sink.flush()
        #expect(try await database.count("events") == 1_000)
        #expect(
            try await database.rows("SELECT * FROM events LIMIT 1") == [
                ["1", "1773576000000000", "call.started", "C1", #"{"a/b":"c","carrier":"twilio"}"#, "r1"]
            ])
        #expect(try await database.rows("SELECT subject FROM events ORDER BY id").map { $0[0] } == (1...1_000).map { "C\($0)" })
        #expect(sink.dropped == 0)
    }

    @Test("what a closed database does not take is dropped and counted")
    func dropped() async throws {
        let database = try GatewayDatabase.temporary()
        let sink = SQLiteEventSink(database)
        try await database.close()
        for _ in 0..<3 { sink.emit(LifecycleEvent("call.ended", subject: "C1")) }
        await sink.flush()
        #expect(sink.dropped == 3)
    }

    @Test("a flush of nothing returns")
    func nothing() async throws { await SQLiteEventSink(try .temporary()).flush() }
}
