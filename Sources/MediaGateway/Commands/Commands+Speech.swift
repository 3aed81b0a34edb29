import AudioCodec
import Foundation
import Orchestrator
import SpeechEngines
import SpokenText
import StreamingPipeline
import Understanding

extension Commands {
    /// `hear`: each file as one utterance, through the channel that a call has.
    public static func hear(_ source: ConfigurationSource, files: [String], json: Bool) async throws(CommandFailure) {
        let recogniser = try Gateway.recogniser(try load(source))
        var failures = 0
        for file in files {
            do {
                let samples = try PhoneAudio.read(file)
                let transcript = try await recogniser.transcribe(samples)
                let heard = Heard(
                    file: file, text: transcript.rejection == nil ? transcript.text : "", confidence: transcript.confidence,
                    rejected: transcript.rejection?.rawValue, durationSeconds: Double(samples.count) / 8_000,
                    decodeMilliseconds: transcript.decodeTime.wholeMilliseconds)
                Terminal.standard.line(json ? heard.json : heard.line)
            } catch let failure as CommandFailure {
                failures += 1
                Terminal.standard.progress(failure.message)
            } catch {
                failures += 1
                Terminal.standard.progress("\(file): \(error)")
            }
        }
        if failures > 0 { throw CommandFailure("\(failures) of \(files.count) files could not be heard") }
    }

    private struct Heard: Encodable {
        var file: String, text: String
        var confidence: Double
        var rejected: String?
        var durationSeconds: Double
        var decodeMilliseconds: Int
        enum CodingKeys: String, CodingKey {
            case file, text, confidence, rejected
            case durationSeconds = "duration_s"
            case decodeMilliseconds = "decode_ms"
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(file, forKey: .file)
            try container.encode(text, forKey: .text)
            try container.encode((confidence * 1_000).rounded() / 1_000, forKey: .confidence)
            try container.encode(rejected, forKey: .rejected)
            try container.encode((durationSeconds * 1_000).rounded() / 1_000, forKey: .durationSeconds)
            try container.encode(decodeMilliseconds, forKey: .decodeMilliseconds)
        }
        var json: String { JSONLine.text(self) }
        var line: String {
            let what = rejected.map { "(\($0.replacing("_", with: " ")))" } ?? "“\(text)”"
            return String(format: "%@  %@  confidence %.2f, %.1f s heard in %d ms", file, what, confidence, durationSeconds, decodeMilliseconds)
        }
    }

    /// `say`: one text, one voice, one WAV or Ogg Opus file.
    public static func say(_ text: String, voice: String, sampleRate: Int, output: String) async throws(CommandFailure) {
        guard let rate = SampleRate(rawValue: sampleRate) else {
            throw CommandFailure("--sample-rate = \(sampleRate): give 8000, 16000, 24000 or 48000", exitCode: 2)
        }
        do {
            let synthesiser = try FliteSynthesizer()
            guard synthesiser.voices.contains(voice) else {
                throw CommandFailure("--voice = \(voice): give one of \(synthesiser.voices.joined(separator: ", "))", exitCode: 2)
            }
            let normaliser = SpeechNormaliser()
            var samples: [Int16] = []
            for clause in ClauseSplitter().clauses(of: text) {
                samples += try await synthesiser.audio(of: normaliser.speakable(clause), voice: voice, sampleRate: rate)
            }
            guard !samples.isEmpty else { throw CommandFailure("nothing in the text can be spoken: give words or numbers in Latin letters", exitCode: 2) }
            try PhoneAudio.save(samples, sampleRate: rate, to: output)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// `understand`: a line in, a decision out.
    public static func understand(_ source: ConfigurationSource, lines: [String]) async throws(CommandFailure) {
        let understanding = EmbeddedUnderstanding(pack: try load(source).domain)
        func answer(_ line: String) async throws(CommandFailure) {
            guard !line.allSatisfy(\.isWhitespace) else { return }
            do {
                let decision = try await understanding.decide(line, in: UnderstandingContext(now: Date()))
                Terminal.standard.line(Understood(text: line, decision: decision).json)
            } catch {
                throw CommandFailure("\(error)")
            }
        }
        if lines.isEmpty { while let line = readLine() { try await answer(line) } }
        for line in lines { try await answer(line) }
    }

    private struct Understood: Encodable {
        var text: String, intent: String, confidence: Double, act: String?, entities: [Entity], nextAction: String
        init(text: String, decision: Decision) {
            (self.text, intent, act, entities) = (text, decision.intent, decision.act?.rawValue, decision.entities)
            confidence = (decision.confidence * 1_000).rounded() / 1_000
            nextAction = decision.nextAction.rawValue
        }
        enum CodingKeys: String, CodingKey {
            case text, intent, confidence, act, entities
            case nextAction = "next_action"
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(text, forKey: .text)
            try container.encode(intent, forKey: .intent)
            try container.encode(confidence, forKey: .confidence)
            try container.encode(act, forKey: .act)
            try container.encode(entities, forKey: .entities)
            try container.encode(nextAction, forKey: .nextAction)
        }
        var json: String { JSONLine.text(self) }
    }
}

/// One JSON object on one line, keys in a fixed order.
enum JSONLine {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
