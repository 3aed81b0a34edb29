import ArgumentParser
import MediaGateway

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway until SIGTERM, SIGINT or SIGHUP.",
        discussion: """
            The first line printed is `listening on …:PORT` (use --set server.port=0 for a free port). The first signal drains: \
            no new calls, live ones finish, a closing line at the deadline; a second signal forces.
            """)
    @OptionGroup var shared: SharedOptions
    @Flag(help: "Stop at once when standard input ends: for programs that run a gateway of their own.")
    var untilEndOfInput = false
    func run() async throws { try await Commands.serve(shared.source, untilEndOfInput: untilEndOfInput) }
}

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Work with the settings.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Read gateway.yaml, tiers.yaml and the domain pack; report every problem at once.",
            discussion: "Each problem names the file, the key, its value and what is allowed. Exit code 78 when there is one.")
        @OptionGroup var shared: SharedOptions
        func run() async throws { try Commands.configCheck(shared.source) }
    }
}
