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
        /// Share of held-out sentences that were labelled right, by cross-validation.
        var heldOutAccuracy: Double
    }
    struct Settings: Sendable {
        var epochs = 12
        var rate: Float = 0.8
        /// How fast the rate falls: rate / (1 + cooling × epoch).
        var cooling: Float = 0.15
        /// Shrinkage of the weights per epoch.
        var decay: Float = 0.004
        /// Weight of the word n-grams beside the letters'.
        var wordShare: Float = 1.0
        var folds = 3
    }
    /// An example with its n-grams and those of its variants.
    private struct Prepared: Sendable {
        var variants: [(features: NGrams.Features, weight: Float)]
        var label: Int
        var features: NGrams.Features { variants[0].features }
    }

    let labels: [String]
    let report: Report
    private let vocabulary: Vocabulary
    private let model: SoftmaxModel
    private let temperature: Float

    init(labels: [String], examples: [Example], settings: Settings = Settings()) {
        self.labels = labels
        let prepared = examples.map { example in
            Prepared(variants: Variants.of(example.text).map { (NGrams.features(of: $0.words), $0.weight) }, label: example.label)
        }
        let heldOut = Self.heldOut(prepared, labels.count, settings)
        (vocabulary, model) = Self.train(prepared, labels.count, settings)
        temperature = Calibration.temperature(for: heldOut)
        let right = heldOut.count { pair in pair.logits.indices.max { pair.logits[$0] < pair.logits[$1] } == pair.label }
        report = Report(
            sentences: examples.count, features: vocabulary.count, temperature: temperature,
            heldOutAccuracy: heldOut.isEmpty ? 0 : Double(right) / Double(heldOut.count))
    }

    /// Calibrated probabilities, in the order of `labels`, and how much of the sentence training has seen (0…1).
    func probabilities(of text: String) -> (values: [Double], coverage: Double) {
        let vector = vocabulary.vector(of: NGrams.features(of: text))
        return (Calibration.softmax(model.logits(vector), temperature: temperature), Double(vector.coverage))
    }

    /// Scores of each example by a model that never saw it.
    private static func heldOut(_ examples: [Prepared], _ classes: Int, _ settings: Settings) -> [(logits: [Float], label: Int)] {
        guard examples.count >= settings.folds * 4 else { return [] }
        var scores: [(logits: [Float], label: Int)] = []
        var quick = settings
        quick.epochs = max(settings.epochs * 2 / 3, 1)
        for fold in 0..<settings.folds {
            // Without variants: it is quicker, and the scale comes out alike.
            let rest = examples.enumerated().filter { $0.offset % settings.folds != fold }.map(\.element)
            let (vocabulary, model) = train(rest.map { Prepared(variants: [$0.variants[0]], label: $0.label) }, classes, quick)
            for offset in stride(from: fold, to: examples.count, by: settings.folds) {
                scores.append((model.logits(vocabulary.vector(of: examples[offset].features)), examples[offset].label))
            }
        }
        return scores
    }

    private static func train(_ examples: [Prepared], _ classes: Int, _ settings: Settings) -> (Vocabulary, SoftmaxModel) {
        let vocabulary = Vocabulary(examples.map(\.features), wordShare: settings.wordShare)
        let samples = examples.flatMap { example in
            example.variants.map { SoftmaxModel.Sample(vector: vocabulary.vector(of: $0.features), label: example.label, weight: $0.weight) }
        }
        return (vocabulary, SoftmaxModel(classes: classes, features: vocabulary.count, samples: samples, settings: settings))
    }
}

/// How a sentence reaches us when the recogniser drops a word.
enum Variants {
    /// The sentence itself, and, from four words on, a copy that lacks one word, with less weight.
    static func of(_ text: String) -> [(words: [String], weight: Float)] {
        let words = NGrams.words(of: text)
        var variants: [(words: [String], weight: Float)] = [(words, 1)]
        guard words.count >= 4 else { return variants }
        var copy = words
        copy.remove(at: words.count / 2)
        variants.append((copy, 0.5))
        return variants
    }
}
