import Foundation

/// From scores to probabilities that mean what they say: of the answers at 0.8, about 80 % are right.
enum Calibration {
    static func softmax(_ logits: [Float], temperature: Float) -> [Double] {
        let top = logits.max() ?? 0
        let powers = logits.map { exp(Double(($0 - top) / temperature)) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// The temperature under which held-out sentences are most likely (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    /// - Returns: 0.2…5; 1 without sentences.
    static func temperature(for heldOut: [(logits: [Float], label: Int)]) -> Float {
        guard !heldOut.isEmpty else { return 1 }
        func loss(_ temperature: Float) -> Double {
            heldOut.reduce(0) { $0 - log(max(softmax($1.logits, temperature: temperature)[$1.label], 1e-9)) }
        }
        let candidates = (0...40).map { Float(0.2 * pow(25, Double($0) / 40)) }
        return candidates.map { ($0, loss($0)) }.min { $0.1 < $1.1 }?.0 ?? 1
    }
}

enum Logarithm {
    static func natural(_ value: Float) -> Float { log(value) }
    static func power(_ value: Float) -> Float { exp(value) }
}
