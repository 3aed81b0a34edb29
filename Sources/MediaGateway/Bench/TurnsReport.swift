import Foundation
import GatewayTesting

/// What `bench turns` found.
struct TurnsReport: Encodable {
    var calls: Int, rounds: Int
    var turns: Int
    /// Lines that got no answer.
    var unanswered: Int
    /// Last voiced frame sent to first audible frame received, at the caller.
    var latencyMedianMs: Int, latencyP95Ms: Int, latencyMaximumMs: Int
    var frames: Int, lateFrames: Int
    /// Of all the time of all calls, how much the caller spoke.
    var callerTalkPercent: Double
    var cpuPercentPerCall: Double?
    var memoryMegabytes: Double?

    init(calls: Int, rounds: Int, reports: [CallReport], before: ProcessUsage?, after: ProcessUsage?, elapsed: Duration) {
        (self.calls, self.rounds) = (calls, rounds)
        let exchanges = reports.flatMap(\.exchanges)
        let waits = Percentiles(exchanges.compactMap(\.latency))
        (turns, unanswered) = (waits.count, exchanges.count - waits.count)
        (latencyMedianMs, latencyP95Ms) = (waits.at(0.5).wholeMilliseconds, waits.at(0.95).wholeMilliseconds)
        latencyMaximumMs = waits.maximum.wholeMilliseconds
        (frames, lateFrames) = (reports.reduce(0) { $0 + $1.framesReceived }, reports.reduce(0) { $0 + $1.lateFrames })
        let samples = reports.reduce(0) { $0 + $1.callerTrack.count }
        let spoken = reports.reduce(0) { total, report in
            total
                + stride(from: 0, to: report.callerTrack.count - 159, by: 160).reduce(0) { count, start in
                    count + (report.callerTrack[start..<start + 160].contains { abs(Int($0)) > 600 } ? 160 : 0)
                }
        }
        callerTalkPercent = samples == 0 ? 0 : Double(spoken) / Double(samples) * 100
        guard let before, let after else { return }
        cpuPercentPerCall = (after.processor - before.processor) / elapsed / Double(calls) * 100
        memoryMegabytes = Double(after.memory) / 1_048_576
    }

    var table: String {
        var rows = [
            ("conversations", "\(calls) at once, \(rounds) rounds, callers speaking \(Int(callerTalkPercent)) % of the time"),
            ("turns", "\(turns), unanswered \(unanswered)"),
            ("caller waits", "median \(latencyMedianMs) ms, p95 \(latencyP95Ms) ms, maximum \(latencyMaximumMs) ms"),
            ("outbound frames", "\(frames), more than 40 ms late: \(lateFrames)"),
        ]
        if let cpu = cpuPercentPerCall, let memory = memoryMegabytes {
            rows.append(("server", String(format: "%.1f %% of a core per call, %.0f MB resident", cpu, memory)))
        }
        return rows.map { $0.0.padding(toLength: 18, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }
}
