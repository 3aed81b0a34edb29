/// Weights of a multinomial logistic regression, trained by stochastic gradient descent in a fixed order.
struct SoftmaxModel: Sendable {
    private let classes: Int
    /// Row-major: feature × class.
    private var weights: [Float]
    private var bias: [Float]

    init(
        classes: Int, features: Int, vectors: [SparseVector], labels: [Int], weights sampleWeights: [Float], epochs: Int, rate: Float, decay: Float
    ) {
        self.classes = classes
        weights = Array(repeating: 0, count: features * classes)
        bias = Array(repeating: 0, count: classes)
        // Classes with few sentences count as much as half of the largest at least.
        var sizes = Array(repeating: Float(0), count: classes)
        for (label, weight) in zip(labels, sampleWeights) { sizes[label] += weight }
        let largest = sizes.max() ?? 1
        let classWeights = sizes.map { $0 > 0 ? min(largest / $0, 9).squareRoot() : 1 }
        var order = Array(vectors.indices)
        var random = SplitMix(seed: 42)
        for epoch in 0..<epochs {
            random.shuffle(&order)
            let step = rate / (1 + 0.15 * Float(epoch))
            for sample in order {
                let vector = vectors[sample]
                var gradient = Calibration.softmax(logits(vector), temperature: 1).map(Float.init)
                gradient[labels[sample]] -= 1
                let scale = step * sampleWeights[sample] * classWeights[labels[sample]]
                for label in 0..<classes { bias[label] -= 0.1 * scale * gradient[label] }
                for place in vector.indices.indices {
                    let row = Int(vector.indices[place]) * classes
                    let value = vector.values[place] * scale
                    for label in 0..<classes { weights[row + label] -= value * gradient[label] }
                }
            }
            let shrink = 1 - decay
            for place in weights.indices { weights[place] *= shrink }
        }
    }

    func logits(_ vector: SparseVector) -> [Float] {
        var logits = bias
        for place in vector.indices.indices {
            let row = Int(vector.indices[place]) * classes
            let value = vector.values[place]
            for label in 0..<classes { logits[label] += value * weights[row + label] }
        }
        return logits
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
