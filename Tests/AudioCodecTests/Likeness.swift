import AudioCodec
import Glibc

/// A signal that codecs take for speech: a gliding voice with formants, syllables and pauses.
enum SpeechLike {
    static func samples(_ rate: SampleRate, seconds: Double, seed: UInt64 = 5) -> [Int16] {
        var random = SeededGenerator(seed: seed)
        let hertz = Double(rate.hertz)
        var phase = 0.0, formants = [(500.0, 90.0), (1_500, 120), (2_500, 160)], state = [(Double, Double)](repeating: (0, 0), count: 3)
        let wave = (0..<Int(seconds * hertz)).map { index -> Double in
            let time = Double(index) / hertz
            if index % (rate.hertz / 8) == 0 {
                formants = [
                    (Double.random(in: 300...800, using: &random), 90), (Double.random(in: 900...2_000, using: &random), 120),
                    (Double.random(in: 2_200...3_000, using: &random), 160),
                ]
            }
            let pitch = 120 + 30 * sin(2 * .pi * 0.7 * time)
            phase += pitch / hertz
            var value = Double.random(in: -0.02...0.02, using: &random)
            if phase >= 1 {
                phase -= 1
                value += 1
            }
            for (at, (center, width)) in formants.enumerated() {
                let radius = exp(-.pi * width / hertz), angle = 2 * .pi * center / hertz
                let out = value + 2 * radius * cos(angle) * state[at].0 - radius * radius * state[at].1
                state[at] = (out, state[at].0)
                value = out * (1 - radius)
            }
            let syllable = max(0, sin(2 * .pi * 2.3 * time)) * (time.truncatingRemainder(dividingBy: 2) < 1.6 ? 1 : 0)
            return value * syllable
        }
        // Peaks at -6 dBFS, whatever the rate makes of the formants.
        let peak = max(1e-9, wave.map(abs).max() ?? 0)
        return wave.map { Int16($0 / peak * 16_000) }
    }
}

/// How alike two recordings are.
enum Likeness {
    /// Signal over difference in decibels, the second one shifted by up to `reach` samples to where the middle fits best.
    static func signalToNoise(_ a: [Int16], _ b: [Int16], reach: Int = 0) -> Double {
        let middle = max(reach, a.count / 2)..<min(a.count / 2 + 1_500, b.count - reach)
        let shift = reach == 0 || middle.isEmpty ? 0 : (-reach...reach).max { ratio(a, b, $0, over: middle) < ratio(a, b, $1, over: middle) } ?? 0
        return ratio(a, b, shift, over: max(0, -shift)..<max(0, min(a.count, b.count - shift)))
    }

    private static func ratio(_ a: [Int16], _ b: [Int16], _ shift: Int, over range: Range<Int>) -> Double {
        var signal = 1.0, noise = 1.0
        for index in range {
            let sample = Double(a[index]), difference = sample - Double(b[index + shift])
            signal += sample * sample
            noise += difference * difference
        }
        return 10 * log10(signal / noise)
    }

    /// Mean distance of the levels of 20 ms frames, in decibels, quiet frames left out: what the ear would call the same envelope.
    static func envelopeDistance(_ a: [Int16], _ b: [Int16], rate: SampleRate) -> Double {
        let step = rate.samplesPerFrame
        let distances = stride(from: 0, to: min(a.count, b.count) - step, by: step).compactMap { start -> Double? in
            let (x, y) = (Level.dBFS(a.span.extracting(start..<start + step)), Level.dBFS(b.span.extracting(start..<start + step)))
            return max(x, y) < -45 ? nil : abs(x - y)
        }
        return distances.isEmpty ? 0 : distances.reduce(0, +) / Double(distances.count)
    }
}
