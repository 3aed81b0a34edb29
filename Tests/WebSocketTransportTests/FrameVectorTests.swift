import Foundation
import Testing
import WebSocketTransport

@Suite(
    "Frames of another implementation's tests, against the server over a raw socket",
    .enabled(if: Vectors.file("text/ws_frames.json") != nil, Comment(rawValue: Vectors.absence)))
struct FrameVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        /// FIN, the reserved bits and the opcode.
        var first: UInt8
        var payload: [UInt8]
        var limit: Int?
        var isSound: Bool, isTooBig: Bool
        var testDescription: String { name }
    }

    /// The vectors whose one frame a client may send; each is masked, since a server takes no others.
    static let vectors: [Vector] = {
        guard let file = Vectors.file("text/ws_frames.json"), let data = try? Data(contentsOf: file),
            let root = try? JSONSerialization.jsonObject(with: data) as? [String: Any], let frames = root["frames"] as? [[String: Any]]
        else { return [] }
        return frames.compactMap { frame in
            guard let name = frame["name"] as? String, let hex = frame["hex"] as? String, let expect = frame["expect"] as? String,
                !name.contains("client"), frame["frame_level_only"] == nil
            else { return nil }
            var payload = (frame["payload_hex"] as? String).map(Vectors.bytes) ?? []
            if let rep = frame["rep"] as? [Any], let byte = rep[0] as? String, let count = rep[1] as? Int {
                payload = [UInt8](repeating: Vectors.bytes(hex: byte)[0], count: count)
            }
            return Vector(
                name: name, first: Vectors.bytes(hex: hex)[0], payload: payload, limit: frame["max_size"] as? Int, isSound: expect == "ok",
                isTooBig: expect == "too_big")
        }
    }()

    @Test("sound frames come back, broken ones end their connection with the code for it", arguments: vectors)
    func judges(vector: Vector) async throws {
        var limits = TransportLimits()
        if let limit = vector.limit { limits.maximumMessageBytes = limit }
        try await EchoServer.run(limits) { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            var frame = RawPeer.frame(vector.first & 0x0F, vector.payload)
            frame[0] = vector.first
            await peer.write(frame)
            let answer = try await peer.readFrame()
            if vector.isSound {
                let isPing = vector.first & 0x0F == 9
                #expect(answer == RawPeer.Frame(opcode: isPing ? 10 : vector.first & 0x0F, isFinal: true, payload: vector.payload))
            } else {
                #expect(answer.closeCode == (vector.isTooBig ? 1009 : 1002))
                #expect(await peer.readsEnd())
            }
        }
    }

    /// Sends one frame and tells whether the connection ended without a message.
    private func isRefused(_ frame: [UInt8]) async throws -> Bool {
        try await EchoServer.run { server in
            let peer = try RawPeer(port: server.port)
            try await peer.openWebSocket()
            await peer.write(frame + RawPeer.frame(8, [0x03, 0xE8]))
            let isClosed = await peer.readsEnd()
            return isClosed && server.counters.messagesIn == 0
        }
    }

    @Test("a frame that continues nothing is a protocol error (RFC 6455, 5.4)")
    func continuation() async throws { #expect(try await isRefused([0x80, 0x80, 0, 0, 0, 0])) }

    @Test("a client's frame that is not masked is a protocol error (RFC 6455, 5.1)")
    func unmasked() async throws {
        let isRefused = try await isRefused([0x81, 0x01, 0x61])
        withKnownIssue("libwebsockets 4.1 reads it all the same, and tells nobody whether a frame was masked") { #expect(isRefused) }
    }

    @Test("every vector is there")
    func count() { #expect(Self.vectors.count >= 9 && Self.vectors.contains { $0.isTooBig }) }
}
