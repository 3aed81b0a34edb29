import Foundation
import Logging

/// What the subcommands of `media-gateway` do. Each throws ``CommandFailure`` unless it succeeds.
public enum Commands {
    /// Reads all settings.
    static func load(_ source: ConfigurationSource) throws(CommandFailure) -> LoadedConfiguration {
        do { return try source.load() } catch { throw CommandFailure(error.description, exitCode: 78) }
    }

    public static func configCheck(_ source: ConfigurationSource) throws(CommandFailure) {
        Terminal.standard.line(try load(source).summary)
    }
}
