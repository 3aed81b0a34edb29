import Foundation
import Logging
import Synchronization
import WireJSON

/// The gateway's log: to standard error, a line an event, as text or as JSON. Whoever logs formats the line and hands it over; it is
/// written elsewhere (``LogWriter``), so that a reader who is slow or gone holds nobody up.
enum GatewayLog {
    private static let writer = Mutex<LogWriter?>(nil)

    static func make(_ settings: GatewayConfiguration.Logging) -> Logger {
        start(settings.format, Logger.Level(rawValue: settings.level.rawValue) ?? .info)
    }

    /// For commands that print for people.
    static var quiet: Logger {
        start(.text, .error)
    }

    /// Sets the log of the whole process, libraries included; once, by the command that runs.
    private static func start(_ format: GatewayConfiguration.Logging.Format, _ level: Logger.Level) -> Logger {
        let writer = LogWriter(descriptor: STDERR_FILENO) { Self.lostLine($0, format) }
        Self.writer.withLock { $0 = writer }
        LoggingSystem.bootstrap { label in
            var handler = Self.handler(format, label) { writer.add($0) }
            handler.logLevel = level
            return handler
        }
        // Whichever way the process ends, its last lines say why.
        atexit { GatewayLog.flush() }
        return Logger(label: "gateway")
    }

    /// Waits until what was logged is written, a second at most.
    static func flush() { writer.withLock { $0 }?.flush() }

    /// - Parameter write: gets each line, with its line feed.
    static func handler(
        _ format: GatewayConfiguration.Logging.Format, _ label: String, write: @escaping @Sendable ([UInt8]) -> Void
    ) -> any LogHandler {
        switch format {
        case .json: JSONLineHandler(write: write)
        case .text: StreamLogHandler(label: label, stream: LineStream(add: write))
        }
    }

    /// What the writer says of lines that it could not keep.
    static func lostLine(_ count: Int, _ format: GatewayConfiguration.Logging.Format) -> [UInt8] {
        let line = Mutex<[UInt8]>([])
        handler(format, "gateway") { bytes in line.withLock { $0 = bytes } }.log(
            event: LogEvent(
                level: .warning, message: "log lines were lost", metadata: ["count": "\(count)"], source: "MediaGateway", file: #fileID,
                function: #function, line: #line))
        return line.withLock { $0 }
    }
}

/// Where swift-log's own handler leaves its lines, each in one piece.
private struct LineStream: TextOutputStream, Sendable {
    let add: @Sendable ([UInt8]) -> Void
    mutating func write(_ string: String) { add(Array(string.utf8)) }
}

/// One JSON object a line: `at`, `level`, `message`, and the metadata.
struct JSONLineHandler: LogHandler {
    let write: @Sendable ([UInt8]) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        fields["at"] = Date.now.timestamp
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(fields) else { return }
        line.append(0x0A)
        write(Array(line))
    }
}
