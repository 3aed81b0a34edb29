import Foundation
import Orchestrator
import Testing
import TextChannel
import WebSocketTransport

@Suite("Chat over the real binary: the same agent, on the socket that takes calls", .enabled(if: Callers.areModelsThere))
struct ChatTests {
    @Test("a wish is served, with the account looked up in the demo operator's books")
    func conversation() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let line = try await client.chat()
        let session = try #require(await line.session())
        #expect(session.greeting?.contains("Northwind") == true && !session.isResumed)
        #expect(await line.say("How much data do I have left?")?.intent == "check_usage")
        let answer = await line.say("5550101")
        #expect(answer?.text.contains("GB") == true, "\(String(describing: answer))")
        #expect(answer?.slots["phone"] == "5550101" || answer?.slots.values.contains("5550101") == true)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a dropped connection and a restart: whoever knows the session goes on where it was")
    func resume() async throws {
        let first = try await GatewayProcess()
        let before = try Client(first)
        let line = try await before.chat()
        let id = try #require(await line.session()).id
        #expect(await line.say("what is my bill")?.next == .listen)
        line.close()
        let again = try await before.chat()
        again.send(#"{"type":"hello","session_id":"\#(id)"}"#)
        let resumed = try #require(await again.session())
        #expect(resumed.isResumed && resumed.id == id)
        await before.end()
        #expect(await first.stop() == 0)

        let second = try await GatewayProcess(folder: first.folder)
        let after = try Client(second)
        let third = try await after.chat()
        third.send(#"{"type":"hello","session_id":"\#(id)"}"#)
        #expect(await third.session()?.id == id)
        let answer = await third.say("5550101")
        #expect(answer?.text.contains("$") == true, "\(String(describing: answer))")
        await after.end()
        #expect(await second.stop() == 0)
    }

    @Test("two devices see one conversation")
    func devices() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let phone = try await client.chat(), laptop = try await client.chat()
        let id = try #require(await phone.session()).id
        laptop.send(#"{"type":"hello","session_id":"\#(id)"}"#)
        _ = await laptop.next { if case .session(let session) = $0, session.id == id { true } else { nil } }
        let said = await phone.say("hello")
        #expect(said != nil)
        #expect(await laptop.next { if case .message(let message) = $0, message.role == .user { message.text } else { nil } } == "hello")
        #expect(await laptop.answer() == said)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test(
        "what no client should send is answered with an error, and the socket stays",
        arguments: [
            (#"{"type":"hello","session_id":"chat-0000"}"#, ChatError.Code.unknownSession), (#"{"type":"message"}"#, .badRequest),
            (#"{"type":"dance"}"#, .badRequest), (#"{"type":"feedback","message_id":"m9","score":1}"#, .unknownMessage),
            (String(repeating: "x", count: 8_001), .tooLong), (#"{"a":"# + String(repeating: "[", count: 40), .badRequest),
        ])
    func errors(_ message: String, _ code: ChatError.Code) async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let line = try await client.chat()
        line.send(message)
        #expect(await line.error()?.code == code)
        line.send(#"{"type":"ping","id":"1"}"#)
        #expect(await line.next { if case .pong(let id) = $0 { id } else { nil } } == "1")
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a binary message is told why its socket closes")
    func binary() async throws {
        let gateway = try await GatewayProcess()
        let socket = try RawSocket(port: gateway.port)
        #expect(try socket.upgrade("/chat").contains(" 101 "))
        try socket.send(RawSocket.frame([0, 1, 2, 255], opcode: 2))
        let answer = String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
        #expect(answer.contains(#""code":"bad_request""#) && answer.contains("chat is text"), "\(answer)")
        #expect(await gateway.stop() == 0)
    }

    @Test("a flood closes its own socket, and nobody else's")
    func flood() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let quiet = try await client.chat(), loud = try await client.chat()
        for _ in 0..<200 { loud.send(#"{"type":"ping"}"#) }
        // What was still unread when the socket went may take the reason with it.
        let code = await loud.closed()?.code
        #expect(code == 1008 || code == 1006, "\(String(describing: code))")
        #expect(await quiet.say("hello") != nil)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a shutdown says goodbye with 1001")
    func shutdown() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let line = try await client.chat()
        _ = await line.say("hello")
        gateway.signal(SIGTERM)
        #expect(await line.closed()?.code == 1001)
        #expect(await gateway.ended(within: .seconds(15)) == 0)
        await client.end()
    }

    @Test("the shell: lines from a pipe are said, commands explain")
    func shell() async throws {
        let folder = try GatewayProcess.makeFolder()
        let run = try await CommandRun.media(
            ["chat", "--set", "server.port=1", "--set", "storage.path=\(folder.path)/g.sqlite"],
            input: "how much data do I have left\n/why\n/slots\n/cost\n5550101\n/unknown\n/quit\n")
        #expect(run.status == 0, "\(run.errors)")
        for part in ["Northwind", "check_usage", "open question: phone", "$0.000000", "GB", "no command /unknown"] {
            #expect(run.output.contains(part), "\(part) in: \(run.output)")
        }
    }
}
