import Foundation
import Synchronization

/// A gateway of its own process, so that its processor time and memory are its own, and with a store of its own.
final class ServerProcess: Sendable {
    let port: Int
    let pid: Int32
    private let process: Mutex<Process>
    /// Its standard input: it ends when this does, however we end.
    private let leash = Pipe()
    private let folder = FileManager.default.temporaryDirectory.appending(path: "media-gateway-bench-\(UUID().uuidString)")

    /// Starts `serve` with the settings of `source` on a free port, and waits for its first line.
    init(_ source: ConfigurationSource, _ overrides: [String]) async throws(CommandFailure) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let settings = source.overrides + ["server.port=0", "logging.level=error", "storage.path=\(folder.path)/bench.sqlite"] + overrides
        process.arguments = ["serve", "--until-end-of-input", "--config", source.file] + settings.flatMap { ["--set", $0] }
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = leash
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

    /// Ten seconds for a clean end, then it is killed.
    func stop() {
        process.withLock { process in
            process.terminate()
            let deadline = ContinuousClock.now + .seconds(10)
            while process.isRunning, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.02) }
            if process.isRunning { kill(pid, SIGKILL) }
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
