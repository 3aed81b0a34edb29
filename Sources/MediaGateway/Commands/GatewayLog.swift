import Foundation
import Logging
import WireJSON

/// The gateway's log: to standard error, a line an event, as text or as JSON.
enum GatewayLog {
    static func make(_ settings: GatewayConfiguration.Logging) -> Logger {
        start(settings.format, Logger.Level(rawValue: settings.level.rawValue) ?? .info)
    }

    /// For commands that print for people.
    static var quiet: Logger {
        start(.text, .error)
    }

    /// Sets the log of the whole process, libraries included; once, by the command that runs.
    private static func start(_ format: GatewayConfiguration.Logging.Format, _ level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler = format == .json ? JSONLineHandler() : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "gateway")
    }
}

/// One JSON object a line: `at`, `level`, `message`, and the metadata.
struct JSONLineHandler: LogHandler {
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
        FileHandle.standardError.write(line)
    }
}
