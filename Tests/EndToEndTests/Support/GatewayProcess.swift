import Foundation
import Synchronization

/// The real binary, started on a free port with a store of its own.
final class GatewayProcess: Sendable {
    struct StartFailure: Error, CustomStringConvertible { var description: String }

    let port: Int
    let folder: URL
    let pid: Int32
    private let process: Mutex<Process>
    private let output: OutputCollector

    /// Where the package stands, and the binary that `make build` makes.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let binary =
        ProcessInfo.processInfo.environment["GATEWAY_BINARY"].map { URL(filePath: $0) }
        ?? root.appending(path: ".build/release/media-gateway")

    /// Starts `serve` and waits for its first line.
    /// - Parameters:
    ///   - settings: `--set` overrides.
    ///   - environment: added to a clean environment without secrets.
    ///   - folder: where its database goes; a new one unless a restart is tested.
    ///   - errors: where its log goes; collected unless given.
    ///   - configuration: its `gateway.yaml`; the shipped one unless given.
    init(
        _ settings: [String] = [], environment: [String: String] = [:], folder: URL? = nil, errors: FileHandle? = nil, configuration: URL? = nil
    ) async throws {
        let folder = try folder ?? Self.makeFolder()
        let process = Process()
        process.executableURL = Self.binary
        process.currentDirectoryURL = Self.root
        let own = ["server.port=0", "storage.path=\(folder.path)/gateway.sqlite", "logging.level=warning"]
        process.arguments = ["serve"] + (configuration.map { ["--config", $0.path] } ?? []) + (own + settings).flatMap { ["--set", $0] }
        process.environment = Self.environment(environment)
        let output = OutputCollector()
        process.standardOutput = output.standardOutput
        if let errors { process.standardError = errors } else { process.standardError = output.standardError }
        try process.run()
        guard let line = await output.firstLine(within: .seconds(20)), let port = Int(line.split(separator: ":").last ?? "") else {
            process.terminate()
            throw StartFailure(description: "no `listening on` line; the program said: \(output.text)")
        }
        (self.port, self.folder, self.output, pid) = (port, folder, output, process.processIdentifier)
        self.process = Mutex(process)
    }

    deinit { kill(pid, SIGKILL) }

    static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "media-gateway-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func environment(_ extra: [String: String]) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("TWILIO_") && !["GATEWAY_API_KEY", "GATEWAY_ADMIN_KEY"].contains($0.key)
        }
        environment.merge(extra) { $1 }
        return environment
    }

    /// Everything it has printed.
    var printed: String { output.text }
    /// What of that went to standard error: its log.
    var log: String { output.standardErrorText }
    var database: URL { folder.appending(path: "gateway.sqlite") }
    var isRunning: Bool { process.withLock { $0.isRunning } }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the process to end.
    /// - Returns: its exit status; `nil` when the deadline passed, after which it is killed.
    func ended(within limit: Duration) async -> Int32? {
        let gone = await eventually(within: limit) { !self.isRunning }
        guard gone else {
            kill(pid, SIGKILL)
            return nil
        }
        return process.withLock { $0.terminationStatus }
    }

    /// SIGTERM, then its exit status.
    @discardableResult func stop(within limit: Duration = .seconds(15)) async -> Int32? {
        signal(SIGTERM)
        return await ended(within: limit)
    }

    /// Open file descriptors of the process.
    var openDescriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0 }
    /// Its threads.
    var threads: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count) ?? 0 }
}

/// Looks again until a condition holds or the deadline passes: the process under test is another program, so there is no event to await.
func eventually(within limit: Duration, _ condition: @Sendable () async -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if await condition() { return true }
        try? await clock.sleep(for: .milliseconds(20))
    }
    return await condition()
}

/// Collects what a program prints.
final class OutputCollector: Sendable {
    let standardOutput = Pipe(), standardError = Pipe()
    private let collected = Mutex((out: Data(), err: Data()))

    init() {
        standardOutput.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { self?.collected.withLock { $0.out += data } }
        }
        standardError.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { self?.collected.withLock { $0.err += data } }
        }
    }

    var standardOutputText: String { collected.withLock { String(decoding: $0.out, as: UTF8.self) } }
    var standardErrorText: String { collected.withLock { String(decoding: $0.err, as: UTF8.self) } }
    var text: String { collected.withLock { String(decoding: $0.out + $0.err, as: UTF8.self) } }

    func firstLine(within limit: Duration) async -> String? {
        _ = await eventually(within: limit) { self.standardOutputText.contains("\n") }
        return standardOutputText.split(separator: "\n").first.map(String.init)
    }
}
