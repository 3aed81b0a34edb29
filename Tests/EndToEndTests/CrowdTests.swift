import EventLoop
import Foundation
import GatewayTesting
import Testing
import WebSocketTransport

/// The same calls twice, first alone, then beside 2,000 sockets, half of them up to no good. In loopback no model is needed to time audio.
@Suite("A crowd", .serialized, .enabled(if: Crowd.raiseDescriptors(to: 3_000), "the system allows too few file descriptors"))
struct CrowdTests {
    static let seconds = 8, calls = 5

    /// What became of some calls.
    struct Timing: CustomStringConvertible {
        var sent = 0, lost = 0, late = 0, median = Duration.zero, worst = Duration.zero
        /// Frames that this process sent late: the machine was busy, whoever it was.
        var sentLate = 0

        init(_ results: [EchoCaller.Result]) {
            let delays = results.flatMap(\.delays).sorted()
            sent = results.reduce(0) { $0 + $1.sent }
            lost = CrowdTests.calls * CrowdTests.seconds * 50 - delays.count
            late = delays.count { $0 > .milliseconds(40) }
            sentLate = results.reduce(0) { $0 + $1.sentLate }
            (median, worst) = (delays.isEmpty ? .zero : delays[delays.count / 2], delays.last ?? .zero)
        }
        var description: String {
            "\(sent) frames, \(lost) lost, \(late) later than 40 ms, \(sentLate) sent late; median \(median / .milliseconds(1)) ms, worst \(worst / .milliseconds(1)) ms"
        }
    }

    static func time(_ gateway: GatewayProcess, _ loop: EventLoop, _ resolver: Resolver) async throws -> Timing {
        let voice = (0..<160).map { Int16(6_000 * sin(Double($0) * 0.35) * sin(Double($0) * 0.05)) }
        let target = WebSocketClient.Target(host: "127.0.0.1", port: UInt16(gateway.port), path: "/twilio/media")
        let (stream, results) = AsyncStream.makeStream(of: EchoCaller.Result.self)
        for _ in 0..<calls {
            _ = try await WebSocketClient(resolver: resolver).connect(to: target, on: loop) {
                EchoCaller(frames: seconds * 50, audio: voice, loop: loop) { results.yield($0) }
            }
        }
        var all: [EchoCaller.Result] = []
        // Each ends by itself, two seconds after its last frame at the latest.
        for await result in stream {
            all.append(result)
            if all.count == calls { break }
        }
        return Timing(all)
    }

    static func health(_ gateway: GatewayProcess) throws -> String {
        let socket = try RawSocket(port: gateway.port)
        try socket.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
    }

    /// A counter of the gateway's, by its name and labels.
    static func count(_ gateway: GatewayProcess, _ name: String) throws -> Int {
        let socket = try RawSocket(port: gateway.port)
        try socket.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        let lines = String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }

    @Test("2,000 sockets, half of them misbehaving: live calls lose nothing, chats are answered, nothing is left over")
    func crowd() async throws {
        // Deadlines that pass within the test. The gateway may not defend itself by turning chats away, which it does when its loops are late.
        let gateway = try await GatewayProcess([
            "pipeline.loopback=true", "admission.max_calls=200", "server.limits.handshake_s=2", "server.limits.slow_reader_s=1",
            "twilio.start_deadline_s=1", "overload.no_new_chats_percent=100", "overload.no_new_calls_percent=100",
        ])
        let loop = try EventLoop(name: "callers"), resolver = try Resolver()
        _ = try Self.health(gateway)
        let alone = try await Self.time(gateway, loop, resolver)
        let descriptors = gateway.openDescriptors, threads = gateway.threads

        let bad = CrowdManner.bad.map { (manner: $0, count: 1_000 / CrowdManner.bad.count + 1) }
        let crowd = Crowd(port: gateway.port, members: bad + [(.idles, 890), (.chats, 100)])
        // Those that reset or leave are between two sockets much of the time.
        #expect(await eventually(within: .seconds(10)) { crowd.report.connected > 1_800 }, "\(crowd.report.connected) connected")
        #expect(await eventually(within: .seconds(5)) { gateway.openDescriptors > descriptors + 1_600 }, "\(gateway.openDescriptors) descriptors")
        let beside = try await Self.time(gateway, loop, resolver)
        #expect(try Self.health(gateway).hasPrefix("HTTP/1.1 200"))
        // A slow machine needs longer to fill the buffers of who does not read.
        _ = await eventually(within: .seconds(20)) {
            let closed = crowd.report.closedByGateway
            return bad.allSatisfy { !$0.manner.mustBeClosed || closed[$0.manner, default: 0] >= $0.count }
        }
        let deafCalls = try Self.count(gateway, #"gateway_websockets_closed_total{cause="slowReader"}"#)
        let deafReaders = try Self.count(gateway, "gateway_streams_dropped_total")
        let report = await crowd.leave()

        print("alone: \(alone)\nbeside the crowd: \(beside)\n\(report)")
        #expect(alone.lost == 0 && beside.lost == 0, "alone: \(alone); beside the crowd: \(beside)")
        // Generous: other programs share the machine, and so do both ends of this test. A caller that cannot send in time hears late, too.
        #expect(beside.late <= 4 * alone.late + beside.sentLate + beside.sent / 40, "alone: \(alone); beside the crowd: \(beside)")
        #expect(beside.median <= alone.median * 4 + .milliseconds(20), "alone: \(alone); beside the crowd: \(beside)")
        #expect(report.asked > 100 && report.answers > report.asked / 2, "\(report.answers) answers to \(report.asked)")
        for (manner, count) in bad {
            #expect(report.connections[manner, default: 0] >= count && (manner == .silent || report.sent[manner, default: 0] >= count), "\(manner)")
            if manner.mustBeClosed { #expect(report.closedByGateway[manner, default: 0] >= count, "\(manner)") }
        }
        #expect(deafCalls >= 1_000 / CrowdManner.bad.count, "\(deafCalls) deaf callers met the slow reader's deadline")
        #expect(deafReaders >= 1_000 / CrowdManner.bad.count, "\(deafReaders) deaf event readers met it")
        #expect(report.closedByGateway[.idles, default: 0] == 0 && report.closedByGateway[.chats, default: 0] == 0, "who behaves may stay")

        let isClean = await eventually(within: .seconds(8)) { gateway.openDescriptors <= descriptors + 4 && gateway.threads <= threads + 4 }
        #expect(isClean, "\(gateway.openDescriptors) descriptors, \(descriptors) before; \(gateway.threads) threads, \(threads) before")
        #expect(try Self.health(gateway).hasPrefix("HTTP/1.1 200") && HostileClientTests.echoes(gateway.port))
        await loop.stop()
        resolver.stop()
        #expect(await gateway.stop() == 0)
    }
}
