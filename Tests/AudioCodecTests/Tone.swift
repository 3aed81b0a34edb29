import AudioCodec
import Glibc

/// Test signals and how to measure them.
enum Tone {
    static func sine(_ hertz: Double, amplitude: Double = 10_000, rate: Int, count: Int) -> [Int16] {
        (0..<count).map { Int16((amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate))).rounded()) }
    }

    static func noise(count: Int, amplitude: Int = 8_000, seed: UInt64) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int16.random(in: Int16(-amplitude)...Int16(amplitude), using: &random) }
    }

    /// Amplitude of one frequency, its ends left out.
    static func amplitude(of hertz: Double, in pcm: [Int16], rate: Int) -> Double {
        let middle = pcm.dropFirst(pcm.count / 10).dropLast(pcm.count / 10)
        var (real, imaginary, weight) = (0.0, 0.0, 0.0)
        for (index, sample) in middle.enumerated() {
            // A Hann window keeps other frequencies out.
            let window = 0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(middle.count))
            let angle = 2 * .pi * hertz * Double(index) / Double(rate)
            real += window * Double(sample) * cos(angle)
            imaginary += window * Double(sample) * sin(angle)
            weight += window
        }
        return 2 * (real * real + imaginary * imaginary).squareRoot() / weight
    }

    static func decibels(_ ratio: Double) -> Double { 20 * log10(max(ratio, 1e-9)) }
}
