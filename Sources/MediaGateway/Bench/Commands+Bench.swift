import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import SpeechEngines
import WebSocketTransport

extension Commands {
    /// `bench echo`: the media path alone.
    public static func benchEcho(
        _ source: ConfigurationSource, calls: Int, seconds: Int, encoding: String = "twilio", url: String?, pid: Int32?, json: Bool
    ) async throws(CommandFailure) {
        let wire = encoding == "twilio" ? nil : try audioPackets(encoding)
        let terminal = Terminal.standard
        do {
            let server = url == nil ? try await ServerProcess(source, ["pipeline.loopback=true", "admission.max_calls=\(max(calls, 50))"]) : nil
            defer { server?.stop() }
            let address = url ?? "ws://127.0.0.1:\(server?.port ?? 0)/\(wire == nil ? "twilio/media" : "audio")"
            guard let target = CallPlacement.target(address) else { throw CommandFailure("--url = \(address): give ws://HOST:PORT/PATH", exitCode: 2) }
            let measured = server?.pid ?? pid
            let idle = measured.flatMap { ProcessUsage(pid: $0) }
            terminal.progress("\(calls) calls, \(seconds) s of audio each, to \(address) …")
            let loop = try EventLoop(name: "callers"), resolver = try Resolver()
            let results = try await echo(calls, seconds, wire, target, loop, resolver) {
                measured.flatMap { ProcessUsage(pid: $0) }
            }
            await loop.stop()
            resolver.stop()
            let report = EchoReport(calls: calls, seconds: seconds, results: results.calls, idle: idle, before: results.before, after: results.after)
            terminal.line(json ? JSONLine.text(report) : report.table)
            guard report.lost == 0 else {
                throw CommandFailure("\(report.lost) frames were lost: \(Set(results.calls.map(\.ending)).sorted().joined(separator: ", "))")
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    static func echo(
        _ calls: Int, _ seconds: Int, _ wire: (start: String, packets: [[UInt8]])?, _ target: WebSocketClient.Target, _ loop: EventLoop,
        _ resolver: Resolver, _ usage: () -> ProcessUsage?
    ) async throws -> (calls: [EchoCaller.Result], before: ProcessUsage?, after: ProcessUsage?) {
        let voice = (0..<160).map { Int16(6_000 * sin(Double($0) * 0.35) * sin(Double($0) * 0.05)) }
        let (stream, continuation) = AsyncStream.makeStream(of: EchoCaller.Result.self)
        var limits = TransportLimits()
        limits.idle = nil
        let client = WebSocketClient(resolver: resolver, limits: limits)
        // Arrivals of real calls are spread over the frame; connecting one after the other spreads them.
        for _ in 0..<calls {
            _ = try await client.connect(to: target, on: loop) {
                guard let wire else { return EchoCaller(frames: seconds * 50, audio: voice, loop: loop) { continuation.yield($0) } }
                return EchoCaller(frames: seconds * 50, start: wire.start, packets: wire.packets, loop: loop) { continuation.yield($0) }
            }
        }
        let before = usage()
        var results: [EchoCaller.Result] = []
        for await result in stream {
            results.append(result)
            if results.count == calls { break }
        }
        return (results, before, usage())
    }

    /// `bench turns`: whole conversations.
    public static func benchTurns(_ source: ConfigurationSource, calls: Int, rounds: Int, json: Bool) async throws(CommandFailure) {
        let terminal = Terminal.standard
        do {
            let server = try await ServerProcess(source, ["admission.max_calls=\(max(calls, 50))"])
            defer { server.stop() }
            let loop = try EventLoop(name: "callers"), resolver = try Resolver()
            let callers = RecordedCallers(try FliteSynthesizer())
            terminal.progress("recording \(min(calls, BenchScript.scripts.count)) callers …")
            var scripts: [CallerScript] = []
            for (index, script) in BenchScript.scripts.enumerated().prefix(calls) {
                var lines: [CallerScript.Line] = []
                for line in script {
                    lines.append(.init(line, .speak(try await callers.say(line, voice: index % 2 == 0 ? "slt" : "awb", seed: UInt64(index + 1)))))
                }
                scripts.append(CallerScript(lines, reaction: .milliseconds(900), patience: .seconds(20), lineNoise: callers.quietLine))
            }
            let before = ProcessUsage(pid: server.pid), began = ContinuousClock.now
            var reports: [CallReport] = []
            for round in 0..<rounds {
                terminal.progress("round \(round + 1) of \(rounds): \(calls) conversations …")
                reports += try await withThrowingTaskGroup(of: CallReport.self) { [scripts] group in
                    for index in 0..<calls {
                        let script = scripts[index % scripts.count]
                        let placement = CallPlacement(
                            webhook: "http://127.0.0.1:\(server.port)/twilio/voice", from: "+1555010\(index % 10)")
                        group.addTask {
                            // Callers do not phone in chorus.
                            try await Task.sleep(for: .milliseconds(index * 370 % 3_000))
                            return try await placement.place(script, on: loop, resolver: resolver)
                        }
                    }
                    var reports: [CallReport] = []
                    for try await report in group { reports.append(report) }
                    return reports
                }
            }
            let report = TurnsReport(
                calls: calls, rounds: rounds, reports: reports, before: before, after: ProcessUsage(pid: server.pid),
                elapsed: ContinuousClock.now - began)
            await loop.stop()
            resolver.stop()
            terminal.line(json ? JSONLine.text(report) : report.table)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
