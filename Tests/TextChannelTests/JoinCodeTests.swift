import GatewayTesting
import Orchestrator
import Synchronization
import Testing
import TextChannel

@Suite("Codes that bring a chat to the phone: eight digits, good once, for ten minutes, the newest of a session")
struct JoinCodeTests {
    @Test func once() throws {
        let codes = JoinCodes(clock: ManualClock())
        let code = try codes.issue(for: "chat-1")
        #expect(code.count == JoinCodes.digits && code.allSatisfy(\.isNumber))
        #expect(codes.redeem("000000") == nil)
        #expect(codes.redeem(code) == "chat-1")
        #expect(codes.redeem(code) == nil)
    }

    @Test func newest() throws {
        let codes = JoinCodes(clock: ManualClock())
        let first = try codes.issue(for: "chat-1"), second = try codes.issue(for: "chat-1")
        #expect(codes.redeem(first) == nil)
        #expect(codes.redeem(second) == "chat-1")
    }

    @Test func late() throws {
        let clock = ManualClock()
        let codes = JoinCodes(clock: clock)
        let code = try codes.issue(for: "chat-1")
        clock.advance(by: JoinCodes.lifetime)
        #expect(codes.redeem(code) == nil)
    }

    @Test func bounded() throws {
        let codes = JoinCodes(clock: ManualClock())
        for number in 0..<JoinCodes.capacity { _ = try codes.issue(for: "chat-\(number)") }
        #expect(throws: ChatError.self) { try codes.issue(for: "one more") }
    }

    @Test("whoever guesses ends up before a closed door, whichever call the guesses come from; a minute later it is open again")
    func guessed() throws {
        let clock = ManualClock()
        let codes = JoinCodes(clock: clock)
        let code = try codes.issue(for: "chat-1")
        for _ in 0..<JoinCodes.wrongPerMinute { #expect(codes.redeem("00000000") == nil) }
        #expect(codes.redeem(code) == nil)
        clock.advance(by: .seconds(60))
        #expect(codes.redeem(code) == "chat-1")
    }
}

@Suite("A session on the phone: what is typed is a turn of the call, what is said there is shown, and afterwards the chat goes on")
struct PhoneTests {
    private final class Line: SpokenLine {
        let (typed, continuation) = AsyncStream.makeStream(of: (text: String, device: ObjectIdentifier?).self)
        private let cancelled = Atomic<Bool>(false), ended = Atomic<Bool>(false)
        var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
        var hasEnded: Bool { ended.load(ordering: .relaxed) }
        func typed(_ message: ChatRequest.Message, on device: ObjectIdentifier?) { continuation.yield((message.text, device)) }
        func cancel() { cancelled.store(true, ordering: .relaxed) }
        func end() { ended.store(true, ordering: .relaxed) }
    }

    @Test func goesAndComesBack() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("order"))
        let (conversation, generation) = try await session.beginCall()
        let line = Line()
        await session.speak(on: line)
        #expect(generation == 1)

        await session.submit(.init("small"), from: device)
        var typed = line.typed.makeAsyncIterator()
        let sent = await typed.next()
        #expect(sent?.text == "small" && sent?.device == ObjectIdentifier(device))
        await #expect(throws: ChatError.self) { try await session.ask(.init("small")) }
        await #expect(throws: ChatError.self) { try await session.beginCall() }

        // The call answers, with numbers of its own.
        _ = await conversation.respond(to: .init("small", channel: .chat, generation: 7), within: .seconds(1))
        await session.relay(.message(.user(.init("small"), messageID: "m7", traceID: "t", source: "phone")))
        #expect(await device.next { if case .message(let message) = $0, message.source == "phone" { message.text } else { nil } } == "small")
        // Whoever comes back reads what was said there.
        let other = Device()
        try await session.attach(other, isResumed: true)
        #expect(await other.next { if case .session(let session) = $0 { session.messages } else { nil } }.last?.text == "small")
        await session.endCall()
        #expect(try await session.ask(.init("hours")).messageID == "m8")
    }

    @Test("it stays in memory while it is on the phone, though no device is on it")
    func staysInMemory() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("order"))
        _ = try await session.beginCall()
        await session.detach(device)
        chat.clock.advance(by: .seconds(3_600))
        await chat.sessions.sweep()
        #expect(await chat.sessions.live(session.id) === session)
        await session.endCall()
        chat.clock.advance(by: .seconds(3_600))
        await chat.sessions.sweep()
        #expect(await chat.sessions.count == 0)
    }

    @Test("cancel and end reach the call; a person is asked for there, so that the caller is not cut off")
    func control() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        _ = try await session.ask(.init("order"))
        _ = try await session.beginCall()
        let line = Line()
        await session.speak(on: line)
        await session.cancel()
        #expect(line.isCancelled)
        await #expect { try await session.handOff(because: nil) } throws: { ($0 as? ChatError)?.code == .conflict }
        #expect(chat.store.handoffs.isEmpty)
        try await chat.sessions.end(session.id, reason: "test")
        #expect(line.hasEnded)
    }
}
