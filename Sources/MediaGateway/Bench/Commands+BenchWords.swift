import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import StreamingPipeline
import Synchronization

extension Commands {
    /// `bench words`: recorded callers say sentences in real calls; what the gateway understood is compared with what they said.
    public static func benchWords(
        _ source: ConfigurationSource, noise: Double?, noiseFiles: [String], json: Bool
    ) async throws(CommandFailure) {
        let terminal = Terminal.standard
        do {
            let folder = FileManager.default.temporaryDirectory.appending(path: "media-gateway-bench-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            var source = source
            source.overrides += ["server.port=0", "storage.path=\(folder.path)/bench.sqlite"]
            let ear = TranscriptCollector()
            let gateway = try await Gateway.start(try load(source), logger: GatewayLog.quiet, observer: ear)
            guard let synthesiser = gateway.synthesiser else { throw CommandFailure("bench words needs ears: pipeline.loopback must be false") }
            let sounds = try noiseFiles.map { path throws(CommandFailure) in try PhoneAudio.read(path) }
            let lines = (sounds.isEmpty ? [[]] : sounds).map { RecordedCallers(synthesiser, noiseRatio: noise, noise: $0) }
            let loop = try EventLoop(name: "callers"), resolver = try Resolver()
            let jobs = ["slt", "awb"].flatMap { voice in DomainSentences.all.enumerated().map { (voice, $0.offset, $0.element) } }
            terminal.progress("\(jobs.count) calls, twelve at a time …")
            var report = WordsReport(noiseDecibels: noise)
            try await withThrowingTaskGroup(of: WordsReport.Line.self) { group in
                var next = jobs.makeIterator()
                func add() {
                    guard let (voice, index, sentence) = next.next() else { return }
                    let port = gateway.port, callers = lines[index % lines.count]
                    group.addTask {
                        let audio = try await callers.say(sentence, voice: voice, seed: UInt64(index + 1))
                        let placement = CallPlacement(webhook: "http://127.0.0.1:\(port)/twilio/voice")
                        let script = CallerScript(
                            [.init(sentence, .speak(audio))], patience: .seconds(20), lineNoise: callers.quietLine)
                        _ = try await placement.place(script, on: loop, resolver: resolver)
                        return .init(voice: voice, said: sentence, heard: ear.text(ofCall: placement.callSid))
                    }
                }
                for _ in 0..<12 { add() }
                for try await line in group {
                    report.add(line)
                    add()
                    if report.sentences.isMultiple(of: 20) { terminal.progress("\(report.sentences) of \(jobs.count)") }
                }
            }
            await gateway.stop()
            await loop.stop()
            resolver.stop()
            terminal.line(json ? JSONLine.text(report) : report.table)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

/// Collects what each call's caller was understood to say.
private final class TranscriptCollector: CallObserver {
    private struct State {
        var ids: [String: String] = [:]
        var texts: [String: [String]] = [:]
    }
    private let state = Mutex(State())

    func text(ofCall callSid: String) -> String {
        state.withLock { state in state.ids[callSid].flatMap { state.texts[$0] }?.joined(separator: " ") ?? "" }
    }
    func callStarted(_ call: String, callSid: String, from: String) { state.withLock { $0.ids[callSid] = call } }
    func heard(_ call: String, _ transcript: Transcript) {
        if transcript.rejection == nil { state.withLock { $0.texts[call, default: []].append(transcript.text) } }
    }
}

/// What `bench words` found.
private struct WordsReport: Encodable {
    struct Line: Encodable {
        var voice: String
        var said: String
        var heard: String
        var wordErrors: Int
        fileprivate var result: WordErrors { WordErrors(said: said, heard: heard) }

        init(voice: String, said: String, heard: String) {
            (self.voice, self.said, self.heard) = (voice, said, heard)
            wordErrors = WordErrors(said: said, heard: heard).errors
        }
    }
    var noiseDecibels: Double?
    var sentences = 0
    var errorRate = 0.0
    var errorRateByVoice: [String: Double] = [:]
    var lines: [Line] = []

    init(noiseDecibels: Double?) { self.noiseDecibels = noiseDecibels }

    mutating func add(_ line: Line) {
        lines.append(line)
        sentences = lines.count
        errorRateByVoice = Dictionary(grouping: lines, by: \.voice).mapValues { $0.map(\.result).reduce(WordErrors(), +).rate }
        errorRate = lines.map(\.result).reduce(WordErrors(), +).rate
    }

    var table: String {
        let voices = errorRateByVoice.sorted { $0.key < $1.key }.map { String(format: "%@ %.1f %%", $0.key, $0.value * 100) }
        let line = noiseDecibels.map { String(format: "noise at %.0f dB", $0) } ?? "clean line"
        return String(format: "%d sentences over the socket, %@: %.1f %% word errors (%@)", sentences, line, errorRate * 100, voices.joined(separator: ", "))
    }
}
