import Foundation
import GatewayTesting
import Orchestrator
import Synchronization
import Testing
import TextChannel

@Suite("A chat session: messages are answered in order, every device sees the same")
struct ChatSessionTests {
    @Test("an answer comes in pieces, then whole; the pieces are the whole")
    func deltas() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        await session.submit(.init("hours", id: "7", traceID: "trace"), from: device)
        let message = await device.message()
        let pieces = device.events.compactMap { if case .delta(_, let text) = $0 { text } else { nil } }
        #expect(pieces == ["We open at nine. ", "We close at five!"])
        #expect(pieces.joined() == message.text)
        #expect((message.messageID, message.replyTo, message.traceID, message.intent, message.source) == ("m1", "7", "trace", "hours", "embedded"))
        #expect(chat.store.turns.map(\.traceID) == ["trace"])
    }

    private static func delta(_ device: Device) async -> String { await device.next { if case .delta(_, let text) = $0 { text } else { nil } } }

    @Test("an answer that is being written is shown as it comes; the message is the whole of it")
    func written() async throws {
        let writer = Writer(), chat = Chat(engine: writer)
        let (session, device) = try await chat.open()
        await session.submit(.init("do you like music"), from: device)
        #expect(await Self.delta(device) == "Yes, we do.")
        writer.write(" Come by!")
        #expect(await Self.delta(device) == " Come by!")
        writer.finish()
        let message = await device.message()
        #expect(message.text == "Yes, we do. Come by!" && message.source == "llm.test/direct")
        #expect(await session.messages.last?.text == "Yes, we do. Come by!")
    }

    @Test("taken back while it is being written, it ends there")
    func cutOff() async throws {
        let writer = Writer(), chat = Chat(engine: writer)
        let (session, device) = try await chat.open()
        await session.submit(.init("do you like music"), from: device)
        #expect(await Self.delta(device) == "Yes, we do.")
        await session.cancel()
        #expect(await device.message().text == "Yes, we do.")
    }

    @Test("when the gateway goes down, what was written of it is stored")
    func goesDown() async throws {
        let writer = Writer(), chat = Chat(engine: writer)
        let (session, device) = try await chat.open()
        await session.submit(.init("do you like music"), from: device)
        #expect(await Self.delta(device) == "Yes, we do.")
        writer.write(" Come by!")
        #expect(await Self.delta(device) == " Come by!")
        await chat.sessions.cutShort()
        #expect(await device.message().text == "Yes, we do. Come by!")
        while chat.store.turns.last?.isCompletion != true, !Task.isCancelled { await Task.yield() }
        #expect(chat.store.turns.last?.replyText == "Yes, we do. Come by!")
    }

    @Test("two devices see the same answers; what one sends is shown to the other")
    func devices() async throws {
        let chat = Chat()
        let (session, phone) = try await chat.open()
        let laptop = Device()
        try await session.attach(laptop, isResumed: true)
        await session.submit(.init("hours"), from: phone)
        #expect(await phone.message() == laptop.message())
        func sent(_ device: Device) -> [String] {
            device.events.compactMap { if case .message(let message) = $0, message.role == .user { message.text } else { nil } }
        }
        #expect(sent(laptop) == ["hours"])
        #expect(sent(phone) == [])
    }

    @Test("a message waits for the answer before it; a ninth that waits is refused, and all eight are answered")
    func queue() async throws {
        let chat = Chat { $0.turnDeadline = .seconds(3_600) }
        let (session, device) = try await chat.open()
        await session.submit(.init("slow"), from: device)
        while chat.gate.waiting == 0 { await Task.yield() }
        for number in 1...9 { await session.submit(.init("hours", id: "\(number)"), from: device) }
        #expect(await device.error().code == .queueFull)
        chat.gate.open()
        var answered: [String?] = []
        for _ in 0...8 { answered.append(await device.message().replyTo) }
        #expect(answered == [nil, "1", "2", "3", "4", "5", "6", "7", "8"])
    }

    @Test("ten messages at once, then one a second")
    func rate() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        for _ in 1...10 { _ = try await session.ask(.init("hours")) }
        await #expect(throws: ChatError.self) { try await session.ask(.init("hours")) }
        await session.submit(.init("hours"), from: device)
        let error = await device.error()
        #expect(error.code == .rateLimited)
        #expect(error.retryAfter == .seconds(1))
        chat.clock.advance(by: .seconds(1))
        #expect(try await session.ask(.init("hours")).intent == "hours")
    }

    @Test("all sessions together: beyond the gateway's rate a message is refused as busy, and a second later taken")
    func shared() async throws {
        let chat = Chat { ($0.turnsPerSecond, $0.newSessionsPerSecond) = (3, 2) }
        let one = try await chat.open(), two = try await chat.open()
        await #expect { try await chat.open() } throws: { ($0 as? ChatError)?.code == .busy }
        for session in [one.session, two.session, one.session] { _ = try await session.ask(.init("hours")) }
        await #expect { try await two.session.ask(.init("hours")) } throws: { ($0 as? ChatError)?.code == .busy }
        chat.clock.advance(by: .seconds(1))
        #expect(try await two.session.ask(.init("hours")).intent == "hours")
    }

    @Test("what is taken back gets an empty answer, and the next message its own")
    func cancel() async throws {
        let chat = Chat { $0.turnDeadline = .seconds(3_600) }
        let (session, device) = try await chat.open()
        await session.submit(.init("slow"), from: device)
        while chat.gate.waiting == 0 { await Task.yield() }
        await session.cancel()
        let cancelled = await device.message()
        #expect((cancelled.source, cancelled.text) == (ChatEvent.Message.cancelled, ""))
        #expect(try await session.ask(.init("hours")).text == "We open at nine. We close at five!")
        #expect(chat.store.turns.map(\.userText) == ["hours"])
    }

    @Test("a turn that takes its time is announced")
    func typing() async throws {
        let chat = Chat { $0.turnDeadline = .seconds(3_600) }
        let (session, device) = try await chat.open()
        await session.submit(.init("slow"), from: device)
        while chat.gate.waiting == 0 || chat.clock.sleeperCount < 2 { await Task.yield() }
        chat.clock.advance(by: .milliseconds(300))
        #expect(await device.progress() == .init(tool: "agent", percent: nil, text: "thinking"))
        chat.gate.open()
        #expect(await device.message().intent == "hours")
    }

    @Test("a tool that outlives its turn: progress, and its answer when it is there")
    func slowTool() async throws {
        let chat = Chat()
        chat.tool.gate.close()
        let (session, device) = try await chat.open()
        _ = try await session.ask(.init("order"))
        async let answer = session.ask(.init("small"))
        while chat.tool.gate.waiting == 0 || chat.clock.sleeperCount < 2 { await Task.yield() }
        chat.clock.advance(by: .milliseconds(1_400))
        #expect(try await answer.text == "Phrase working.")
        _ = await device.next { if case .progress(let progress) = $0, progress.tool == "place" { progress } else { nil } }
        chat.tool.gate.open()
        while chat.clock.sleeperCount < 1 { await Task.yield() }
        chat.clock.advance(by: .seconds(1))
        #expect(await device.next { if case .progress(let progress) = $0 { progress.percent } else { nil } } == 100)
        #expect(await device.message().text == "Order 17 is placed. Phrase anything_else.")
    }

    @Test("after a goodbye a new message is answered")
    func goodbye() async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        #expect(try await session.ask(.init("bye")).next == .end)
        #expect(try await session.ask(.init("hours")).intent == "hours")
    }

    @Test("with the agent switched off, messages are refused")
    func switchedOff() async throws {
        let chat = Chat()
        let (session, device) = try await chat.open()
        chat.enabled.value.store(false, ordering: .relaxed)
        await session.submit(.init("hours"), from: device)
        #expect(await device.error().code == .agentDisabled)
    }

    @Test("feedback is kept for a message that there was, and refused for any other", arguments: [("m1", true), ("m2", false), ("m0", false), ("x", false)])
    func feedback(_ message: String, _ isKnown: Bool) async throws {
        let chat = Chat()
        let (session, _) = try await chat.open()
        _ = try await session.ask(.init("hours"))
        do {
            try await session.feedback(.init(messageID: message, score: 1), at: .distantPast)
            #expect(isKnown)
        } catch { #expect(!isKnown && error.code == .unknownMessage) }
        #expect(chat.store.feedback.count == (isKnown ? 1 : 0))
    }

    @Test("a named message that is sent again over another connection is answered once, and its answer comes again")
    func sentAgain() async throws {
        let chat = Chat()
        let (session, lost) = try await chat.open()
        let message = ChatRequest.Message("order", id: "7")
        await session.submit(message, from: lost)
        let answer = await lost.message()
        await session.detach(lost)
        let back = Device()
        try await session.attach(back, isResumed: true)
        await session.submit(message, from: back)
        #expect(await back.message() == answer)
        #expect(try await session.ask(message) == answer)
        #expect(chat.store.turns.count == 1)
        // The same device means what it says, and so does another text.
        _ = try await session.ask(.init("large", id: "7"))
        #expect(chat.store.turns.count == 2)
    }

    @Test("asked again while the answer is being made, both get it")
    func askedTwice() async throws {
        let chat = Chat { $0.turnDeadline = .seconds(3_600) }
        let (session, _) = try await chat.open()
        let message = ChatRequest.Message("slow", id: "7")
        async let first = session.ask(message)
        while chat.gate.waiting == 0 { await Task.yield() }
        async let second = session.ask(message)
        await Task.yield()
        chat.gate.open()
        #expect(try await first == second)
        #expect(chat.store.turns.count == 1)
    }

    @Test("messages that wait behind one that is taken back are taken back, too: each says so")
    func cancelWaiting() async throws {
        let chat = Chat { $0.turnDeadline = .seconds(3_600) }
        let (session, device) = try await chat.open()
        await session.submit(.init("slow", id: "1"), from: device)
        while chat.gate.waiting == 0 { await Task.yield() }
        await session.submit(.init("hours", id: "2"), from: device)
        await session.cancel()
        let (one, other) = (await device.message(), await device.message())
        #expect(Set([one.replyTo, other.replyTo]) == ["1", "2"])
        #expect([one, other].allSatisfy { $0.source == ChatEvent.Message.cancelled && $0.text.isEmpty })
        #expect(one.messageID != other.messageID)
        chat.gate.open()
        #expect(try await session.ask(.init("hours", id: "2")).text.contains("nine"), "what was taken back may be asked again")
    }

    @Test("a stream that ended is no device any more, and counts among the devices while it lasts")
    func streams() async throws {
        let chat = Chat { $0.maximumDevices = 1 }
        let session = try await chat.sessions.open()
        let stream = Device()
        _ = try await session.ask(.init("hours"), on: stream)
        let (socket, other) = (Device(), Device())
        try await session.attach(socket, isResumed: false)
        await #expect { try await session.ask(.init("hours"), on: other) } throws: { ($0 as? ChatError)?.code == .busy }
        await session.detach(socket)
        chat.clock.advance(by: .seconds(600))
        await chat.sessions.sweep()
        #expect(await chat.sessions.count == 0)
    }

    @Test("feedback has its rate")
    func feedbackRate() async throws {
        let chat = Chat()
        let session = try await chat.sessions.open()
        _ = try await session.ask(.init("hours"))
        let feedback = ChatRequest.Feedback(messageID: "m1", score: 1)
        for _ in 1...10 { try await session.feedback(feedback, at: .distantPast) }
        await #expect { try await session.feedback(feedback, at: .distantPast) } throws: { ($0 as? ChatError)?.code == .rateLimited }
    }
}
