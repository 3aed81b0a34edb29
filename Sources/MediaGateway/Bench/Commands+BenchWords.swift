import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import StreamingPipeline
import Synchronization

extension Commands {
    /// `bench words`: recorded callers say sentences in real calls; what the gateway understood is compared with what they said.
    public static func benchWords(
        _ source: ConfigurationSource, noise: Double?, noiseFile: String?, json: Bool
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
            let sound = try noiseFile.map { path throws(CommandFailure) in try PhoneAudio.read(path) } ?? []
            let callers = RecordedCallers(synthesiser, noiseRatio: noise, noise: sound)
            let loop = try EventLoop(name: "callers"), resolver = try Resolver()
            let jobs = ["slt", "awb"].flatMap { voice in DomainSentences.all.enumerated().map { (voice, $0.offset, $0.element) } }
            terminal.progress("\(jobs.count) calls, four at a time …")
            var report = WordsReport(noiseDecibels: noise)
            try await withThrowingTaskGroup(of: (String, WordErrors).self) { group in
                var next = jobs.makeIterator()
                func add() {
                    guard let (voice, index, sentence) = next.next() else { return }
                    let port = gateway.port
                    group.addTask {
                        let audio = try await callers.say(sentence, voice: voice, seed: UInt64(index + 1))
                        let placement = CallPlacement(webhook: "http://127.0.0.1:\(port)/twilio/voice")
                        let script = CallerScript(
                            [.init(sentence, .speak(audio))], patience: .seconds(20), lineNoise: callers.quietLine)
                        _ = try await placement.place(script, on: loop, resolver: resolver)
                        return (voice, WordErrors(said: sentence, heard: ear.text(ofCall: placement.callSid)))
                    }
                }
                for _ in 0..<4 { add() }
                for try await (voice, errors) in group {
                    report.add(voice, errors)
                    add()
                    if report.sentences % 20 == 0 { terminal.progress("\(report.sentences) of \(jobs.count)") }
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
    var noiseDecibels: Double?
    var sentences = 0
    var errorRate = 0.0
    var errorRateByVoice: [String: Double] = [:]
    private var errors: [String: WordErrors] = [:]
    enum CodingKeys: String, CodingKey { case noiseDecibels, sentences, errorRate, errorRateByVoice }

    init(noiseDecibels: Double?) { self.noiseDecibels = noiseDecibels }

    mutating func add(_ voice: String, _ more: WordErrors) {
        sentences += 1
        errors[voice, default: WordErrors()] = errors[voice, default: WordErrors()] + more
        errorRateByVoice = errors.mapValues(\.rate)
        errorRate = errors.values.reduce(WordErrors(), +).rate
    }

    var table: String {
        let voices = errorRateByVoice.sorted { $0.key < $1.key }.map { String(format: "%@ %.1f %%", $0.key, $0.value * 100) }
        let line = noiseDecibels.map { String(format: "noise at %.0f dB", $0) } ?? "clean line"
        return String(format: "%d sentences over the socket, %@: %.1f %% word errors (%@)", sentences, line, errorRate * 100, voices.joined(separator: ", "))
    }
}
