import Foundation
import GatewayTesting

/// What `bench echo` found.
struct EchoReport: Encodable {
    var calls: Int, seconds: Int
    var sent: Int, lost: Int
    /// Frames that came back more than 40 ms after they were sent.
    var late: Int
    /// Frames that the bench itself sent late: they say that this machine, not the gateway, was too busy.
    var sentLate: Int
    var delayMedianMs: Double, delayP99Ms: Double, delayMaximumMs: Double
    /// Per call, in percent of one core; absent without a process to measure.
    var cpuPercentPerCall: Double?
    var cpuMicrosecondsPerFrame: Double?
    var memoryKilobytesPerCall: Double?

    init(calls: Int, seconds: Int, results: [EchoCaller.Result], idle: ProcessUsage?, before: ProcessUsage?, after: ProcessUsage?) {
        (self.calls, self.seconds) = (calls, seconds)
        let delays = Percentiles(results.flatMap(\.delays))
        let expected = calls * seconds * 50
        (sent, lost) = (results.reduce(0) { $0 + $1.sent }, expected - delays.count)
        late = delays.count(above: .milliseconds(40))
        sentLate = results.reduce(0) { $0 + $1.sentLate }
        func milliseconds(_ duration: Duration) -> Double { (duration / .milliseconds(1) * 100).rounded() / 100 }
        (delayMedianMs, delayP99Ms, delayMaximumMs) = (milliseconds(delays.at(0.5)), milliseconds(delays.at(0.99)), milliseconds(delays.maximum))
        guard let before, let after, delays.count > 0 else { return }
        let busy = (after.processor - before.processor) / .seconds(1)
        cpuPercentPerCall = busy / Double(seconds) / Double(calls) * 100
        cpuMicrosecondsPerFrame = busy / Double(delays.count) * 1_000_000
        memoryKilobytesPerCall = Double(after.memory - (idle ?? before).memory) / 1024 / Double(calls)
    }

    var table: String {
        var rows = [
            ("calls at once", "\(calls), \(seconds) s each"), ("frames sent", "\(sent), lost \(lost)"),
            ("delay", String(format: "median %.2f ms, p99 %.2f ms, maximum %.2f ms", delayMedianMs, delayP99Ms, delayMaximumMs)),
            ("later than 40 ms", "\(late) (sent late by this bench: \(sentLate))"),
        ]
        if let cpu = cpuPercentPerCall, let frame = cpuMicrosecondsPerFrame, let memory = memoryKilobytesPerCall {
            rows.append(("server CPU", String(format: "%.3f %% of a core per call, %.1f µs per frame", cpu, frame)))
            rows.append(("server memory", String(format: "%.0f KB per call", memory)))
        }
        return rows.map { $0.0.padding(toLength: 18, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }
}
