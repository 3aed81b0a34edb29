import Foundation
import GatewayTesting
import Orchestrator
import Testing
import TextChannel

@Suite("A chat goes to the phone by a code, and comes back with what was found out there", .enabled(if: Callers.areModelsThere))
struct JoinTests {
    @Test(.timeLimit(.minutes(2)))
    func thereAndBack() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway), callers = try Callers()
        let line = try await client.chat()
        let session = try #require(await line.session())
        #expect(await line.say("what is my bill this month")?.next == .listen)  // and asks for the number
        line.send(#"{"type":"code"}"#)
        let code = try #require(await line.next { if case .code(let code, _) = $0 { code } else { nil } })

        let report = try await callers.call(
            gateway, from: "+15559999", [.init("the code", .press("\(code)#")), .init("the number", .press("5550101#"))])
        #expect(report.exchanges.count == 2, "\(report.ending)")
        // What was said on the phone stands in the chat.
        let shown = await line.next { if case .message(let message) = $0, message.text.contains("$") { message } else { nil } }
        #expect(shown?.messageID.hasPrefix("m") == true && shown?.role == .assistant, "\(String(describing: shown))")

        // The account is known now: the chat need not ask for it again.
        let isBack = await eventually(within: .seconds(10)) { await line.say("how much data do I have left")?.text.contains("GB") == true }
        #expect(isBack)
        let calls = try await client.request("GET", "/v1/calls")
        #expect(calls.text.contains(session.id), "\(calls.text)")
        await callers.end()
        await client.end()
        #expect(await gateway.stop() == 0)
    }
}
