/// The n-grams of the training sentences, their weights, and sentences as vectors over them.
struct Vocabulary: Sendable {
    private var indices: [UInt32: Int32] = [:]
    private var weights: [Float] = []
    /// What an n-gram weighs that no sentence had.
    private let unseenWeight: Float
    private let wordShare: Float

    var count: Int { weights.count }

    /// - Parameter sentences: the n-grams of each training sentence.
    init(_ sentences: [NGrams.Features], wordShare: Float) {
        self.wordShare = wordShare
        var frequencies: [Int32] = []
        for features in sentences {
            for hash in features.words + features.letters {
                if let index = indices[hash] {
                    frequencies[Int(index)] += 1
                } else {
                    indices[hash] = Int32(frequencies.count)
                    frequencies.append(1)
                }
            }
        }
        let total = Float(sentences.count + 1)
        weights = frequencies.map { 1 + Logarithm.natural(total / Float($0 + 1)) }
        unseenWeight = 1 + Logarithm.natural(total)
    }

    /// Rare n-grams weigh more; words and letters each make up a block of fixed length. What training never saw counts in the
    /// length, so a sentence of strange words comes out short, and unsure.
    func vector(of features: NGrams.Features) -> SparseVector {
        var vector = SparseVector()
        var known: Float = 0, total: Float = 0
        for (block, share) in [(features.words, wordShare), (features.letters, 1)] {
            let start = vector.indices.count
            var length: Float = 0
            for hash in block {
                let weight = indices[hash].map { weights[Int($0)] } ?? unseenWeight
                length += weight * weight
                if let index = indices[hash] {
                    vector.indices.append(index)
                    vector.values.append(weight)
                    known += weight * weight
                }
            }
            total += length
            guard length > 0 else { continue }
            let scale = share / length.squareRoot()
            for place in start..<vector.values.count { vector.values[place] *= scale }
        }
        vector.coverage = total > 0 ? known / total : 0
        return vector
    }
}

struct SparseVector: Sendable {
    var indices: [Int32] = []
    var values: [Float] = []
    /// Share of the sentence's n-grams that are in the vocabulary, by weight; 0…1.
    var coverage: Float = 0
}
