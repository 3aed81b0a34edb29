import Foundation
import Orchestrator
import Testing
import Understanding

@Suite("Training at start-up")
struct TrainingTests {
    @Test("it knows how good it is, and prints what it costs")
    func report() {
        let start = Self.threadTime()
        let understanding = EmbeddedUnderstanding(pack: TelecomPack.pack)
        let trained = Self.threadTime()
        let sentences = TelecomPack.pack.intents.flatMap(\.examples) + TelecomPack.pack.background
        for sentence in sentences { _ = understanding.read(sentence, in: UnderstandingContext(now: Date(timeIntervalSince1970: 1_773_306_000))) }
        let read = Self.threadTime()
        let each = (read - trained) / Double(max(sentences.count, 1))
        print("training: \(understanding.report); \(Int((trained - start) * 1_000)) ms of CPU; \(Int(each * 1e6)) µs of CPU a decision")
        #expect(understanding.report.heldOutAccuracy > 0.8)
        #expect((0.4...2.5).contains(understanding.report.temperature))
    }

    @Test("its own sentences are understood")
    func ownSentences() {
        var right = 0, total = 0
        for intent in TelecomPack.pack.intents {
            for sentence in intent.examples {
                total += 1
                let decision = SharedSetTests.understanding.read(sentence, in: UnderstandingContext(now: Date(timeIntervalSince1970: 1_773_306_000)))
                right += decision.intent == intent.name ? 1 : 0
                if decision.intent != intent.name {
                    print("  own sentence missed: \(sentence) -> \(decision.intent) \(decision.act?.rawValue ?? "") \(decision.confidence)")
                }
            }
        }
        print("own sentences: \(right) of \(total) right")
        #expect(Double(right) >= 0.94 * Double(total))
    }

    @Test(
        "confidence means what it says: on sentences of others, those at 0.8 and above are right nine times in ten",
        .enabled(if: TestData.isPresent, Comment(rawValue: TestData.skipped)))
    func calibration() throws {
        let served = Set(TelecomPack.pack.intents.map(\.name))
        var bins = Array(repeating: (right: 0, total: 0, confidence: 0.0), count: 10)
        let rows =
            try TestData.rows("telco_intents/dev.tsv").filter { $0["intent"] != "customer_service" }.map { (text: $0["text"] ?? "", label: $0["intent"] ?? "") }
            + TestData.rows("oos/clinc_oos_val.tsv").map { (text: $0["text"] ?? "", label: "") }
        for row in rows {
            let decision = SharedSetTests.understanding.read(row.text, in: UnderstandingContext(now: Date(timeIntervalSince1970: 1_773_306_000)))
            let expected = served.contains(row.label) ? row.label : Decision.outOfScope
            let bin = min(9, Int(decision.confidence * 10))
            bins[bin].total += 1
            bins[bin].right += decision.intent == expected ? 1 : 0
            bins[bin].confidence += decision.confidence
        }
        for (index, bin) in bins.enumerated() where bin.total > 0 {
            print("confidence 0.\(index): \(bin.right) of \(bin.total) right, mean confidence \(Int(100 * bin.confidence / Double(bin.total))) %")
        }
        let sure = bins[8...].reduce((0, 0)) { ($0.0 + $1.right, $0.1 + $1.total) }
        #expect(Double(sure.0) >= 0.9 * Double(sure.1))
    }

    /// CPU seconds of this thread.
    private static func threadTime() -> Double {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
