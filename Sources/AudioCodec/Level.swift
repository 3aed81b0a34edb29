import Glibc

/// Loudness of PCM, and how sounds are mixed at a stated ratio. 0 dBFS is a square wave at full scale.
public enum Level {
    /// What ``dBFS(_:)`` says of digital silence: below one step of 16 bits.
    public static let floor = -100.0

    /// Root mean square of all samples; ``floor`` for silence or nothing.
    public static func dBFS(_ pcm: Span<Int16>) -> Double { decibels(meanSquare: meanSquare(pcm)) }

    /// Root mean square of all samples.
    public static func dBFS(_ pcm: [Int16]) -> Double { dBFS(pcm.span) }

    /// Mean of the squared samples; 0 for nothing. Exact, and without allocation.
    public static func meanSquare(_ pcm: Span<Int16>) -> Double {
        guard !pcm.isEmpty else { return 0 }
        var sum: Int64 = 0
        for index in pcm.indices {
            let sample = Int64(pcm[index])
            sum &+= sample &* sample
        }
        return Double(sum) / Double(pcm.count)
    }

    /// Converts a mean square of 16-bit samples.
    public static func decibels(meanSquare: Double) -> Double {
        guard meanSquare > 0 else { return floor }
        return max(floor, 10 * log10(meanSquare / fullScale))
    }

    /// The factor on the samples that raises their level by `decibels`.
    public static func gain(decibels: Double) -> Double { pow(10, decibels / 20) }

    /// Level of the speech in a recording, its pauses left out: the root mean square of the 20 ms frames that lie within
    /// 25 dB of the loudest (in the spirit of ITU-T P.56, whose active level it approximates).
    public static func activeSpeechDBFS(_ pcm: [Int16], sampleRate: SampleRate = .hz8000) -> Double {
        let frame = sampleRate.samplesPerFrame
        let powers = stride(from: 0, to: pcm.count, by: frame).map { start in
            meanSquare(pcm.span.extracting(start..<min(start + frame, pcm.count)))
        }
        guard let loudest = powers.max(), loudest > 0 else { return floor }
        let active = powers.filter { $0 >= loudest * pow(10, -2.5) }
        return decibels(meanSquare: active.reduce(0, +) / Double(active.count))
    }

    /// Changes the level of every sample, clipping at full scale.
    public static func amplified(_ pcm: [Int16], byDecibels decibels: Double) -> [Int16] {
        let factor = gain(decibels: decibels)
        return pcm.map { clipped(Double($0) * factor) }
    }

    /// Adds noise so that active speech stands `decibels` above it.
    /// - Parameters:
    ///   - noise: repeated from its start when it is shorter than the speech; nothing is added when it is empty or silent.
    public static func mixed(
        _ speech: [Int16], with noise: [Int16], signalToNoise decibels: Double, sampleRate: SampleRate = .hz8000
    ) -> [Int16] {
        mixed(speech, with: noise, noiseDBFS: activeSpeechDBFS(speech, sampleRate: sampleRate) - decibels)
    }

    /// Adds noise at a level of its own, clipping at full scale.
    public static func mixed(_ speech: [Int16], with noise: [Int16], noiseDBFS: Double) -> [Int16] {
        let present = dBFS(noise.span)
        guard !noise.isEmpty, present > floor else { return speech }
        let factor = gain(decibels: noiseDBFS - present)
        return speech.indices.map { clipped(Double(speech[$0]) + Double(noise[$0 % noise.count]) * factor) }
    }

    static func clipped(_ value: Double) -> Int16 { Int16(max(-32_768, min(32_767, value.rounded()))) }

    private static let fullScale = 32_768.0 * 32_768.0
}
