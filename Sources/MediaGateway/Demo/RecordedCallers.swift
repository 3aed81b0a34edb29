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

    /// Sound of the noise at 8 kHz; white when empty.
    var noise: [Int16]

    init(_ synthesiser: FliteSynthesizer, noiseRatio: Double? = nil, noise: [Int16] = []) {
        (self.synthesiser, self.noiseRatio, self.noise) = (synthesiser, noiseRatio, noise)
    }

    /// What a caller says, as it arrives.
    /// - Parameter seed: chooses the line noise.
    /// - Returns: 8 kHz mono.
    func say(_ text: String, voice: String, seed: UInt64 = 1) async throws -> [Int16] {
        var speech: [Int16] = []
        // Flite draws the breath of its voices from C's generator: a recording must not depend on what was spoken before it.
        srand(Self.breath)
        for clause in ClauseSplitter().clauses(of: text) {
            speech += try await synthesiser.audio(of: normaliser.speakable(clause), voice: voice, sampleRate: .hz8000)
        }
        return TelephoneChannel(noise: added, samples: noise, seed: seed).apply(speech)
    }

    private static let breath: UInt32 = 1

    private var added: TelephoneChannel.Noise { noiseRatio.map { .signalToNoise(decibels: $0) } ?? .level(dBFS: -60) }

    /// The line while the caller is silent, ten seconds: its hiss, or the noise as loud as under speech at -20 dBFS.
    var quietLine: [Int16] {
        let level = noiseRatio.map { TelephoneChannel.Noise.level(dBFS: -20 - $0) } ?? .level(dBFS: -60)
        return TelephoneChannel(noise: level, samples: noise, seed: 7).apply([Int16](repeating: 0, count: 80_000))
    }
}
