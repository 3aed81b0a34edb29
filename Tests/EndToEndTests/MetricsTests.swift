import Foundation
import Testing

@Suite("GET /metrics of the running gateway, read by Prometheus' own client")
struct MetricsTests {
    static let isValidatorThere = PythonPackage.prometheusClient.install()

    static func judge(_ metrics: String) async throws -> CommandRun {
        try await PythonPackage.prometheusClient.run("scripts/lib/validate_metrics.py", input: metrics)
    }

    static func metrics(_ gateway: GatewayProcess) throws -> String {
        let socket = try RawSocket(port: gateway.port)
        try socket.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        let answer = String(decoding: socket.receiveUntilClosed() ?? [], as: UTF8.self)
        let head = try #require(answer.firstRange(of: "\r\n\r\n"))
        #expect(answer.lowercased().contains("content-type: text/plain; version=0.0.4"))
        return String(answer[head.upperBound...])
    }

    @Test(
        "help, types, units and _total are as its conventions ask, from the first scrape on",
        .enabled(if: isValidatorThere, Comment(rawValue: PythonPackage.prometheusClient.absence)),
        arguments: [["pipeline.loopback=true"]] + (Callers.areModelsThere ? [[]] : []))
    func validates(settings: [String]) async throws {
        let gateway = try await GatewayProcess(settings)
        _ = try RawSocket(port: gateway.port).upgrade()
        let text = try Self.metrics(gateway)
        let verdict = try await Self.judge(text)
        #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)\n\(text)")
        #expect(await gateway.stop() == 0)
    }

    @Test("the validator finds what is wrong", .enabled(if: isValidatorThere, Comment(rawValue: PythonPackage.prometheusClient.absence)))
    func refuses() async throws {
        let gateway = try await GatewayProcess(["pipeline.loopback=true"])
        let text = try Self.metrics(gateway)
        for (sound, broken) in [
            ("# TYPE gateway_late_ticks_total counter", "# TYPE gateway_late_ticks_total gauge"), ("# HELP gateway_calls_active Calls that are live.\n", ""),
            ("gateway_decode_seconds_bucket{le=\"+Inf\"} 0\n", ""), ("gateway_calls_active 0", "gateway_calls_active none"),
        ] {
            #expect(text.contains(sound), "\(sound)")
            #expect(try await Self.judge(text.replacing(sound, with: broken)).status == 1, "\(broken)")
        }
        #expect(await gateway.stop() == 0)
    }
}
