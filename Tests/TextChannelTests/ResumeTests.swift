import GatewayTesting
import Orchestrator
import Synchronization
import Testing
import TextChannel

@Suite("A session outlives its devices, its place in memory and the process")
struct ResumeTests {
    @Test("after a restart the conversation goes on where it was: the open question is answered")
    func restart() async throws {
        let store = MemoryStore()
        let before = Chat(store: store)
        let (session, _) = try await before.open()
        #expect(try await session.ask(.init("order")).text == "Which size?")

        let after = Chat(store: store)
        let resumed = try await after.sessions.find(session.id)
        let device = Device()
        try await resumed.attach(device, isResumed: true)
        let messages = await device.next { if case .session(let session) = $0 { session.messages } else { nil } }
        #expect(messages.map(\.text) == ["order", "Which size?"])
        let answer = try await resumed.ask(.init("large"))
        #expect(answer.text == "Order 17 is placed. Phrase anything_else.")
        #expect(answer.messageID == "m2")
    }

    @Test("a session that nobody is on leaves the memory and comes back from the store")
    func forgotten() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("order"))
        chat.clock.advance(by: .seconds(3_600))
        await chat.sessions.sweep()
        #expect(await chat.sessions.count == 1)  // somebody still looks at it

        await session.detach(device)
        chat.clock.advance(by: .seconds(600))
        await chat.sessions.sweep()
        #expect(await chat.sessions.count == 0)
        #expect(try await chat.sessions.find(session.id).ask(.init("small")).intent == Decision.outOfScope)
        #expect(chat.store.turns.last?.replyText.contains("Order 17") == true)
    }

    @Test("with every place taken, one that nobody is on makes room; else a new one is refused")
    func full() async throws {
        let chat = Chat { $0.maximumSessions = 2 }
        let first = try await chat.open()
        _ = try await chat.open()
        await #expect(throws: ChatError.self) { try await chat.sessions.open() }
        await first.session.detach(first.device)
        _ = try await chat.open()
        #expect(await chat.sessions.count == 2)
    }

    @Test("a session that has ended, and one that never was, cannot be gone on with")
    func gone() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("hours"))
        try await chat.sessions.end(session.id, reason: "test")
        #expect(await device.error().code == .sessionEnded)
        await #expect { try await chat.sessions.find(session.id) } throws: { ($0 as? ChatError)?.code == .sessionEnded }
        await #expect { try await chat.sessions.find("chat-unknown") } throws: { ($0 as? ChatError)?.code == .unknownSession }
    }

    @Test("while the gateway shuts down no session is opened")
    func draining() async throws {
        let chat = Chat()
        await chat.sessions.drain()
        await #expect { try await chat.sessions.open() } throws: { ($0 as? ChatError)?.code == .shuttingDown }
    }

    @Test("while the store is out sessions stay in memory, and make no room: what they wrote is nowhere else")
    func outage() async throws {
        let chat = Chat { $0.maximumSessions = 1 }
        let (session, device) = try await chat.open()
        await session.detach(device)
        chat.clock.advance(by: .seconds(3_600))
        chat.isStoreUp.value.store(false, ordering: .relaxed)
        await chat.sessions.sweep()
        #expect(await chat.sessions.count == 1)
        await #expect { try await chat.sessions.open() } throws: { ($0 as? ChatError)?.code == .busy }
        chat.isStoreUp.value.store(true, ordering: .relaxed)
        _ = try await chat.sessions.open()
    }

    @Test("whoever comes back reads also what the store does not have")
    func unsaved() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        _ = try await session.ask(.init("order"))
        chat.store.forget()
        let device = Device()
        try await session.attach(device, isResumed: true)
        let messages = await device.next { if case .session(let session) = $0 { session.messages } else { nil } }
        #expect(messages.map(\.text) == ["order", "Which size?"])
    }
}
