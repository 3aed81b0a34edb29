import Foundation

/// What `bench chat` found.
struct ChatReport: Encodable {
    var sessions: Int
    /// Resident memory of the gateway for each idle session with its socket.
    var kilobytesPerSession: Double
    var turns: Int, turnsPerSecond: Double, unanswered: Int, errors: Int
    var latencyMedianMs: Double, latencyP95Ms: Double, latencyP99Ms: Double
    /// The calls beside it.
    var echo: EchoReport

    init(sessions: Int, idleBytes: Int, load: ChatLoad.Result, rate: Int, seconds: Int, echo: EchoReport) {
        (self.sessions, self.echo) = (sessions, echo)
        kilobytesPerSession = Double(idleBytes) / 1024 / Double(max(1, sessions))
        let latencies = Percentiles(load.latencies)
        (turns, turnsPerSecond) = (latencies.count, Double(latencies.count) / Double(max(1, seconds)))
        (unanswered, errors) = (load.sent - latencies.count, load.errors)
        func milliseconds(_ duration: Duration) -> Double { (duration / .milliseconds(1) * 100).rounded() / 100 }
        (latencyMedianMs, latencyP95Ms, latencyP99Ms) = (milliseconds(latencies.at(0.5)), milliseconds(latencies.at(0.95)), milliseconds(latencies.at(0.99)))
    }

    var table: String {
        let rows = [
            ("idle sessions", String(format: "%d, %.1f KB each", sessions, kilobytesPerSession)),
            ("chat turns", String(format: "%d, %.0f a second; unanswered %d, errors %d", turns, turnsPerSecond, unanswered, errors)),
            ("answer after", String(format: "median %.2f ms, p95 %.2f ms, p99 %.2f ms", latencyMedianMs, latencyP95Ms, latencyP99Ms)),
        ]
        return rows.map { $0.0.padding(toLength: 18, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n") + "\n" + echo.table
    }
}

/// What `bench soak` found.
struct SoakReport: Encodable {
    struct Step: Encodable {
        var sessions: Int
        var residentMegabytes: Double
        var descriptors: Int, threads: Int

        init(sessions: Int, pid: Int32) {
            self.sessions = sessions
            residentMegabytes = Double(ProcessUsage(pid: pid)?.memory ?? 0) / 1_048_576
            descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
            threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count) ?? 0
        }
    }
    var steps: [Step]

    var table: String {
        steps.map {
            String(format: "after %6d sessions  %7.1f MB resident, %d descriptors, %d threads", $0.sessions, $0.residentMegabytes, $0.descriptors, $0.threads)
        }
        .joined(separator: "\n")
    }
}
