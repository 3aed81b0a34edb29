import EventLoop
import Foundation
import GatewayTesting
import Orchestrator
import Testing
import WebSocketTransport

@testable import Telemetry

@Suite("Webhooks: signed, tried again with growing pauses, given up after six tries or a final answer", .timeLimit(.minutes(1)))
struct WebhookSenderTests {
    static let noon = WebhookBench.noon
    static let notices: [(CallbackNotice, String, String)] = [
        (
            .agentTransition(
                AgentTransitionNotice(
                    session: "S", from: "reception", to: "billing", trigger: "workflow:billing_summary", at: noon, duration: .microseconds(12),
                    context: "workflow=billing_summary;slots=month;facts=4")), "agent.transition",
            #"{"context":"workflow=billing_summary;slots=month;facts=4","from_agent":"reception","to_agent":"billing","#
                + #""transition_duration_ms":0.012,"trigger_reason":"workflow:billing_summary"}"#
        ),
        (
            .tierEscalation(
                TierEscalationNotice(
                    call: "call-1", session: "S", fromTier: "basic", toTier: "standard", triggerAgent: "sales", qualificationScore: 0.75,
                    costImpactMicroDollars: 900, budgetCheckPassed: false, outcome: .blocked, reason: "120 left", at: noon)), "tier.escalation",
            #"{"budget_check_passed":false,"call_id":"call-1","cost_impact":900,"from_tier":"basic","outcome":"blocked","#
                + #""qualification_score":0.75,"reason":"120 left","to_tier":"standard","trigger_agent":"sales"}"#
        ),
        (
            .workflowComplete(
                WorkflowCompleteNotice(
                    session: "S", workflow: "change_plan", ticket: "S-1", outcome: .handedOff, slots: ["phone", "plan"], at: noon)),
            "workflow.complete", #"{"outcome":"handed_off","slots":["phone","plan"],"ticket":"S-1","workflow":"change_plan"}"#
        ),
    ]

    @Test("what goes out", arguments: notices)
    func wire(notice: CallbackNotice, type: String, data: String) async throws {
        try await WebhookBench.run { bench in
            bench.sender.send(notice)
            let request = await bench.receiver.next()
            let id = try #require(request.headers["x-gateway-delivery"])
            let body = #"{"at":"2026-03-10T12:00:00.000Z","data":\#(data),"id":"\#(id)","subject":"S","type":"\#(type)"}"#
            #expect(String(decoding: request.body, as: UTF8.self) == body)
            #expect(UUID(uuidString: id) != nil)
            #expect((request.method, request.path, request.headers["content-type"]) == ("POST", "/hooks", "application/json"))
            #expect((request.headers["x-gateway-event"], request.headers["x-gateway-timestamp"]) == (type, "1773144000"))
            let signature = WebhookSignature(secret: WebhookBench.secret).header(timestamp: "1773144000", body: Array(body.utf8))
            #expect(request.headers["x-gateway-signature"] == signature)
            await bench.isEmpty()
            #expect((bench.metric("sent_total"), bench.metric("failed_total")) == (1, 0))
        }
    }

    @Test("may do better in a moment: tried again after a second, as the same delivery", arguments: [408, 425, 429, 500, 501, 503])
    func again(status: Int) async throws {
        try await WebhookBench.run(answering: inOrder(HTTPReply(status: status), HTTPReply(status: 200))) { bench in
            bench.send("a", of: "S")
            let first = await bench.receiver.next()
            await bench.pauses(1)
            bench.clock.advance(by: .milliseconds(999))
            #expect(bench.clock.sleeperCount == 1)
            bench.clock.advance(by: .milliseconds(1))
            let second = await bench.receiver.next()
            #expect(second.body == first.body && second.headers["x-gateway-delivery"] == first.headers["x-gateway-delivery"])
            await bench.isEmpty()
            #expect((bench.metric("sent_total"), bench.metric("failed_total")) == (1, 0))
        }
    }

    @Test("final answers are not argued with, and a redirect is not followed", arguments: [300, 301, 302, 307, 308, 400, 401, 404, 410, 413])
    func final(status: Int) async throws {
        try await WebhookBench.run(answering: { request in
            request.path == "/elsewhere" ? HTTPReply(status: 200) : HTTPReply(status: status, headers: ["Location": "/elsewhere"])
        }) { bench in
            bench.send("a", of: "S")
            var failures = bench.failures.makeAsyncIterator()
            let failure = try #require(await failures.next())
            #expect((failure.kind, failure.reason, failure.tries) == (.workflowComplete, "HTTP \(status)", 1))
            #expect((bench.metric("sent_total"), bench.metric("failed_total"), bench.metric("waiting")) == (0, 1, 0))
            #expect(bench.receiver.requests == 1 && bench.clock.sleeperCount == 0)
        }
    }

    @Test("pauses of 1, 2, 4, 8 and 16 s between six tries; then it is given up, and the session's next one goes out")
    func pauses() async throws {
        try await WebhookBench.run(answering: { WebhookBench.name($0) == "S a" ? HTTPReply(status: 500) : HTTPReply(status: 200) }) { bench in
            bench.send("a", of: "S")
            bench.send("b", of: "S")
            for pause in [1, 2, 4, 8, 16] {
                #expect(await bench.nextName() == "S a")
                await bench.pauses(1)
                bench.clock.advance(by: .seconds(pause) - .milliseconds(1))
                #expect(bench.clock.sleeperCount == 1, "\(pause) s")
                bench.clock.advance(by: .milliseconds(1))
            }
            #expect(await bench.nextName() == "S a")
            #expect(await bench.nextName() == "S b")
            var failures = bench.failures.makeAsyncIterator()
            let failure = await failures.next()
            #expect((failure?.reason, failure?.tries) == ("HTTP 500", 6))
            await bench.isEmpty()
            #expect((bench.metric("sent_total"), bench.metric("failed_total")) == (1, 1))
        }
    }

    @Test(
        "Retry-After is obeyed, for a minute at most, and never makes us hastier",
        arguments: [
            ("7", 7), ("3600", 60), ("99999999999999999999", 60), ("0", 1), ("soon", 1), ("-5", 1), ("Tue, 10 Mar 2026 12:00:09 GMT", 9),
            ("Tue, 10 Mar 2026 11:00:00 GMT", 1), ("Wed, 11 Mar 2026 12:00:00 GMT", 60),
        ])
    func retryAfter(field: String, seconds: Int) async throws {
        let reply = HTTPReply(status: 429, headers: ["Retry-After": field])
        try await WebhookBench.run(answering: inOrder(reply, HTTPReply(status: 200))) { bench in
            bench.send("a", of: "S")
            _ = await bench.receiver.next()
            await bench.pauses(1)
            bench.clock.advance(by: .seconds(seconds) - .milliseconds(1))
            #expect(bench.clock.sleeperCount == 1)
            bench.clock.advance(by: .milliseconds(1))
            _ = await bench.receiver.next()
            await bench.isEmpty()
        }
    }

    @Test("a receiver that says nothing is given so long, and asked again")
    func hangs() async throws {
        let silences = PosixMutex(1)
        let silentAtFirst: Receiver.Answering = { _ in
            silences.withLock { left in
                left -= 1
                return left < 0 ? HTTPReply(status: 200) : nil
            }
        }
        try await WebhookBench.run(answering: silentAtFirst, adapting: { $0.timeout = .seconds(1) }) { bench in
            bench.send("a", of: "S")
            _ = await bench.receiver.next()
            await bench.pauses(1)
            bench.clock.advance(by: .seconds(1))
            _ = await bench.receiver.next()
            await bench.isEmpty()
            #expect(bench.metric("sent_total") == 1)
        }
    }

    @Test("a receiver that is not there yet is found once it is")
    func refused() async throws {
        let group = try EventLoopGroup(count: 1)
        var web = WebServer.Configuration()
        web.port = 0
        let before = try await WebServer(web, group: group, routes: Receiver { _ in nil })
        web.port = before.port
        await before.stop()
        let port = web.port
        try await WebhookBench.run(adapting: { $0.url = "http://127.0.0.1:\(port)/" }) { bench in
            bench.send("a", of: "S")
            await bench.pauses(1)
            let receiver = Receiver { _ in HTTPReply(status: 200) }
            let there = try await WebServer(web, group: group, routes: receiver)
            bench.clock.advance(by: .seconds(1))
            #expect(WebhookBench.name(await receiver.next()) == "S a")
            await bench.isEmpty()
            await there.stop()
        }
        await group.stop()
    }

    @Test("an answer with more to it than anybody wants has been given all the same")
    func longAnswer() async throws {
        try await WebhookBench.run(answering: { _ in HTTPReply(String(repeating: "x", count: 400_000)) }) { bench in
            bench.send("a", of: "S")
            await bench.isEmpty()
            #expect(bench.metric("sent_total") == 1)
        }
    }

    @Test("only the kinds that were asked for, read off lifecycle events")
    func kinds() async throws {
        try await WebhookBench.run(adapting: { $0.kinds = [.workflowComplete] }) { bench in
            bench.sender.emit(.init("agent.transition", subject: "S", ["from": "a", "to": "b"]))
            bench.sender.emit(.init("turn.completed", subject: "S"))
            bench.sender.emit(.init("workflow.completed", subject: "S", ["workflow": "w", "ticket": "S-1", "slots": ""]))
            #expect(await bench.nextName() == "S w")
            await bench.isEmpty()
            #expect(bench.receiver.requests == 1)
        }
    }
}
