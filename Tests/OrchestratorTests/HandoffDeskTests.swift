import Orchestrator
import Synchronization
import Testing

import struct Foundation.Date

@Suite("The desk waits for the store no longer than 250 ms, and keeps a case until whoever waits has heard of its end")
struct HandoffDeskTests {
    /// Holds the writing of some states at a gate.
    private struct HeldStore: ConversationStore {
        let gate = Gate()
        let isHeld: @Sendable (HandoffRecord.State) -> Bool
        func begin(_ session: SessionRecord) async throws {}
        func commit(_ turn: TurnCommit) async throws {}
        func end(session: String, reason: String, at: Date) async throws {}
        func conversation(_ session: String) async throws -> StoredConversation? { nil }
        func save(_ handoff: HandoffRecord) async throws { if isHeld(handoff.state) { await gate.pass() } }
        func save(_ feedback: FeedbackRecord) async throws {}
    }

    let clock = ManualClock(), events = RecordingEvents()

    private func desk(_ store: HeldStore) -> HandoffDesk { HandoffDesk(store: store, events: events, patience: .seconds(120), clock: clock) }

    @Test("while its end is being written the case is there, and when its end is told")
    func there() async throws {
        let store = HeldStore { $0 == .timedOut }, desk = desk(store)
        let seen = Mutex<[HandoffRecord.State?]>([])
        _ = try await desk.request(session: "S1", because: "test", summary: "") { _ in
            let state = await desk.record(of: "S1")?.state
            seen.withLock { $0.append(state) }
        }
        clock.advance(by: .seconds(120))
        async let expired: Void = desk.expire()
        await store.gate.reached()
        #expect(await desk.record(of: "S1")?.state == .timedOut)
        await #expect { try await desk.report(.connected, session: "S1") } throws: { ($0 as? HandoffError)?.code == HandoffError.Code.none }
        store.gate.open()
        await expired
        #expect(seen.withLock { $0 } == [.queued, .timedOut])
        #expect(await desk.record(of: "S1") == nil)
        #expect(await desk.count == 0)
    }

    @Test("who asks meanwhile is not queued a second time; who asks afterwards is")
    func again() async throws {
        let store = HeldStore { $0 == .declined }, desk = desk(store)
        let first = try await desk.request(session: "S1", because: "test", summary: "") { _ in }
        async let declined = desk.report(.declined, session: "S1")
        await store.gate.reached()
        #expect(try await desk.request(session: "S1", because: "test", summary: "") { _ in }.id == first.id)
        store.gate.open()
        #expect(try await declined.state == .declined)
        let second = try await desk.request(session: "S1", because: "test", summary: "") { _ in }
        #expect(second.id != first.id && second.state == .queued)
    }

    @Test("a store that hangs is waited for twice; then states change without it")
    func hangs() async throws {
        let store = HeldStore { _ in true }, desk = desk(store)
        async let first = desk.request(session: "S1", because: "test", summary: "") { _ in }
        for write in 1...2 {
            await store.gate.reached(write)
            await clock.sleeper(until: .milliseconds(250 * write))
            clock.advance(by: .milliseconds(250))
        }
        #expect(try await first.state == .queued)
        #expect(try await desk.request(session: "S2", because: "test", summary: "") { _ in }.state == .queued)
        #expect(events.reasons(.storeFailed) == ["timed_out", "timed_out", "busy", "busy"])
        store.gate.open()
    }

    @Test("the summary stays with the case through its states, cut to 400 characters")
    func summary() async throws {
        let store = RecordingStore(), desk = HandoffDesk(store: store, events: events, patience: .seconds(120), clock: clock)
        let long = String(repeating: "x", count: 1_000)
        let record = try await desk.request(session: "S1", because: "test", summary: long) { _ in }
        try await desk.report(.connected, session: "S1")
        #expect(record.summary == String(repeating: "x", count: HandoffSummary.maximumLength))
        #expect(store.handoffs.map(\.state) == [.requested, .queued, .connected] && store.handoffs.allSatisfy { $0.summary == record.summary })
        #expect(!events.all.contains { $0.attributes.values.contains { $0.contains("xx") } })
    }
}
