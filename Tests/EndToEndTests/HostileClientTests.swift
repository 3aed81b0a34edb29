import EventLoop
import Foundation
import GatewayTesting
import HTTPTransport
import Testing

/// What a broken or hostile peer may send. After each, the same process serves the next call, and nothing is left over.
///
/// In loopback no model is needed: a "call" is a stream whose frames come back.
@Suite("Hostile clients")
struct HostileClientTests {
    static let start =
        #"{"event":"start","sequenceNumber":"1","streamSid":"MZ00000000000000000000000000000001","start":{"accountSid":"AC00000000000000000000000000000001","streamSid":"MZ00000000000000000000000000000001","callSid":"CA00000000000000000000000000000001","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}}}"#
    static let media =
        #"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"\#(String(repeating: "/", count: 213))/w="},"streamSid":"MZ00000000000000000000000000000001"}"#

    /// A frame goes out and comes back.
    static func echoes(_ port: Int) throws -> Bool {
        let socket = try RawSocket(port: port)
        _ = try socket.upgrade()
        try socket.sendText(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        try socket.sendText(start)
        try socket.sendText(media)
        return socket.receive(until: #""event":"media""#) != nil
    }

    enum Garbage: String, CaseIterable, Sendable {
        case truncatedJSON, wrongTypes, binary, arrayBomb, mediaBeforeStart, twoStarts, badBase64, unknownEvent, emptyText, hugeNumbers, invalidUTF8
        case reservedOpcode, unmasked, hugeLength

        func send(_ socket: RawSocket) throws {
            switch self {
            case .truncatedJSON: try socket.sendText(String(HostileClientTests.start.prefix(100)))
            case .wrongTypes: try socket.sendText(#"{"event":"start","start":[1,2,3],"streamSid":7}"#)
            case .binary: try socket.send(RawSocket.frame([0, 1, 2, 255], opcode: 2))
            case .arrayBomb: try socket.sendText(String(repeating: "[", count: 60_000))
            case .mediaBeforeStart: try socket.sendText(HostileClientTests.media)
            case .twoStarts:
                try socket.sendText(HostileClientTests.start)
                try socket.sendText(HostileClientTests.start)
            case .badBase64:
                try socket.sendText(HostileClientTests.start)
                try socket.sendText(HostileClientTests.media.replacing("/w=", with: "???"))
            case .unknownEvent: try socket.sendText(#"{"event":"from_the_future","streamSid":"MZ1","new":{"a":[1,{"b":null}]}}"#)
            case .emptyText: try socket.sendText("")
            case .hugeNumbers: try socket.sendText(#"{"event":"media","sequenceNumber":1e999999,"media":{"timestamp":-99999999999999999999999}}"#)
            case .invalidUTF8: try socket.send(RawSocket.frame([0xC3, 0x28, 0xFF, 0xFE]))
            case .reservedOpcode: try socket.send(RawSocket.frame([1, 2, 3], opcode: 11))
            case .unmasked: try socket.send([0x81, 0x02, 0x68, 0x69])
            case .hugeLength: try socket.send([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4])
            }
        }
    }

    @Test("garbage of every kind, then a call that works")
    func garbage() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let before = gateway.openDescriptors
        for kind in Garbage.allCases {
            do {
                let socket = try RawSocket(port: gateway.port)
                _ = try socket.upgrade()
                try kind.send(socket)
                try socket.sendText(#"{"event":"connected"}"#)
                _ = socket.receive(within: 200)
            } catch is RawSocket.Failure {
                // The gateway may close at once: that is an answer too.
            }
            #expect(try Self.echoes(gateway.port), "after \(kind)")
        }
        #expect(await eventually(within: .seconds(5)) { gateway.openDescriptors <= before + 1 }, "\(gateway.openDescriptors), \(before) before")
        #expect(await gateway.stop() == 0)
    }

    @Test("a message of 10 MB is cut off, whole or in pieces")
    func tenMegabytes() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        for pieces in [1, 160] {
            let socket = try RawSocket(port: gateway.port)
            _ = try socket.upgrade()
            let payload = [UInt8](repeating: 0x61, count: 10_000_000 / pieces)
            do {
                for piece in 0..<pieces {
                    try socket.send(RawSocket.frame(payload, opcode: piece == 0 ? 1 : 0, isFinal: piece == pieces - 1))
                }
            } catch is RawSocket.Failure {
                // Closed while we were still sending.
            }
            #expect(socket.receiveUntilClosed(within: 5_000) != nil, "\(pieces) pieces")
            #expect(try Self.echoes(gateway.port))
        }
        #expect(await gateway.stop() == 0)
    }

    @Test("a socket that breaks off at any byte of a call leaves nothing")
    func breaksOff() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "admission.max_calls=2"])
        let before = gateway.openDescriptors
        let handshake =
            "GET /twilio/media HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        let whole = Array(handshake.utf8) + RawSocket.frame(Array(Self.start.utf8)) + RawSocket.frame(Array(Self.media.utf8))
        for length in stride(from: 1, to: whole.count, by: 37) {
            let socket = try RawSocket(port: gateway.port)
            try socket.send(Array(whole.prefix(length)))
        }
        #expect(await eventually(within: .seconds(5)) { gateway.openDescriptors <= before + 1 }, "\(gateway.openDescriptors), \(before) before")
        // With places for two calls only, a leaked one would show here.
        let echoed = await eventually(within: .seconds(5)) { (try? Self.echoes(gateway.port)) == true }
        #expect(echoed)
        #expect(await gateway.stop() == 0)
    }

    @Test(
        "HTTP that is none gets an answer or a closed socket",
        arguments: [
            "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /twilio/voice HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n",
            "GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        ])
    func badRequests(request: String) async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "server.limits.handshake_s=1"])
        let socket = try RawSocket(port: gateway.port)
        try socket.send(request)
        let answer = socket.receiveUntilClosed(within: 5_000)
        #expect(answer != nil)
        #expect(!String(decoding: answer ?? [], as: UTF8.self).contains("root:"))
        #expect(try Self.echoes(gateway.port))
        #expect(await gateway.stop() == 0)
    }

    @Test("a stream that never starts is closed by deadline")
    func neverStarts() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true", "twilio.start_deadline_s=0.5"])
        let socket = try RawSocket(port: gateway.port)
        _ = try socket.upgrade()
        #expect(socket.receiveUntilClosed(within: 5_000) != nil)
        #expect(await gateway.stop() == 0)
    }
}
