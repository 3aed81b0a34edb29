import ArgumentParser
import MediaGateway

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat with the agent in the terminal.",
        discussion: """
            Talks to the gateway that the settings name; if none is running, one is started for the chat. Lines from a pipe are said one \
            after the other, and again while the gateway is too busy for them; exit code 1 if one got no answer. /help lists the \
            commands: /why, /slots, /cost, /person and others. With GATEWAY_API_KEY set, it is sent along.
            """)
    @OptionGroup var shared: SharedOptions
    @Option(help: ArgumentHelp("Another gateway's chat, ws://HOST:PORT/chat.", valueName: "url"))
    var url: String?
    @Option(help: ArgumentHelp("Go on with a session.", valueName: "id"))
    var session: String?
    func run() async throws { try await Commands.chat(shared.source, url: url, session: session) }
}
