import ArgumentParser
import MediaGateway

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Place recorded phone calls to a gateway started for the purpose, and show what happens.",
        discussion: """
            Prints transcript, decisions, replies, voice tier and price, and each turn's latency stage by stage; saves the calls as \
            stereo WAVs. Exit code 0 only if the calls went as they should.
            """)
    @OptionGroup var shared: SharedOptions
    @Option(help: ArgumentHelp("Where recordings and the database go.", valueName: "folder"))
    var output = "recordings/demo"
    @Option(help: ArgumentHelp("Only the calls whose name contains this.", valueName: "name"))
    var only: String?
    func run() async throws { try await Commands.demo(shared.source, output: output, only: only) }
}

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Play a WAV to any gateway as Twilio would, print what comes back, save the stereo recording.",
        discussion: """
            Several files are spoken one after the other, each after the agent has answered. The left channel of the recording is \
            the caller, the right one the agent. With TWILIO_AUTH_TOKEN set, requests are signed as Twilio signs them: over --url, which must then be the gateway's server.public_url.
            """)
    @OptionGroup var shared: SharedOptions
    @Argument(help: ArgumentHelp("WAV files, spoken in turn.", valueName: "file"))
    var files: [String]
    @Option(help: "The gateway's voice webhook.")
    var url = "http://127.0.0.1:8080/twilio/voice"
    @Option(help: "The caller's number.")
    var from = "+15550101"
    @Option(help: "The number called.")
    var to = "+15550199"
    @Option(name: .shortAndLong, help: ArgumentHelp("Where the stereo WAV goes.", valueName: "file"))
    var output = "call.wav"
    @Option(help: ArgumentHelp("Seconds to wait for an answer.", valueName: "s"))
    var patience = 12
    func validate() throws {
        if files.isEmpty { throw ValidationError("give at least one WAV file") }
        for (option, number) in [("--from", from), ("--to", to)] where number.wholeMatch(of: /\+[0-9]{3,15}/) == nil {
            throw ValidationError("\(option) = \(number): give + and 3 to 15 digits, as +15550101")
        }
        if !(1...120).contains(patience) { throw ValidationError("--patience = \(patience): give whole seconds in 1...120 (default 12)") }
    }
    func run() async throws {
        try await Commands.call(
            shared.source, files: files, url: url, from: from, to: to, output: output, patience: .seconds(patience))
    }
}

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine.",
        subcommands: [Echo.self, Opus.self, Turns.self, Words.self, Chat.self, Soak.self, Decisions.self, State.self])

    struct Echo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "echo",
            abstract: "Media path alone: N calls at once through a gateway in loopback, every frame timed.",
            discussion: "Starts its own gateway with pipeline.loopback unless --url names one; its process is then not measured.")
        @OptionGroup var shared: SharedOptions
        @Option(help: "Calls at once, 1...2000.") var calls = 50
        @Option(help: ArgumentHelp("Seconds of audio per call, 1...3600.", valueName: "s")) var seconds = 20
        @Option(help: "How audio is sent: twilio (µ-law over Media Streams), or over /audio opus, pcm_s16le (16 kHz) or mulaw.")
        var encoding = "twilio"
        @Option(help: ArgumentHelp("A running gateway's stream, ws://HOST:PORT/twilio/media or /audio.", valueName: "url")) var url: String?
        @Option(help: "Process to measure with --url.") var pid: Int32?
        @Flag(help: "Print one JSON object instead of a table.") var json = false
        func validate() throws {
            if !(1...2000).contains(calls) { throw ValidationError("--calls = \(calls): give a number in 1...2000 (default 50)") }
            if !(1...3600).contains(seconds) { throw ValidationError("--seconds = \(seconds): give a number in 1...3600 (default 20)") }
        }
        func run() async throws {
            try await Commands.benchEcho(shared.source, calls: calls, seconds: seconds, encoding: encoding, url: url, pid: pid, json: json)
        }
    }

    struct Opus: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "opus", abstract: "Opus: encode and decode a frame of 20 ms, beside the C library in a plain loop.",
            discussion: "Both run in turn on the same recorded voice; the best of 15 rounds counts, in processor time. One line a sampling rate.")
        @Option(help: "The encoder's work a frame, 0...10; live calls use 1.") var complexity = 1
        @Flag(help: "Print one JSON object a line.") var json = false
        func validate() throws {
            if !(0...10).contains(complexity) { throw ValidationError("--complexity = \(complexity): give a number in 0...10 (default 1)") }
        }
        func run() async throws { try await Commands.benchOpus(complexity: complexity, json: json) }
    }

    struct Turns: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "turns",
            abstract: "Whole conversations: N callers at once, recogniser and voices on, every turn timed.",
            discussion: "Latency is measured at the caller: last voiced frame sent to first audible frame received.")
        @OptionGroup var shared: SharedOptions
        @Option(help: "Conversations at once, 1...200.") var calls = 1
        @Option(help: "Rounds, one after the other, 1...100.") var rounds = 1
        @Flag(help: "Print one JSON object instead of a table.") var json = false
        func validate() throws {
            if !(1...200).contains(calls) { throw ValidationError("--calls = \(calls): give a number in 1...200 (default 1)") }
            if !(1...100).contains(rounds) { throw ValidationError("--rounds = \(rounds): give a number in 1...100 (default 1)") }
        }
        func run() async throws { try await Commands.benchTurns(shared.source, calls: calls, rounds: rounds, json: json) }
    }

    struct Words: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "words",
            abstract: "Word errors of the whole path: 60 sentences in two voices, call in over the socket, transcript out.",
            discussion: "Domain words are repaired as in a call. Without --noise the line adds a faint hiss only.")
        @OptionGroup var shared: SharedOptions
        @Option(help: ArgumentHelp("Signal-to-noise ratio of the line, 0...60.", valueName: "dB")) var noise: Double?
        @Option(help: ArgumentHelp("A WAV that sounds like the noise, white without it; several share the sentences out.", valueName: "file"))
        var noiseFile: [String] = []
        @Flag(help: "Print one JSON object instead of a line.") var json = false
        func validate() throws {
            if let noise, !(0...60).contains(noise) { throw ValidationError("--noise = \(noise): give dB in 0...60") }
        }
        func run() async throws { try await Commands.benchWords(shared.source, noise: noise, noiseFiles: noiseFile, json: json) }
    }

    struct Chat: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "chat",
            abstract: "Idle chat sessions, then chat turns at a steady rate beside media calls whose every frame is timed.",
            discussion: "Starts its own gateway with pipeline.loopback: the calls are echoed, the chats are answered by the agent.")
        @OptionGroup var shared: SharedOptions
        @Option(help: "Sessions, each with a socket, 1...20000.") var sessions = 1_000
        @Option(help: "Turns a second, all sessions together, 1...10000.") var rate = 100
        @Option(help: "Media calls at once, 1...2000.") var calls = 20
        @Option(help: ArgumentHelp("Seconds, 1...3600.", valueName: "s")) var seconds = 20
        @Flag(help: "Print one JSON object instead of a table.") var json = false
        func validate() throws {
            for (name, value, range) in [
                ("sessions", sessions, 1...20_000), ("rate", rate, 1...10_000), ("calls", calls, 1...2_000), ("seconds", seconds, 1...3_600),
            ]
            where !range.contains(value) {
                throw ValidationError("--\(name) = \(value): give a number in \(range.lowerBound)...\(range.upperBound)")
            }
        }
        func run() async throws {
            try await Commands.benchChat(shared.source, sessions: sessions, rate: rate, calls: calls, seconds: seconds, json: json)
        }
    }

    struct Decisions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decisions", abstract: "Turns whose language models fail in every way that they can, by chat and by voice.",
            discussion: """
                Starts a gateway with three language models: two of a local server that refuses, stalls, stops, rate-limits, lies and sends garbage, and one                 that resets every connection. First the models are healthy (300 ms to the first token, 100 ms more to the end of the first clause), then                 three answers of five fail. Exit code 1 when a turn is not answered, reaches somebody else, claims what was not done, or leaves anything over.
                """)
        @OptionGroup var shared: SharedOptions
        @Option(help: "Turns by chat, and as many by voice, 20...100000.") var turns = 500
        @Option(help: "Calls at once, 1...100.") var calls = 5
        @Flag(help: "Print one JSON object instead of a table.") var json = false
        func validate() throws {
            if !(20...100_000).contains(turns) { throw ValidationError("--turns = \(turns): give a number in 20...100000 (default 500)") }
            if !(1...100).contains(calls) { throw ValidationError("--calls = \(calls): give a number in 1...100 (default 5)") }
        }
        func run() async throws { try await Commands.benchDecisions(shared.source, turns: turns, calls: calls, json: json) }
    }

    struct State: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "state", abstract: "What a turn costs in the orchestrator, and when its state can be read by another connection.",
            discussion: "Conversations in this process, with models that answer at once; then the same with the store, at a steady rate.")
        @OptionGroup var shared: SharedOptions
        @Option(help: "Conversations at once, 1...1000.") var conversations = 50
        @Option(help: ArgumentHelp("Turns a second, all together, 10...2000.", valueName: "n")) var rate = 200
        @Option(help: ArgumentHelp("Seconds, 1...3600.", valueName: "s")) var seconds = 20
        @Flag(help: "Print one JSON object instead of a table.") var json = false
        func validate() throws {
            if !(1...1_000).contains(conversations) { throw ValidationError("--conversations = \(conversations): give a number in 1...1000 (default 50)") }
            if !(10...2_000).contains(rate) { throw ValidationError("--rate = \(rate): give a number in 10...2000 (default 200)") }
            if !(1...3_600).contains(seconds) { throw ValidationError("--seconds = \(seconds): give a number in 1...3600 (default 20)") }
        }
        func run() async throws {
            try await Commands.benchState(shared.source, conversations: conversations, rate: rate, seconds: seconds, json: json)
        }
    }

    struct Soak: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "soak", abstract: "Short chat sessions, fifty at a time, and what they leave behind: memory, sockets, threads.",
            discussion: "Exit code 1 when sockets, sessions, descriptors or threads are left over, or memory grew after the first 1,000 sessions.")
        @OptionGroup var shared: SharedOptions
        @Option(help: "Sessions in all, 250...1000000.") var sessions = 10_000
        @Flag(help: "Print one JSON object instead of lines.") var json = false
        func validate() throws {
            if !(250...1_000_000).contains(sessions) { throw ValidationError("--sessions = \(sessions): give a number in 250...1000000 (default 10000)") }
        }
        func run() async throws { try await Commands.benchSoak(shared.source, sessions: sessions, json: json) }
    }
}
