import Foundation
import Orchestrator
import Persistence
import Testing
import TierManager

@Suite("The record of a call: what each turn said, took and cost, and every step between agents and tiers")
struct CallStoreTests {
    let database: GatewayDatabase
    let calls: CallStore
    let call = CallRecord(
        id: "C1", carrier: "twilio", carrierCallID: "CA123", from: "+15550101", to: "+15559999", sessionID: "S1", currentAgent: "front",
        tier: "basic", startedAt: .ides)
    init() throws {
        database = try .temporary()
        calls = CallStore(database)
    }

    func turn(_ generation: Int = 2) -> TurnRecord {
        TurnRecord(
            session: "S1", callID: "C1", generation: generation, at: .ides, userText: "the unlimited one please", userConfidence: 0.8,
            replyText: "Unlimited Plus costs $80.00 a month. Shall I change it?", heardText: "Unlimited Plus costs", heardBytes: 9_600,
            interrupted: true, agent: "sales", tier: "standard", source: "embedded",
            stages: StageTimes(
                endpoint: .milliseconds(500), sttFinal: .milliseconds(510), decision: .milliseconds(512), firstText: .milliseconds(513),
                firstAudio: .microseconds(580_500), unexplained: .milliseconds(4)),
            costMicroDollars: 825, wasteMicroDollars: 300, traceID: "abc")
    }

    @Test("a call begins, is found by our id and by the carrier's, and ends once")
    func life() async throws {
        try await calls.begin(call)
        #expect(try await calls.call("C1")?.call == call)
        #expect(try await calls.call("CA123")?.call == call)
        #expect(try await calls.activeCalls() == 1)
        try await calls.end(call: "C1", reason: "hangup", at: .ides.addingTimeInterval(60))
        try await calls.end(carrierCall: "CA123", reason: "completed", at: .ides.addingTimeInterval(61))
        let ended = try #require(try await calls.call("C1")).call
        #expect(ended.state == .ended && ended.endReason == "hangup" && ended.endedAt == .ides.addingTimeInterval(60))
        #expect(try await calls.call("C2") == nil)
    }

    @Test("a turn comes back as it was recorded, and its cost is the call's")
    func turns() async throws {
        try await calls.begin(call)
        try await calls.record(turn(1))
        try await calls.record(turn(2))
        let record = try #require(try await calls.call("C1"))
        #expect(record.turns == [turn(1), turn(2)])
        #expect(record.call.costMicroDollars == 1_650 && record.call.wasteMicroDollars == 600)
        #expect(record.call.tier == "standard" && record.call.currentAgent == "sales")
        #expect(try await database.rows("SELECT heard_bytes, heard_complete FROM messages WHERE role = 'assistant' LIMIT 1") == [["9600", "0"]])
    }

    @Test("conversation and call make one row of a turn, whoever comes first", arguments: [true, false])
    func merged(conversationFirst: Bool) async throws {
        let store = SQLiteConversationStore(database)
        try await calls.begin(call)
        if conversationFirst { try await store.commit(.example()) }
        try await calls.record(turn())
        if !conversationFirst { try await store.commit(.example()) }
        let found = try #require(try await calls.call("C1")).turns
        var expected = turn()
        expected.decision = TurnCommit.example().decision
        #expect(found == [expected])
    }

    @Test("what is known later is added: recorded twice, a turn costs once")
    func twice() async throws {
        try await calls.begin(call)
        var first = turn()
        (first.heardText, first.interrupted, first.stages.replyEnd) = (nil, false, nil)
        try await calls.record(first)
        var second = turn()
        second.stages.replyEnd = .milliseconds(1_900)
        try await calls.record(second)
        let record = try #require(try await calls.call("C1"))
        #expect(record.turns == [second] && record.call.costMicroDollars == 825)
    }

    @Test("agents and tiers leave their traces on the call")
    func steps() async throws {
        try await calls.begin(call)
        let transition = AgentTransition(
            callID: "C1", at: .ides, fromAgent: "front", toAgent: "sales", reason: "intent change_plan", duration: .microseconds(1_500),
            context: "workflow=none;slots=;facts=1")
        let refused = EscalationRecord(
            callID: "C1", at: .ides, fromTier: "basic", toTier: "premium", triggerAgent: "sales", qualificationScore: 0.8,
            costImpactMicroDollars: 9_000, budgetCheckPassed: false, outcome: .refused, cause: .callBudget, reason: "too little left")
        var performed = refused
        (performed.toTier, performed.outcome, performed.cause, performed.budgetCheckPassed) = ("standard", .performed, .qualification, true)
        performed.reason = "qualification 0.8 at threshold 0.7"
        try await calls.record(transition)
        try await calls.record(refused)
        try await calls.record(performed)
        try await calls.enterWorkflow("T-1", call: "C1")
        let record = try #require(try await calls.call("C1"))
        #expect(record.transitions == [transition] && record.escalations == [refused, performed])
        #expect(record.call.currentAgent == "sales" && record.call.agentTransitionCount == 1 && record.call.tier == "standard")
        #expect(record.call.tierEscalationTrigger == "sales: qualification 0.8 at threshold 0.7")
        #expect(record.call.workflowContextID == "T-1")
    }

    @Test("a turn's handovers and tickets show on the call that carries the conversation")
    func handovers() async throws {
        try await calls.begin(call)
        var turn = TurnCommit.example()
        turn.otherTickets = [TicketChange(id: "T-old", workflow: "data_balance", state: .abandoned)]
        let context = "workflow=change_plan;slots=plan;facts=2"
        turn.transitions = [
            AgentHandover(from: "front", to: "sales", reason: "workflow:change_plan", duration: .milliseconds(2), context: context)
        ]
        try await SQLiteConversationStore(database).commit(turn)
        let record = try #require(try await calls.call("C1"))
        #expect(
            record.transitions == [
                AgentTransition(
                    callID: "C1", at: .ides, fromAgent: "front", toAgent: "sales", reason: "workflow:change_plan", duration: .milliseconds(2),
                    context: context)
            ])
        #expect(record.call.agentTransitionCount == 1 && record.call.currentAgent == "sales" && record.call.workflowContextID == "T-S1")
        #expect(try await database.rows("SELECT id, state FROM tickets ORDER BY id") == [["T-S1", "open"], ["T-old", "abandoned"]])
        turn.session = "chat"
        try await SQLiteConversationStore(database).commit(turn)
        #expect(try await database.rows("SELECT call_id FROM agent_transitions WHERE session_id = 'chat'") == [["NULL"]])
    }

    @Test("the list has the latest first, is bounded, and goes on where it stopped")
    func list() async throws {
        for number in 1...5 {
            var next = call
            (next.id, next.startedAt) = ("C\(number)", .ides.addingTimeInterval(Double(number)))
            try await calls.begin(next)
        }
        let first = try await calls.calls(limit: 2)
        #expect(first.map(\.id) == ["C5", "C4"])
        #expect(try await calls.calls(limit: 10, before: first.last?.startedAt).map(\.id) == ["C3", "C2", "C1"])
        #expect(try await calls.calls(limit: -1).isEmpty)
    }

    @Test("the list can be narrowed by time, state and caller")
    func filters() async throws {
        for number in 1...4 {
            var next = call
            (next.id, next.carrierCallID) = ("C\(number)", "CA\(number)")
            next.startedAt = .ides.addingTimeInterval(Double(number))
            next.from = number < 3 ? "+15550101" : "+15550102"
            try await calls.begin(next)
        }
        try await calls.end(call: "C2", reason: "hangup", at: .ides)
        #expect(try await calls.calls(since: .ides.addingTimeInterval(3)).map(\.id) == ["C4", "C3"])
        #expect(try await calls.calls(state: .ended).map(\.id) == ["C2"])
        #expect(try await calls.calls(before: .ides.addingTimeInterval(2), state: .active, from: "+15550101").map(\.id) == ["C1"])
    }

    @Test("the full record has the conversation's tools, tickets, hand-overs and feedback, and the events of both")
    func full() async throws {
        try await calls.begin(call)
        let store = SQLiteConversationStore(database), sink = SQLiteEventSink(database, now: { .ides })
        let turn = TurnCommit.example()
        let handoff = HandoffRecord(
            id: "H1", session: "S1", state: .queued, reason: "asked", summary: "Known: phone 5550101.", requestedAt: .ides, updatedAt: .ides)
        let feedback = FeedbackRecord(session: "S1", generation: 2, score: 4, comment: "fine", at: .ides)
        try await store.commit(turn)
        try await store.save(handoff)
        try await store.save(feedback)
        let events = [LifecycleEvent("call.started", subject: "C1", ["carrier": "twilio"]), LifecycleEvent("turn.completed", subject: "S1")]
        for event in events + [LifecycleEvent("call.started", subject: "C2")] { sink.emit(event) }
        await sink.flush()
        let record = try #require(try await calls.call("C1"))
        #expect(record.toolCalls == [StoredToolCall(generation: 2, at: .ides, call: turn.toolCalls[0])])
        #expect(try record.tickets == [StoredTicket(ticket: #require(turn.ticket), owner: "sales", openedAt: .ides, updatedAt: .ides)])
        #expect(record.turns.map(\.decision) == [turn.decision])
        #expect(record.handoffs == [handoff] && record.feedback == [feedback])
        #expect(record.events == events.map { StoredEvent(at: .ides, event: $0) })
    }

    @Test("the same call cannot begin twice")
    func beginsOnce() async throws {
        try await calls.begin(call)
        let error = await #expect(throws: StorageError.self) { try await calls.begin(call) }
        #expect(error?.code == .failed)
    }
}
