import Foundation
import Synchronization

/// A gateway of its own process, so that its processor time and memory are its own.
final class ServerProcess: Sendable {
    let port: Int
    let pid: Int32
    private let process: Mutex<Process>

    /// Starts `serve` with the settings of `source` on a free port, and waits for its first line.
    init(_ source: ConfigurationSource, _ overrides: [String]) async throws(CommandFailure) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let settings = source.overrides + ["server.port=0", "logging.level=error"] + overrides
        process.arguments = ["serve", "--config", source.file] + settings.flatMap { ["--set", $0] }
        let output = Pipe()
        process.standardOutput = output
        do { try process.run() } catch { throw CommandFailure("the gateway's process cannot be started: \(error)") }
        var text = ""
        while !text.contains("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CommandFailure("the gateway did not start; see its message above") }
            text += String(decoding: data, as: UTF8.self)
        }
        guard let port = Int(text.prefix { $0 != "\n" }.split(separator: ":").last ?? "") else { throw CommandFailure("unexpected first line: \(text)") }
        (self.port, pid) = (port, process.processIdentifier)
        self.process = Mutex(process)
    }

    func stop() {
        process.withLock { process in
            process.terminate()
            process.waitUntilExit()
        }
    }
}

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

/// Durations, in order, and what is said of them.
struct Percentiles: Sendable {
    private let sorted: [Duration]
    init(_ durations: [Duration]) { sorted = durations.sorted() }
    var count: Int { sorted.count }
    /// - Parameter share: 0…1; 0.5 is the median. Nearest rank.
    func at(_ share: Double) -> Duration { sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))] }
    var maximum: Duration { sorted.last ?? .zero }
    func count(above limit: Duration) -> Int { sorted.count { $0 > limit } }
}
