import GatewayTesting
import Orchestrator
import Testing
import TextChannel

@Suite("The way to a person has states, a deadline, and an end in every case (FIELD 23)")
struct HandoffTests {
    @Test("requested, queued; nobody comes: timed out, and the agent goes on")
    func timesOut() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("person"))
        #expect(await [device.handoff(), device.handoff()] == [.requested, .queued])
        chat.clock.advance(by: .seconds(120))
        await chat.handoffs.expire()
        #expect(await device.handoff() == .timedOut)
        #expect(await device.message().text == "Phrase handoff_failed.")
        #expect(try await session.ask(.init("hours")).intent == "hours")
        #expect(chat.store.handoffs.map(\.state) == [.requested, .queued, .timedOut])
    }

    @Test("connected is not timed out; when the person leaves, the agent listens again")
    func connected() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.handOff(because: "billing")
        try await chat.handoffs.report(.connected, session: session.id)
        chat.clock.advance(by: .seconds(3_600))
        await chat.handoffs.expire()
        try await chat.handoffs.report(.ended, session: session.id)
        #expect(await [device.handoff(), device.handoff(), device.handoff(), device.handoff()] == [.requested, .queued, .connected, .ended])
        #expect(try await session.ask(.init("hours")).intent == "hours")
    }

    @Test("what is typed meanwhile is kept for the person, asked for once; once they are there, the agent says nothing")
    func meanwhile() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("person"))
        let waiting = try await session.ask(.init("it is about my bill"))
        #expect(waiting.text == "Phrase handoff." && waiting.source == "handoff" && waiting.next == .handoff)
        try await chat.handoffs.report(.connected, session: session.id)
        let connected = try await session.ask(.init("are you there"))
        #expect(connected.text.isEmpty && connected.source == "handoff")
        #expect(chat.store.turns.map(\.userText) == ["person", "it is about my bill", "are you there"])
        #expect(await [device.handoff(), device.handoff(), device.handoff()] == [.requested, .queued, .connected])
        #expect(chat.store.handoffs.map(\.state) == [.requested, .queued, .connected])
    }

    @Test("the person is told why, what was in hand and what was said last, through all states; also after a restart")
    func summary() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("order"))
        _ = try await session.ask(.init("person"))
        try await chat.handoffs.report(.connected, session: session.id)
        #expect(await [device.handoff(), device.handoff(), device.handoff()] == [.requested, .queued, .connected])
        let told = #"The caller asked for a person. In hand: order. Last words: "person"."#
        #expect(chat.store.handoffs.map(\.summary) == [told, told, told])
        #expect(await chat.handoffs.record(of: session.id)?.summary == told)

        let after = Chat(store: chat.store)
        _ = try await after.sessions.find(session.id).ask(.init("still there"))
        #expect(chat.store.handoffs.map(\.state) == [.requested, .queued, .connected, .requested, .queued])
        #expect(chat.store.handoffs.map(\.summary) == Array(repeating: told, count: 5))
    }

    @Test("asked for by a button, the last words are those before it")
    func button() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        _ = try await session.ask(.init("hours"))
        let record = try await session.handOff(because: "angry")
        #expect(record.summary == #"Handed over: angry. Last words: "hours"."#)
    }

    @Test("asking twice is asking once")
    func twice() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        let first = try await session.handOff(because: nil), second = try await session.handOff(because: nil)
        #expect(first.id == second.id)
        #expect(await chat.handoffs.count == 1)
    }

    @Test("who leaves calls the person back")
    func leaves() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        _ = try await session.handOff(because: nil)
        try await chat.sessions.end(session.id, reason: "test")
        #expect(chat.store.handoffs.last?.state == .ended)
        #expect(await chat.handoffs.count == 0)
    }

    @Test("states follow each other as they may, and no other way")
    func order() {
        let allowed: [HandoffRecord.State: Set<HandoffRecord.State>] = [
            .requested: [.queued, .connected, .declined, .timedOut, .ended], .queued: [.connected, .declined, .timedOut, .ended],
            .connected: [.ended], .declined: [], .timedOut: [], .ended: [],
        ]
        for state in HandoffRecord.State.allCases { #expect(state.successors == allowed[state]) }
    }

    @Test("what the operator reports must be possible")
    func impossible() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        await #expect { try await chat.handoffs.report(.connected, session: session.id) } throws: { ($0 as? HandoffError)?.code == HandoffError.Code.none }
        _ = try await session.handOff(because: nil)
        try await chat.handoffs.report(.connected, session: session.id)
        await #expect { try await chat.handoffs.report(.declined, session: session.id) } throws: { ($0 as? HandoffError)?.code == .impossible }
    }
}
