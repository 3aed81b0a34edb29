import Foundation
import Synchronization

/// What a process has used, from `/proc/PID`.
struct ProcessUsage: Sendable {
    /// User and system time.
    var processor: Duration
    /// Resident, in bytes.
    var memory: Int

    /// - Returns: `nil` when there is no such process.
    init?(pid: Int32) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")"),
            let statm = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        else { return nil }
        let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
        let pages = statm.split(separator: " ")
        guard fields.count > 13, let user = Int(fields[11]), let system = Int(fields[12]), pages.count > 1, let resident = Int(pages[1]) else { return nil }
        processor = .milliseconds((user + system) * 1_000 / sysconf(Int32(_SC_CLK_TCK)))
        memory = resident * sysconf(Int32(_SC_PAGESIZE))
    }
}

/// The latest look at a process; a scrape reads it without going to `/proc`.
final class SampledUsage: Sendable {
    private let latest = Mutex<ProcessUsage?>(nil)
    func set(_ usage: ProcessUsage) { latest.withLock { $0 = usage } }
    /// Seconds of processor time.
    var processorSeconds: Double { latest.withLock { $0.map { $0.processor / .seconds(1) } ?? 0 } }
    var residentBytes: Double { latest.withLock { Double($0?.memory ?? 0) } }
}
