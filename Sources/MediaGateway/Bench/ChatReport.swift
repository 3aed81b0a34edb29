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

/// What `bench soak` found, and whether that is as it should be.
struct SoakReport: Encodable {
    /// What the gateway says that it holds.
    struct Holdings: Encodable {
        var sockets: Int, chatSockets: Int, sessions: Int

        /// - Parameter metrics: what `GET /metrics` answers; whoever asks holds a socket, too.
        init(metrics: String) {
            let lines = metrics.split(separator: "\n").map { $0.split(separator: " ") }
            func value(_ name: String) -> Int { Int(lines.first { $0.count == 2 && $0[0] == name }.flatMap { Double($0[1]) } ?? 0) }
            (sockets, chatSockets) = (value("gateway_sockets_open"), value("gateway_chat_sockets_open"))
            sessions = value("gateway_chat_sessions")
        }

        func isWithin(_ other: Holdings) -> Bool {
            sockets <= other.sockets && chatSockets <= other.chatSockets && sessions <= other.sessions
        }
    }
    struct Step: Encodable {
        var sessions: Int
        var residentMegabytes: Double
        var descriptors: Int, threads: Int
        var holdings: Holdings

        init(sessions: Int, residentMegabytes: Double, descriptors: Int, threads: Int, holdings: Holdings) {
            (self.sessions, self.residentMegabytes, self.descriptors, self.threads) = (sessions, residentMegabytes, descriptors, threads)
            self.holdings = holdings
        }

        init(sessions: Int, pid: Int32, holdings: Holdings) {
            (self.sessions, self.holdings) = (sessions, holdings)
            residentMegabytes = Double(ProcessUsage(pid: pid)?.memory ?? 0) / 1_048_576
            descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
            threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count) ?? 0
        }
    }
    /// Before the first session.
    var before: Holdings
    var steps: [Step]
    var unanswered: Int
    /// What should not be; a sentence each.
    var problems: [String]

    /// Sessions until pools and caches are warm: what is used from then on should stay.
    static let warmUp = 1_000
    /// Threads and descriptors that come and go: of worker pools, of the store's readers.
    static let spare = 4
    /// What memory may grow by after the first step: by this share, and by what the store's caches take while they fill.
    static let memoryShare = 0.05, memoryMegabytes = 24.0

    /// After how many sessions there is a look: when all is warm, and five times in all.
    static func looks(_ sessions: Int) -> [Int] {
        let fifths = (1...5).map { sessions / 5 * $0 }
        return warmUp < fifths[0] ? [warmUp] + fifths : fifths
    }

    init(before: Holdings, steps: [Step], unanswered: Int) {
        (self.before, self.steps, self.unanswered) = (before, steps, unanswered)
        problems = []
        guard let warm = steps.first, let last = steps.last else { return }
        check("sockets", last.holdings.sockets, atMost: before.sockets)
        check("chat sockets", last.holdings.chatSockets, atMost: before.chatSockets)
        check("sessions in memory", last.holdings.sessions, atMost: before.sessions)
        check("descriptors", last.descriptors, atMost: warm.descriptors + Self.spare)
        check("threads", last.threads, atMost: warm.threads + Self.spare)
        check("unanswered messages", unanswered, atMost: 0)
        let most = warm.residentMegabytes * (1 + Self.memoryShare) + Self.memoryMegabytes
        if last.residentMegabytes > most {
            problems.append(String(format: "%.1f MB resident at the end, at most %.1f expected", last.residentMegabytes, most))
        }
    }

    private mutating func check(_ what: String, _ count: Int, atMost most: Int) {
        if count > most { problems.append("\(count) \(what) at the end, at most \(most) expected") }
    }

    var table: String {
        let rows = steps.map {
            String(format: "after %6d sessions  %7.1f MB resident, %d descriptors, %d threads", $0.sessions, $0.residentMegabytes, $0.descriptors, $0.threads)
        }
        let bound = String(format: "memory may grow by %.0f %% and %.0f MB after the first look", Self.memoryShare * 100, Self.memoryMegabytes)
        let verdict = problems.isEmpty ? "passed: nothing is left over (\(bound))" : "FAILED: \(problems.joined(separator: "; "))"
        return (rows + [verdict]).joined(separator: "\n")
    }
}
