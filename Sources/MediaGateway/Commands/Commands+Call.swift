import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import SpeechEngines
import StreamingPipeline

extension Commands {
    /// How our caller signs: as Twilio does, when there is a token to sign with.
    static func signer(_ secrets: GatewaySecrets) -> CallPlacement.Signer? {
        guard let token = secrets.twilioAuthToken else { return nil }
        return { url, form in
            let parameters = form.map { FormParameters.Parameter(name: $0.name, value: $0.value) }
            return TwilioSignature.signature(token: token, url: url, form: FormParameters(parameters))
        }
    }

    /// `call`: WAVs spoken in turn to any gateway, and what came back.
    public static func call(
        _ source: ConfigurationSource, files: [String], url: String, from: String, to: String, output: String, patience: Duration
    ) async throws(CommandFailure) {
        guard ["http", "https"].contains(URL(string: url)?.scheme) else {
            throw CommandFailure("--url = \(url): give the http(s):// address of the voice webhook, as http://127.0.0.1:8080/twilio/voice", exitCode: 2)
        }
        let configuration = try load(source)
        var lines: [CallerScript.Line] = []
        for file in files { lines.append(.init(file, .speak(try PhoneAudio.read(file)))) }
        try checkWritable(output)
        let terminal = Terminal.standard
        do {
            let loop = try EventLoop(name: "caller"), resolver = try Resolver(lookUp: lookUp)
            defer { resolver.stop() }
            let placement = CallPlacement(
                webhook: url, from: from, to: to, accountSid: configuration.secrets.twilioAccountSid?.revealed ?? "AC" + String(repeating: "0", count: 32),
                signer: signer(configuration.secrets))
            terminal.progress("calling \(url) as \(from) …")
            let report = try await placement.place(CallerScript(lines, patience: patience), on: loop, resolver: resolver)
            await loop.stop()
            try WAVFile(sampleRate: 8_000, channels: [report.callerTrack, report.agentTrack]).write(to: output)
            try await show(report, try? Gateway.recogniser(configuration), terminal)
            terminal.line("\(report.framesReceived) frames, \(report.lateFrames) more than 40 ms late; \(report.marksEchoed) marks, \(report.clears) clears")
            terminal.line("saved \(output) (left: caller, right: agent)")
            switch report.ending {
            case .caller: break
            case .gateway where report.ending.isByGateway: terminal.line("the gateway ended the call")
            case .gateway(let code): throw CommandFailure("the gateway closed the stream with \(code)")
            case .gaveUp(let line): throw CommandFailure("no answer within \(patience / .seconds(1)) s after line \(line)")
            case .failed(let why): throw CommandFailure(why)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// Before the call, which nobody wants to repeat: that a recording could be written there. Makes its folder, and leaves no file.
    /// - Throws: ``CommandFailure`` that names the file.
    static func checkWritable(_ path: String) throws(CommandFailure) {
        let failure = CommandFailure("\(path): cannot be written")
        do {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch { throw failure }
        let made = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else {
            let known = errno == EEXIST ? unsafe open(path, O_WRONLY | O_CLOEXEC) : -1
            guard known >= 0 else { throw failure }
            close(known)
            return
        }
        // A full disk opens files, and takes nothing.
        let block = [UInt8](repeating: 0, count: 4_096)
        let isWritten = unsafe block.withUnsafeBytes { unsafe write(made, $0.baseAddress, $0.count) == $0.count }
        close(made)
        unsafe unlink(path)
        guard isWritten else { throw failure }
    }

    /// What the agent said, as our own ear hears it; without a recogniser, how long it spoke.
    private static func show(_ report: CallReport, _ recogniser: WhisperRecognizer?, _ terminal: Terminal) async throws {
        func agent(_ span: Range<Int>) async throws -> String {
            let audio = Array(report.agentTrack[span.clamped(to: report.agentTrack.indices)])
            guard audio.contains(where: { abs(Int($0)) > 500 }) else { return "(silence)" }
            guard let recogniser else { return String(format: "(%.1f s of speech)", Double(audio.count) / 8_000) }
            return "“\(try await recogniser.transcribe(audio).text)”"
        }
        terminal.line("agent   \(try await agent(report.greeting))")
        for exchange in report.exchanges {
            terminal.line("caller  \(exchange.text)")
            let wait = exchange.latency.map { "after \($0.wholeMilliseconds) ms " } ?? ""
            terminal.line("agent   \(wait)\(try await agent(exchange.answer))")
        }
    }
}
