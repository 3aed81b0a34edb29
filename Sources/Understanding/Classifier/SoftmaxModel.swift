/// Weights of a multinomial logistic regression, trained by stochastic gradient descent in a fixed order.
struct SoftmaxModel: Sendable {
    /// Eight classes side by side: one step of arithmetic.
    typealias Lanes = SIMD8<Float>
    /// A training sentence.
    struct Sample: Sendable {
        var vector: SparseVector
        var label: Int
        /// How much it counts.
        var weight: Float
    }
    private let classes: Int
    /// Lanes a feature has, so that all classes fit.
    private let width: Int
    /// Row-major: feature × lanes; the last row is the bias.
    private var weights: [Lanes]

    init(classes: Int, features: Int, samples: [Sample], settings: SentenceClassifier.Settings) {
        self.classes = classes
        width = (classes + Lanes.scalarCount - 1) / Lanes.scalarCount
        weights = Array(repeating: .zero, count: (features + 1) * width)
        // A class with few sentences weighs more, up to three times.
        var sizes = Array(repeating: Float(0), count: classes)
        for sample in samples { sizes[sample.label] += sample.weight }
        let largest = sizes.max() ?? 1
        let classWeights = sizes.map { $0 > 0 ? min(largest / $0, 9).squareRoot() : 1 }
        var order = Array(samples.indices)
        var random = SplitMix(seed: 42)
        var gradient = Array(repeating: Lanes.zero, count: width)
        for epoch in 0..<settings.epochs {
            random.shuffle(&order)
            let step = settings.rate / (1 + 0.15 * Float(epoch))
            for place in order {
                let sample = samples[place]
                sum(sample.vector, into: &gradient)
                Self.normalise(&gradient, classes)
                gradient[sample.label / Lanes.scalarCount][sample.label % Lanes.scalarCount] -= 1
                descend(sample.vector, gradient, by: step * sample.weight * classWeights[sample.label])
            }
            let shrink = 1 - settings.decay
            for place in weights.indices.dropLast(width) { weights[place] *= shrink }
        }
    }

    /// One score a class; the greatest is the likeliest.
    func logits(_ vector: SparseVector) -> [Float] {
        var lanes = Array(repeating: Lanes.zero, count: width)
        sum(vector, into: &lanes)
        return (0..<classes).map { lanes[$0 / Lanes.scalarCount][$0 % Lanes.scalarCount] }
    }

    private func sum(_ vector: SparseVector, into lanes: inout [Lanes]) {
        let bias = weights.count - width
        for lane in 0..<width {
            var total = weights[bias + lane]
            for place in vector.indices.indices { total += vector.values[place] * weights[Int(vector.indices[place]) * width + lane] }
            lanes[lane] = total
        }
    }

    private mutating func descend(_ vector: SparseVector, _ gradient: [Lanes], by scale: Float) {
        let bias = weights.count - width
        for lane in 0..<width {
            let step = gradient[lane] * scale
            weights[bias + lane] -= 0.1 * step
            for place in vector.indices.indices { weights[Int(vector.indices[place]) * width + lane] -= vector.values[place] * step }
        }
    }

    /// Scores to probabilities, in place; lanes beyond the last class become zero.
    private static func normalise(_ lanes: inout [Lanes], _ classes: Int) {
        var top = -Float.infinity, sum: Float = 0
        for index in 0..<classes { top = max(top, lanes[index / Lanes.scalarCount][index % Lanes.scalarCount]) }
        for index in 0..<(lanes.count * Lanes.scalarCount) {
            let (lane, place) = (index / Lanes.scalarCount, index % Lanes.scalarCount)
            lanes[lane][place] = index < classes ? Logarithm.power(lanes[lane][place] - top) : 0
            sum += lanes[lane][place]
        }
        for lane in lanes.indices { lanes[lane] /= sum }
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
