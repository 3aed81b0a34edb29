import AudioCodec
import Foundation
import SpeechEngines
import SpokenText

/// The callers of demo, bench and tests: Flite's `slt` and `awb`, recorded over a telephone channel with a little line noise.
struct RecordedCallers: Sendable {
    private let synthesiser: FliteSynthesizer
    private let normaliser = SpeechNormaliser()
    /// Signal-to-noise ratio of the line in dB; `nil` is the faint hiss of a good line.
    var noiseRatio: Double?

    init(_ synthesiser: FliteSynthesizer, noiseRatio: Double? = nil) { (self.synthesiser, self.noiseRatio) = (synthesiser, noiseRatio) }

    /// What a caller says, as it arrives.
    /// - Parameter seed: chooses the line noise.
    /// - Returns: 8 kHz mono.
    func say(_ text: String, voice: String, seed: UInt64 = 1) async throws -> [Int16] {
        var speech: [Int16] = []
        for clause in ClauseSplitter().clauses(of: text) {
            speech += try await synthesiser.audio(of: normaliser.speakable(clause), voice: voice, sampleRate: .hz8000)
        }
        let noise: TelephoneChannel.Noise = noiseRatio.map { .signalToNoise(decibels: $0) } ?? .level(dBFS: -60)
        return TelephoneChannel(noise: noise, seed: seed).apply(speech)
    }

    /// The hiss of the line while nobody speaks, one second.
    static var lineNoise: [Int16] { TelephoneChannel(noise: .level(dBFS: -60), seed: 7).apply([Int16](repeating: 0, count: 8_000)) }
}
