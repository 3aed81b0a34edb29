import GatewayTesting
import Orchestrator
import Testing
import TextChannel

@Suite("Codes that bring a chat to the phone: six digits, good once, for ten minutes, the newest of a session")
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
}

@Suite("A session on the phone: what is typed is a turn of the call, what is said there is shown, and afterwards the chat goes on")
struct PhoneTests {
    private final class Line: SpokenLine {
        let (typed, continuation) = AsyncStream.makeStream(of: String.self)
        func typed(_ text: String, traceID: String?) { continuation.yield(text) }
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
        #expect(await typed.next() == "small")
        await #expect(throws: ChatError.self) { try await session.ask(.init("small")) }
        await #expect(throws: ChatError.self) { try await session.beginCall() }

        // The call answers, with numbers of its own.
        _ = await conversation.respond(to: .init("small", channel: .chat, generation: 7), within: .seconds(1))
        await session.relay(.message(.spoken("small")))
        #expect(await device.next { if case .message(let message) = $0, message.source == "phone" { message.text } else { nil } } == "small")
        await session.endCall()
        #expect(try await session.ask(.init("hours")).messageID == "m8")
    }
}
