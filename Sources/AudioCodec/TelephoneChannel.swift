import Glibc

/// What a telephone line does to a voice: 300-3400 Hz are left, the line adds noise, and µ-law rounds the rest.
///
/// For recording callers at set-up and for tests. The same input, seed and settings give the same output everywhere.
public struct TelephoneChannel: Sendable {
    /// Noise that the line adds.
    public enum Noise: Sendable, Equatable {
        case none
        /// Level of the noise itself.
        case level(dBFS: Double)
        /// How far active speech stands above it (``Level/activeSpeechDBFS(_:sampleRate:)``).
        case signalToNoise(decibels: Double)
    }

    private let noise: Noise
    private let given: [Int16]
    private let seed: UInt64

    /// - Parameters:
    ///   - noise: what is added, by default the faint hiss of a good line.
    ///   - samples: its sound at 8 kHz, repeated as needed; white noise when empty. It passes the same filter as the voice.
    ///   - seed: chooses the white noise, or where in `samples` it begins.
    public init(noise: Noise = .level(dBFS: -60), samples: [Int16] = [], seed: UInt64 = 1) {
        (self.noise, given, self.seed) = (noise, samples, seed)
    }

    /// Sends a recording down the line.
    /// - Parameter pcm: 8 kHz mono.
    /// - Returns: as many samples, not delayed, each one a value that µ-law can express.
    public func apply(_ pcm: [Int16]) -> [Int16] {
        let voice = Self.filtered(pcm)
        let sound: [Int16] =
            switch noise {
            case .none: voice
            case .level(let level): Level.mixed(voice, with: lineNoise(count: pcm.count), noiseDBFS: level)
            case .signalToNoise(let decibels):
                Level.mixed(voice, with: lineNoise(count: pcm.count), signalToNoise: decibels)
            }
        return sound.map { MuLaw.decode(MuLaw.encode($0)) }
    }

    /// Noise as the line passes it on; its level does not matter here.
    private func lineNoise(count: Int) -> [Int16] {
        var generator = SeededGenerator(seed: seed)
        guard !given.isEmpty else {
            return Self.filtered((0..<count).map { _ in Level.clipped(generator.nextNormal() * 4_000) })
        }
        let start = Int(generator.next() % UInt64(given.count))
        return Self.filtered((0..<count).map { given[(start + $0) % given.count] })
    }

    /// The band-pass: two low-passes, one taken from the other; linear phase, its delay taken out.
    private static func filtered(_ pcm: [Int16]) -> [Int16] {
        let half = taps.count / 2
        return pcm.indices.map { index in
            var sum = 0.0
            for tap in max(0, index + half - pcm.count + 1)..<min(taps.count, index + half + 1) {
                sum += taps[tap] * Double(pcm[index + half - tap])
            }
            return Level.clipped(sum)
        }
    }

    /// Passes 300-3400 Hz; 200 Hz outside, at 100 and 3600 Hz, it is 60 dB down.
    private static let taps: [Double] = {
        let rate = 8_000.0
        let upper = LowPass(passband: 3_400, stopband: 3_600), lower = LowPass(passband: 100, stopband: 300)
        let half = Int(max(upper.halfWidth, lower.halfWidth) * rate)
        return (-half...half).map { (upper.response(at: Double($0) / rate) - lower.response(at: Double($0) / rate)) / rate }
    }()
}
