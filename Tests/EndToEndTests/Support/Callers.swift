import AudioCodec
import EventLoop
import Foundation
import GatewayTesting
import SpeechEngines

/// Recorded callers for whole calls, and where to place them from.
struct Callers: Sendable {
    let loop: EventLoop
    let resolver: Resolver
    private let synthesiser: FliteSynthesizer

    init() throws {
        loop = try EventLoop(name: "test-callers")
        resolver = try Resolver()
        synthesiser = try FliteSynthesizer()
    }

    /// The recogniser's model and the voice detector's weights are there.
    static let areModelsThere = ["whisper-tiny.en-q8_0.bin", "silero-8k.f32"].allSatisfy {
        FileManager.default.fileExists(atPath: GatewayProcess.root.appending(path: "Models/\($0)").path)
    }

    /// 8 kHz, over a telephone line with a little hiss.
    func say(_ words: String, voice: String) async throws -> [Int16] {
        let speech = try await synthesiser.audio(of: words, voice: voice, sampleRate: .hz8000)
        return TelephoneChannel(noise: .level(dBFS: -60), seed: 3).apply(speech)
    }

    static var hiss: [Int16] { TelephoneChannel(noise: .level(dBFS: -60), seed: 7).apply([Int16](repeating: 0, count: 8_000)) }

    /// Places a call to a gateway on this machine.
    func call(
        _ gateway: GatewayProcess, from: String, _ lines: [CallerScript.Line], reaction: Duration = .milliseconds(600),
        patience: Duration = .seconds(20),
        signer: CallPlacement.Signer? = nil
    ) async throws -> CallReport {
        let placement = CallPlacement(webhook: "http://127.0.0.1:\(gateway.port)/twilio/voice", from: from, signer: signer)
        return try await placement.place(
            CallerScript(lines, reaction: reaction, patience: patience, lineNoise: Self.hiss), on: loop, resolver: resolver)
    }

    func end() async {
        await loop.stop()
        resolver.stop()
    }
}
