import Foundation
import GatewayTesting
import LanguageModels
import Orchestrator
import Testing
import WebSocketTransport
import WireJSON

@Suite("agent.remote: a turn is posted, and its answer read as server-sent events or as one JSON document", .timeLimit(.minutes(1)))
struct RemoteAgentTests {
    @Test("what is sent: the turn with what was heard before, under its own key, the token in its field only")
    func request() async throws {
        try await ModelBench.runRemote { bench in
            var turn = RemoteTurn(session: "CA1\r\nX: y", generation: 7, channel: .voice, agent: "desk", text: "say \"1\"", confidence: 0.5)
            turn.isKeypad = true
            turn.facts = [Fact(key: "caller_phone", value: "+15550101", source: "carrier")]
            turn.history = [Exchange(user: "hi", reply: "Hello there.", heard: "Hello")]
            _ = await RemoteHeard(bench.remote(), turn, within: .milliseconds(1_500))
            let request = try #require(bench.server.received.first).request
            #expect(request.method == "POST" && request.path == "/turn")
            #expect(request.headers["accept"] == "text/event-stream" && request.headers["content-type"] == "application/json")
            #expect(request.headers["authorization"] == "Bearer sk-test-1234" && request.headers["idempotency-key"] == "CA1__X:_y/7")
            let expected = #"""
                {"agent":"desk","channel":"voice","confidence":0.5,"deadline_ms":1500,
                 "facts":[{"key":"caller_phone","source":"carrier","value":"+15550101"}],"generation":7,
                 "history":[{"heard":"Hello","reply":"Hello there.","user":"hi"}],"keypad":true,"session_id":"CA1\r\nX: y","text":"say \"1\""}
                """#
            #expect(try BoundedJSON(request.body.span) == BoundedJSON(Array(expected.utf8).span))
        }
    }

    @Test("of a long past the latest is told, as far as 128 KiB hold it")
    func longPast() async throws {
        try await ModelBench.runRemote { bench in
            var turn = RemoteTurn.hello
            turn.history = (0..<5).map { Exchange(user: "\($0)", reply: String(repeating: "x", count: 20_000), heard: String(repeating: "x", count: 20_000)) }
            _ = await RemoteHeard(bench.remote(), turn)
            let body = try #require(bench.server.received.first).request.body
            guard case .array(let past)? = try BoundedJSON(body.span)["history"] else { throw CancellationError() }
            #expect(past.map { $0["user"]?.text } == ["2", "3", "4"])
        }
    }

    private static let all: [(name: String, json: String, event: RemoteEvent?)] = [
        ("transition", #"{"to":"billing-2.a_B","reason":"a bill"}"#, .transition(to: "billing-2.a_B", reason: "a bill")),
        ("text", #"{"text":"Héllo 😀\n"}"#, .text("Héllo 😀\n")), ("text", #"{"text":""}"#, nil),
        ("progress", #"{"tool":"crm.find","percent":0,"text":"Looking"}"#, .progress(tool: "crm.find", percent: 0, text: "Looking")),
        ("progress", #"{"tool":"crm","text":""}"#, .progress(tool: "crm", percent: nil, text: "")),
        ("progress", #"{"tool":"crm","percent":100,"text":"","more":[1]}"#, .progress(tool: "crm", percent: 100, text: "")),
        ("mood", "no JSON at all", nil), ("message", "{}", nil), ("text", #"{"text":"Bye."}"#, .text("Bye.")),
        ("handoff", #"{"reason":""}"#, .handoff(reason: "")), ("end", #"{"reason":"done"}"#, .end(reason: "done")),
    ]

    @Test(
        "each event comes as what it is, in order; what nobody knows is passed over",
        arguments: [ModelScript.Behaviour.answer, .answerByByte, .answerAndStall])
    func events(_ behaviour: ModelScript.Behaviour) async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(RemoteAgentServer.script(behaviour, Self.all.map { RemoteAgentServer.event($0.name, $0.json) }))
            let heard = try await LanguageModelsTests.within(.seconds(5)) { await RemoteHeard(bench.remote()) }
            #expect(heard.error == nil && heard.events == Self.all.compactMap(\.event))
        }
    }

    @Test(
        "one JSON document will do",
        arguments: [
            (#"{"text":"Hello."}"#, [.text("Hello.")]), (#"{"text":null,"handoff":{"reason":"asked"}}"#, [.handoff(reason: "asked")]),
            (
                #"{"end":{"reason":"bye"},"text":"Bye.","transition":{"to":"b","reason":"r"},"more":1}"#,
                [.transition(to: "b", reason: "r"), .text("Bye."), .end(reason: "bye")]
            ),
        ] as [(String, [RemoteEvent])])
    func document(json: String, events: [RemoteEvent]) async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(ModelScript(.refuse(200, [("Content-Type", "Application/JSON; charset=utf-8")], body: json)))
            let heard = await RemoteHeard(bench.remote())
            #expect(heard.error == nil && heard.events == events)
        }
    }

    @Test("words arrive while the rest is still to be said; turns after each other share a connection")
    func early() async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(RemoteAgentServer.script(), RemoteAgentServer.script(.stallAfter(1)))
            let agent = bench.remote()
            #expect(await RemoteHeard(agent).text == "Hello, caller.")
            var events = try await agent.respond(to: .hello, within: .seconds(10)).makeAsyncIterator()
            #expect(try await events.next() == .text("Hello, "))
            #expect(bench.server.counts.openStreams == 1 && bench.server.acceptedSockets == 1)
        }
    }

    @Test("all of an answer has its time, however often it speaks; heart-beats are no events")
    func bounds() async throws {
        try await ModelBench.runRemote { bench in
            let words = Array(repeating: RemoteAgentServer.text("x"), count: 1_000)
            bench.server.play(RemoteAgentServer.script(.answer, words, delay: .milliseconds(20)))
            let talker = await RemoteHeard(bench.remote(total: .milliseconds(300)))
            #expect(talker.error?.code == .timedOut && !talker.text.isEmpty)

            let beats = Array(repeating: ": beat\n\n" + RemoteAgentServer.event("beat", "{}"), count: 1_000)
            bench.server.play(RemoteAgentServer.script(.answer, words.prefix(1) + beats, delay: .milliseconds(20)))
            let silent = try await LanguageModelsTests.within(.seconds(5)) { await RemoteHeard(bench.remote(betweenEvents: .milliseconds(300))) }
            #expect(silent.error?.code == .timedOut && silent.text == "x")
        }
    }

    @Test("cancellation, and letting the answer go, reach the socket within a second", arguments: [true, false])
    func cancellation(cancels: Bool) async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(RemoteAgentServer.script(.stallAfter(1)))
            let agent = bench.remote(), server = bench.server
            if cancels {
                let reading = Task { await RemoteHeard(agent) }
                await server.reached { $0.openStreams == 1 }
                reading.cancel()
                _ = await reading.value
            } else {
                var events = try await agent.respond(to: .hello, within: .seconds(10)).makeAsyncIterator()
                #expect(try await events.next() == .text("Hello, "))
            }
            try await LanguageModelsTests.within(.seconds(1)) { await server.reached { $0.openStreams == 0 } }
        }
    }

    @Test("cancelled before there is an answer, it says so")
    func cancelledEarly() async throws {
        try await ModelBench.runRemote { bench in
            bench.server.play(RemoteAgentServer.script(.stallBeforeHead))
            let agent = bench.remote()
            let reading = Task { await RemoteHeard(agent).error }
            await bench.server.reached { $0.silentRequests == 1 }
            reading.cancel()
            #expect(await reading.value?.code == .cancelled)
        }
    }
}
