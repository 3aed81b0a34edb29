import ArgumentParser
import MediaGateway

struct HearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hear",
        abstract: "Transcribe WAV and Ogg Opus files as a phone call would hear them.",
        discussion: """
            Each file is taken as one utterance: brought to 8 kHz, sent through µ-law, decoded with the call's own recogniser \
            settings, domain words repaired. What is no speech, or was not understood, is marked as rejected.
            """)
    @OptionGroup var shared: SharedOptions
    @Argument(help: ArgumentHelp("WAV or Ogg Opus files.", valueName: "file"))
    var files: [String]
    @Flag(help: "One JSON object a line: file, text, confidence, rejected, duration_s, decode_ms.")
    var json = false
    func validate() throws { if files.isEmpty { throw ValidationError("give at least one WAV file") } }
    func run() async throws { try await Commands.hear(shared.source, files: files, json: json) }
}

struct SayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract: "Speak a text into a WAV or Ogg Opus file, as the gateway would say it.",
        discussion: "Numbers, amounts, dates and phone numbers are spoken as people say them.")
    @OptionGroup var shared: SharedOptions
    @Argument(help: "What to say.")
    var text: String
    @Option(help: "The voice: kal, rms (the gateway's), slt, awb (recorded callers).")
    var voice = "rms"
    @Option(help: ArgumentHelp("8000, 16000, 24000 or 48000.", valueName: "hz"))
    var sampleRate = 16_000
    @Option(name: .shortAndLong, help: ArgumentHelp("Where it goes: Ogg Opus if it ends in .opus or .ogg, else a 16-bit mono WAV.", valueName: "file"))
    var output: String
    func run() async throws {
        try await Commands.say(text, voice: voice, sampleRate: sampleRate, output: output)
    }
}

struct UnderstandCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understand",
        abstract: "Read lines from standard input, write one decision a line as JSON.",
        discussion: "Fields: text, intent (out_of_scope when rejected), confidence, act, entities [{type, value, text}], next_action.")
    @OptionGroup var shared: SharedOptions
    @Argument(help: "Lines to read instead of standard input.")
    var lines: [String] = []
    func run() async throws { try await Commands.understand(shared.source, lines: lines) }
}
