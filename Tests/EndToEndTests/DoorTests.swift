import Foundation
import GatewayTesting
import MediaGateway
import Testing

/// Who gets in, and who is told why not.
@Suite("The door")
struct DoorTests {
    private static func request(_ gateway: GatewayProcess, _ lines: [String], body: String = "") throws -> String {
        let socket = try RawSocket(port: gateway.port)
        let length = body.isEmpty ? [] : ["Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)"]
        try socket.send((lines + length + ["Connection: close"]).joined(separator: "\r\n") + "\r\n\r\n" + body)
        return String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
    }

    @Test(
        "without a token, what came through a tunnel or proxy is refused with the reason",
        arguments: [
            ["Host: 127.0.0.1", "X-Forwarded-For: 1.2.3.4"], ["Host: 127.0.0.1", "Forwarded: for=1.2.3.4"], ["Host: abc.ngrok.app"],
            ["Host: 127.0.0.1", "Via: 1.1 proxy"], ["Host: 127.0.0.1", "CF-Connecting-IP: 1.2.3.4"],
        ])
    func tunnel(headers: [String]) async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        for path in ["POST /twilio/voice", "GET /health", "GET /metrics"] {
            let answer = try Self.request(gateway, ["\(path) HTTP/1.1"] + headers, body: path.hasPrefix("POST") ? "CallSid=CA1" : "")
            #expect(answer.hasPrefix("HTTP/1.1 403") && answer.contains("TWILIO_AUTH_TOKEN"), "\(path): \(answer)")
        }
        let upgrade = try RawSocket(port: gateway.port).upgrade(
            headers: Dictionary(
                uniqueKeysWithValues: headers.map { line in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
                }))
        #expect(upgrade.hasPrefix("HTTP/1.1 403"), "\(upgrade)")
        #expect(await gateway.stop() == 0)
    }

    @Test("with a token, an unsigned webhook and an unsigned upgrade are refused, signed ones are not")
    func signatures() async throws {
        let token = "0123456789abcdef0123456789abcdef"
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "admission.start_timeout_s=1", "server.public_url=https://voice.example.com"], environment: ["TWILIO_AUTH_TOKEN": token])
        let body = "AccountSid=AC00000000000000000000000000000001&CallSid=CA00000000000000000000000000000001&CallStatus=ringing&From=%2B15550100&To=%2B15550101"
        let line = ["POST /twilio/voice HTTP/1.1", "Host: voice.example.com"]
        #expect(try Self.request(gateway, line, body: body).hasPrefix("HTTP/1.1 403"))
        #expect(try Self.request(gateway, line + ["X-Twilio-Signature: bIE8/sL0L1/eJnTIRBKU7sxo/fF="], body: body).hasPrefix("HTTP/1.1 403"))
        let answer = try Self.request(gateway, line + ["X-Twilio-Signature: bIE8/sL0L1/eJnTIRBKU7sxo/fE="], body: body)
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains(#"<Stream url="wss://voice.example.com/twilio/media">"#), "\(answer)")
        #expect(try RawSocket(port: gateway.port).upgrade().hasPrefix("HTTP/1.1 403"))
        let signature = TwilioSignature.signature(token: Secret(token), url: "wss://voice.example.com/twilio/media")
        #expect(try RawSocket(port: gateway.port).upgrade(headers: ["X-Twilio-Signature": signature]).hasPrefix("HTTP/1.1 101"))
        #expect(await gateway.stop() == 0)
    }

    @Test("a token opens one stream, of its own call, once")
    func streamToken() async throws {
        let token = "0123456789abcdef0123456789abcdef"
        let gateway = try await GatewayProcess(
            ["pipeline.loopback=true", "server.public_url=https://voice.example.com"], environment: ["TWILIO_AUTH_TOKEN": token])
        let body = "AccountSid=AC00000000000000000000000000000001&CallSid=CA00000000000000000000000000000001&CallStatus=ringing&From=%2B15550100&To=%2B15550101"
        let twiml = try Self.request(
            gateway, ["POST /twilio/voice HTTP/1.1", "Host: voice.example.com", "X-Twilio-Signature: bIE8/sL0L1/eJnTIRBKU7sxo/fE="], body: body)
        let streamToken = try #require(twiml.firstMatch(of: /name="token" value="([0-9a-f]+)"/)?.1)
        let signature = TwilioSignature.signature(token: Secret(token), url: "wss://voice.example.com/twilio/media")
        func opens(_ parameters: String) throws -> Bool {
            let socket = try RawSocket(port: gateway.port)
            _ = try socket.upgrade(headers: ["X-Twilio-Signature": signature])
            try socket.sendText(HostileClientTests.start.replacing(#""customParameters":{}"#, with: #""customParameters":{\#(parameters)}"#))
            do { try socket.sendText(HostileClientTests.media) } catch is RawSocket.Failure { return false }
            return socket.receive(until: #""event":"media""#, within: 1_000) != nil
        }
        #expect(try !opens(""))
        #expect(try !opens(#""token":"00000000000000000000000000000000""#))
        #expect(try opens(#""token":"\#(streamToken)""#))
        #expect(try !opens(#""token":"\#(streamToken)""#), "used up")
        #expect(await gateway.stop() == 0)
    }

    @Test("one place: the second caller is told that we are busy, and served when the first has gone")
    func admission() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "admission.max_calls=1", "admission.start_timeout_s=1"])
        func ring(_ sid: String) throws -> String {
            try Self.request(gateway, ["POST /twilio/voice HTTP/1.1", "Host: 127.0.0.1"], body: "CallSid=\(sid)&From=%2B15550100&To=%2B15550101")
        }
        #expect(try ring("CA00000000000000000000000000000001").contains("<Connect>"))
        #expect(try ring("CA00000000000000000000000000000001").contains("<Connect>"), "a carrier's retry keeps its place")
        let busy = try ring("CA00000000000000000000000000000002")
        #expect(busy.contains("<Say>") && busy.contains("busy") && busy.contains("<Hangup/>"))
        _ = try Self.request(
            gateway, ["POST /twilio/status HTTP/1.1", "Host: 127.0.0.1"], body: "CallSid=CA00000000000000000000000000000001&CallStatus=completed")
        #expect(try ring("CA00000000000000000000000000000002").contains("<Connect>"))
        #expect(await gateway.stop() == 0)
    }

    @Test("an address that others can reach needs a token: serve says which key is missing, exit 78")
    func exposed() async throws {
        let run = try await CommandRun.media(["serve", "--set", "server.host=0.0.0.0", "--set", "server.port=0", "--set", "pipeline.loopback=true"])
        #expect(run.status == 78 && run.errors.contains("TWILIO_AUTH_TOKEN") && run.errors.contains("server.host"))
    }
}
