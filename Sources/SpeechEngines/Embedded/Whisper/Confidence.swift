import Glibc

/// From the network's probabilities to what they are worth.
enum Confidence {
    /// Geometric mean of the tokens' probabilities, and the share of the words that were right where it was that high:
    /// 480 domain sentences in four voices, half of them at 10 dB noise.
    private static let measured: [(mean: Double, accuracy: Double)] = [
        (0, 0), (0.25, 0.19), (0.35, 0.37), (0.45, 0.41), (0.55, 0.50), (0.65, 0.73), (0.75, 0.84), (0.85, 0.96), (0.95, 1), (1, 1),
    ]

    /// The share of the words that is expected to be right, 0…1.
    static func expectedAccuracy(logProbabilities: [Double]) -> Double {
        guard !logProbabilities.isEmpty else { return 0 }
        let mean = exp(min(0, logProbabilities.reduce(0, +) / Double(logProbabilities.count)))
        guard let upper = measured.firstIndex(where: { $0.mean >= mean }), upper > 0 else { return 0 }
        let (low, high) = (measured[upper - 1], measured[upper])
        return low.accuracy + (high.accuracy - low.accuracy) * (mean - low.mean) / (high.mean - low.mean)
    }

    /// The probability of all of them together.
    static func product(_ logProbabilities: [Double]) -> Double { exp(min(0, logProbabilities.reduce(0, +))) }
}
