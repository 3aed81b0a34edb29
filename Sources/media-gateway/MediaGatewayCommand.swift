import ArgumentParser
import Foundation
import MediaGateway

/// The command line: argument parsing and exit codes, nothing else. What a command does lives in `MediaGateway`.
@main
struct MediaGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media-gateway",
        abstract: "Phone calls that talk to an agent: Twilio Media Streams in, recognition, decisions, speech out.",
        discussion: """
            Works without any API key. Start here:

              media-gateway demo                 recorded callers phone the gateway; watch every turn
              media-gateway chat                 the same agent, in the terminal
              media-gateway serve                the server, on http://127.0.0.1:8080
              media-gateway call FILE.wav        play a WAV to a running gateway as Twilio would
              media-gateway config check         read all settings, report every problem at once

            Exit codes: 0 done, 1 failed, 2 usage, 78 bad configuration.
            """,
        version: GatewayVersion.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, CallCommand.self, HearCommand.self, SayCommand.self, UnderstandCommand.self,
            ChatCommand.self, BenchCommand.self, StoreCommand.self, ConfigCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot(nil)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Foundation.exit(report(error))
        }
    }

    /// Prints what went wrong where it belongs, and picks the exit code that DESIGN §6 promises.
    private static func report(_ error: any Error) -> Int32 {
        if let failure = error as? CommandFailure {
            if !failure.message.isEmpty { complain(failure.message) }
            return failure.exitCode
        }
        let code = exitCode(for: error)
        if code == .success {
            print(fullMessage(for: error))
            return 0
        }
        complain(fullMessage(for: error))
        return code == .validationFailure ? 2 : 1
    }

    /// A full disk or a dead pipe changes no exit code.
    private static func complain(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}

/// Options that every command takes.
struct SharedOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The settings file.", valueName: "file"))
    var config = "config/gateway.yaml"

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Override one setting, e.g. --set server.port=9000. May be given more than once.", valueName: "key.path=value"))
    var set: [String] = []

    var source: ConfigurationSource { ConfigurationSource(file: config, overrides: set) }
}
