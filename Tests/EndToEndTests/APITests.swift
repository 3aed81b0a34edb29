import Foundation
import HTTPTransport
import Testing
import TextChannel
import WebSocketTransport
import WireJSON

@Suite("The HTTP API over the real binary", .enabled(if: Callers.areModelsThere))
struct APITests {
    @Test("a session is opened, spoken with, read, scored and ended")
    func session() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let opened = try await client.request("POST", "/v1/sessions", #"{"user_id":"u-7"}"#)
        #expect(opened.status == 201 && opened["greeting"]?.contains("Northwind") == true)
        let id = try #require(opened["session_id"])
        #expect(opened.headers["location"] == "/v1/sessions/\(id)")

        let answer = try await client.request("POST", "/v1/sessions/\(id)/messages", #"{"text":"how much data is left","trace_id":"my-trace"}"#)
        #expect(answer.status == 200)
        #expect((answer["message_id"], answer["intent"], answer["trace_id"], answer["session_id"]) == ("m1", "check_usage", "my-trace", id))
        #expect(try await client.request("POST", "/v1/sessions/\(id)/feedback", #"{"message_id":"m1","score":1}"#).status == 204)

        let read = try await client.request("GET", "/v1/sessions/\(id)")
        #expect((read["state"], read["user_id"], read["workflow"], read["last_decision", "intent"]) == ("open", "u-7", "data_balance", "check_usage"))
        #expect(read["expecting", "name"] == "phone")
        guard case .array(let messages) = read.json["messages"] else { throw GatewayProcess.StartFailure(description: "no messages: \(read.text)") }
        #expect(messages.contains { $0["trace_id"] == .string("my-trace") })

        #expect(try await client.request("DELETE", "/v1/sessions/\(id)").status == 204)
        #expect(try await client.request("GET", "/v1/sessions/\(id)")["state"] == "ended")
        #expect(try await client.request("POST", "/v1/sessions/\(id)/messages", #"{"text":"hi"}"#).status == 410)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("server-sent events: the pieces, then the whole, then the end")
    func events() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let id = try #require(try await client.request("POST", "/v1/sessions")["session_id"])
        let stream = try await client.request(
            "POST", "/v1/sessions/\(id)/messages", #"{"text":"how much data is left"}"#, headers: [("Accept", "text/event-stream")])
        #expect(stream.headers["content-type"] == "text/event-stream")
        let names = stream.text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { $0.dropFirst(7) }
        #expect(names.first == "agent" && names.last == "message" && names.contains("delta"), "\(names)")
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a person: requested by the client, taken by the operator, or by nobody")
    func handoff() async throws {
        let gateway = try await GatewayProcess(["handoff.patience_s=1"])
        let client = try Client(gateway)
        func open() async throws -> String { try #require(try await client.request("POST", "/v1/sessions")["session_id"]) }
        let taken = try await open(), left = try await open()
        let requested = try await client.request("POST", "/v1/sessions/\(taken)/handoff", #"{"reason":"angry"}"#)
        #expect(requested.status == 202 && requested["state"] == "queued" && requested["summary"] == "Handed over: angry.")
        #expect(try await client.request("GET", "/v1/sessions/\(taken)")["state"] == "handed_off")
        #expect(try await client.request("POST", "/v1/sessions/\(taken)/handoff", #"{"state":"connected"}"#)["state"] == "connected")
        #expect(try await client.request("POST", "/v1/sessions/\(taken)/handoff", #"{"state":"declined"}"#).status == 409)
        #expect(try await client.request("POST", "/v1/sessions/\(taken)/handoff", #"{"state":"ended"}"#)["state"] == "ended")

        _ = try await client.request("POST", "/v1/sessions/\(left)/handoff")
        let isBack = await eventually(within: .seconds(10)) {
            (try? await client.request("GET", "/v1/sessions/\(left)"))?["handoff", "state"] == "timed_out"
        }
        #expect(isBack)
        #expect(try await client.request("GET", "/v1/sessions/\(left)")["state"] == "open")
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test(
        "errors say what was expected",
        arguments: [
            ("GET", "/v1/sessions/none", "", 404, "unknown_session"), ("POST", "/v1/sessions/none/messages", #"{"text":"x"}"#, 404, "unknown_session"),
            ("POST", "/v1/sessions", "{", 400, "bad_request"), ("POST", "/v1/sessions", #"{"user_id":7}"#, 400, "bad_request"),
            ("POST", "/v1/sessions", "[]", 400, "bad_request"), ("PATCH", "/v1/sessions", "", 405, "method_not_allowed"),
            ("GET", "/v1/nothing", "", 404, "not_found"), ("GET", "/v1/calls/none", "", 404, "unknown_call"),
            ("GET", "/v1/calls?limit=0", "", 400, "bad_request"), ("GET", "/v1/calls?state=odd", "", 400, "bad_request"),
            ("PUT", "/v1/switches/none", "true", 404, "unknown_switch"), ("PUT", "/v1/switches/agent.enabled", #"{"enabled":1}"#, 400, "bad_request"),
        ])
    func errors(_ method: String, _ path: String, _ body: String, _ status: Int, _ code: String) async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let answer = try await client.request(method, path, body)
        #expect((answer.status, answer["error", "code"]) == (status, code), "\(answer.text)")
        #expect(answer["error", "message"]?.isEmpty == false)
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("a switch turns while the gateway runs: calls and chats are refused, an event says so, and it turns back")
    func switches() async throws {
        let gateway = try await GatewayProcess()
        let client = try Client(gateway)
        let stream = try await client.http.stream(.init(url: "http://127.0.0.1:\(gateway.port)/v1/events?name=switch"), timeout: .seconds(30))
        let id = try #require(try await client.request("POST", "/v1/sessions")["session_id"])
        #expect(try await client.request("PUT", "/v1/switches/agent.enabled", #"{"enabled":false}"#)["enabled"] == "false")
        #expect(try await client.request("POST", "/v1/sessions")["error", "code"] == "agent_disabled")
        #expect(try await client.request("POST", "/v1/sessions/\(id)/messages", #"{"text":"hi"}"#)["error", "code"] == "agent_disabled")
        let twiml = try await client.request("POST", "/twilio/voice", "CallSid=CA1&From=%2B15550101&To=%2B15550199")
        #expect(twiml.text.contains("not available") && twiml.text.contains("<Hangup/>"))
        #expect(try await client.request("PUT", "/v1/switches/agent.enabled", "true")["enabled"] == "true")
        #expect(try await client.request("POST", "/v1/sessions/\(id)/messages", #"{"text":"hi"}"#).status == 200)
        var text = ""
        for try await piece in stream.body {
            text += String(decoding: piece, as: UTF8.self)
            if text.components(separatedBy: "event: switch.changed").count == 3 { break }
        }
        #expect(text.contains(#""name":"agent.enabled""#))
        await client.end()
        #expect(await gateway.stop() == 0)
    }

    @Test("with keys configured, clients bring theirs, and only an administrator turns switches")
    func keys() async throws {
        let gateway = try await GatewayProcess(environment: ["GATEWAY_API_KEY": "client-key", "GATEWAY_ADMIN_KEY": "admin-key"])
        let client = try Client(gateway)
        func bearer(_ key: String) -> [(String, String)] { [("Authorization", "Bearer \(key)")] }
        #expect(try await client.request("POST", "/v1/sessions").status == 401)
        #expect(try await client.request("POST", "/v1/sessions", headers: bearer("wrong")).status == 401)
        #expect(try await client.request("POST", "/v1/sessions", headers: bearer("client-key")).status == 201)
        #expect(try await client.request("PUT", "/v1/switches/budget.check", "false", headers: bearer("client-key")).status == 401)
        #expect(try await client.request("PUT", "/v1/switches/budget.check", "false", headers: bearer("admin-key")).status == 200)
        await #expect(throws: (any Error).self) { try await client.chat() }
        let line = try await client.chat(headers: ["Authorization": "Bearer client-key"])
        #expect(await line.session() != nil)
        await client.end()
        #expect(await gateway.stop() == 0)
    }
}

@Suite("Whatever goes wrong is told in JSON, also by the transport; carriers get a sentence")
struct TurnedAwayTests {
    @Test(
        "a body that is too long, a broken chunk, a head that is none",
        arguments: [
            ("POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\n\r\n", 413, "too_long"),
            ("POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "bad_request"),
            ("GET /v1/sessions/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n", 400, "bad_request"),
            ("POST /twilio/voice HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\n\r\n", 413, nil),
        ] as [(String, Int, String?)])
    func told(request: String, status: Int, code: String?) async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let socket = try RawSocket(port: gateway.port)
        try socket.send(request)
        let answer = String(decoding: try #require(socket.receiveUntilClosed(within: 5_000)), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        let type = code == nil ? "content-type: text/plain" : "content-type: application/json"
        #expect(answer.lowercased().contains(type), "\(answer)")
        if let code { #expect(answer.contains("{\"error\":{\"code\":\"\(code)\",\"message\":"), "\(answer)") }
        #expect(await gateway.stop() == 0)
    }
}
