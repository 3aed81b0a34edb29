/// Weights of a multinomial logistic regression, trained by stochastic gradient descent in a fixed order.
///
/// Plain scalar arithmetic: an unoptimised build runs it too, and would take SIMD types apart lane by lane.
struct SoftmaxModel: Sendable {
    /// A training sentence.
    struct Sample: Sendable {
        var vector: SparseVector
        var label: Int
        /// How much it counts.
        var weight: Float
    }
    private let classes: Int
    /// Row-major: feature × class; the last row is the bias.
    private var weights: [Float]

    init(classes: Int, features: Int, samples: [Sample], settings: SentenceClassifier.Settings) {
        self.classes = classes
        weights = Array(repeating: 0, count: (features + 1) * classes)
        // A class with few sentences weighs more, up to three times.
        var sizes = Array(repeating: Float(0), count: classes)
        for sample in samples { sizes[sample.label] += sample.weight }
        let largest = sizes.max() ?? 1
        let classWeights = sizes.map { $0 > 0 ? min(largest / $0, 9).squareRoot() : 1 }
        var order = Array(samples.indices)
        var random = SplitMix(seed: 42)
        // The weights shrink by one factor in front of them all, which costs nothing.
        var scale: Float = 1
        for epoch in 0..<settings.epochs {
            random.shuffle(&order)
            let step = settings.rate / (1 + settings.cooling * Float(epoch))
            for place in order {
                let sample = samples[place]
                let scores = sum(sample.vector, scale: scale)
                let top = scores.max() ?? 0
                var total: Float = 0
                let powers = scores.map { score in
                    let power = Logarithm.power(score - top)
                    total += power
                    return power
                }
                let rate = step * sample.weight * classWeights[sample.label] / scale
                for label in 0..<classes {
                    let gradient = powers[label] / total - (label == sample.label ? 1 : 0)
                    // What is nearly right already teaches nothing.
                    if abs(gradient) > 0.005 { descend(sample.vector, label, by: rate * gradient) }
                }
            }
            scale *= 1 - settings.decay
        }
        for place in weights.indices { weights[place] *= scale }
    }

    /// One score a class; the greatest is the likeliest.
    func logits(_ vector: SparseVector) -> [Float] { sum(vector, scale: 1) }

    private func sum(_ vector: SparseVector, scale: Float) -> [Float] {
        var sums = Array(weights[(weights.count - classes)...])
        for place in 0..<vector.indices.count {
            let row = Int(vector.indices[place]) * classes
            let value = vector.values[place]
            for label in 0..<classes { sums[label] += value * weights[row + label] }
        }
        return scale == 1 ? sums : sums.map { $0 * scale }
    }

    private mutating func descend(_ vector: SparseVector, _ label: Int, by step: Float) {
        weights[weights.count - classes + label] -= 0.1 * step
        for place in 0..<vector.indices.count { weights[Int(vector.indices[place]) * classes + label] -= vector.values[place] * step }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same order on every machine.
struct SplitMix {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func shuffle(_ order: inout [Int]) {
        guard order.count > 1 else { return }
        for place in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(place, Int(next() % UInt64(place + 1))) }
    }
}
