/// Multinomial logistic regression over weighted n-grams, with calibrated probabilities.
///
/// Trained once, immutable afterwards; the same sentences always give the same classifier.
struct SentenceClassifier: Sendable {
    struct Example: Sendable {
        var text: String
        /// Index into `labels`.
        var label: Int
    }
    /// What training found out about itself.
    struct Report: Sendable {
        var sentences: Int, features: Int
        /// Fitted to held-out sentences: logits are divided by it.
        var temperature: Float
        /// Share of held-out sentences that were labelled right, 5 folds.
        var heldOutAccuracy: Double
    }
    struct Settings: Sendable {
        var epochs = 30
        var rate: Float = 0.6
        /// Shrinkage of the weights per epoch.
        var decay: Float = 0.004
        /// Weight of the word n-grams beside the letters'.
        var wordShare: Float = 1.0
        var folds = 5
    }

    let labels: [String]
    let report: Report
    private let vocabulary: Vocabulary
    private let model: SoftmaxModel
    private let temperature: Float

    init(labels: [String], examples: [Example], settings: Settings = Settings()) {
        self.labels = labels
        var heldOut: [(logits: [Float], label: Int)] = []
        if examples.count >= settings.folds * 4 {
            for fold in 0..<settings.folds {
                let train = examples.enumerated().filter { $0.offset % settings.folds != fold }.map(\.element)
                let vocabulary = Vocabulary(train.map(\.text), wordShare: settings.wordShare)
                let model = Self.train(train, vocabulary, labels.count, settings)
                for (offset, example) in examples.enumerated() where offset % settings.folds == fold {
                    heldOut.append((model.logits(vocabulary.vector(of: example.text)), example.label))
                }
            }
        }
        vocabulary = Vocabulary(examples.map(\.text), wordShare: settings.wordShare)
        model = Self.train(examples, vocabulary, labels.count, settings)
        temperature = Calibration.temperature(for: heldOut)
        let right = heldOut.count { pair in pair.logits.indices.max { pair.logits[$0] < pair.logits[$1] } == pair.label }
        report = Report(
            sentences: examples.count, features: vocabulary.count, temperature: temperature,
            heldOutAccuracy: heldOut.isEmpty ? 0 : Double(right) / Double(heldOut.count))
    }

    /// Calibrated probabilities, in the order of `labels`, and how much of the sentence training has seen (0…1).
    func probabilities(of text: String) -> (values: [Double], coverage: Double) {
        let vector = vocabulary.vector(of: text)
        return (Calibration.softmax(model.logits(vector), temperature: temperature), Double(vector.coverage))
    }

    private static func train(_ examples: [Example], _ vocabulary: Vocabulary, _ classes: Int, _ settings: Settings) -> SoftmaxModel {
        var vectors: [SparseVector] = [], labels: [Int] = [], weights: [Float] = []
        for example in examples {
            for (variant, weight) in Variants.of(example.text) {
                vectors.append(vocabulary.vector(of: variant))
                labels.append(example.label)
                weights.append(weight)
            }
        }
        return SoftmaxModel(
            classes: classes, features: vocabulary.count, vectors: vectors, labels: labels, weights: weights, epochs: settings.epochs,
            rate: settings.rate, decay: settings.decay)
    }
}

/// How a sentence reaches us when the recogniser drops a word.
enum Variants {
    /// The sentence itself, and, from four words on, up to three copies that lack one word, with less weight.
    static func of(_ text: String) -> [(words: [String], weight: Float)] {
        let words = NGrams.words(of: text)
        var variants: [(words: [String], weight: Float)] = [(words, 1)]
        guard words.count >= 4 else { return variants }
        for step in 0..<3 {
            var copy = words
            copy.remove(at: (step * 2 + words.count) % words.count)
            variants.append((copy, 0.3))
        }
        return variants
    }
}
