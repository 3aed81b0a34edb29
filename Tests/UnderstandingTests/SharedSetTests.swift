import Foundation
import Orchestrator
import Testing
import Understanding

/// How the shipped pack does on sentences that other people wrote. The floors leave room; each test prints its figures.
@Suite("Figures on the shared test sets", .enabled(if: TestData.isPresent, Comment(rawValue: TestData.skipped)))
struct SharedSetTests {
    static let understanding = EmbeddedUnderstanding(pack: TelecomPack.pack)
    private static let context = UnderstandingContext(now: Date(timeIntervalSince1970: 1_773_500_000))
    private static var served: Set<String> { Set(TelecomPack.pack.intents.map(\.name)) }

    private func read(_ text: String) -> Decision { Self.understanding.read(text, in: Self.context) }

    @Test("served intents of telco_intents: at least 85 % right")
    func servedIntents() throws {
        let rows = try TestData.rows("telco_intents/dev.tsv").filter { Self.served.contains($0["intent"] ?? "") }
        var right = 0
        for row in rows {
            let decision = read(row["text"] ?? "")
            if decision.intent == row["intent"] {
                right += 1
            } else {
                print("  missed \(row["intent"] ?? ""): \(row["text"] ?? "") -> \(decision.intent) \(decision.confidence)")
            }
        }
        print("served intents: \(right) of \(rows.count) right")
        #expect(Double(right) >= 0.85 * Double(rows.count))
    }

    @Test("near-domain requests that the pack cannot serve: at least 90 % rejected")
    func nearDomain() throws {
        // A wish for customer service is served by a person.
        let rows = try TestData.rows("telco_intents/dev.tsv").filter { !Self.served.contains($0["intent"] ?? "") && $0["intent"] != "customer_service" }
        try rejects(rows, named: "near-domain", atLeast: 0.9)
    }

    @Test(
        "other sets: rejected",
        arguments: [
            ("oos/clinc_oos_val.tsv", 0.95), ("oos/banking77.tsv", 0.92), ("oos/asr_noisy_atis.tsv", 0.95), ("oos/clinc_inscope_val.tsv", 0.93),
            ("oos/natcs.tsv", 0.85),
        ])
    func outOfScope(file: String, floor: Double) throws {
        try rejects(TestData.rows(file).filter { $0["expect"] == "oos" }, named: file, atLeast: floor)
    }

    private func rejects(_ rows: [[String: String]], named name: String, atLeast floor: Double) throws {
        try #require(!rows.isEmpty)
        var rejected = 0
        for row in rows {
            let decision = read(row["text"] ?? "")
            if decision.intent == Decision.outOfScope {
                rejected += 1
            } else if ProcessInfo.processInfo.environment["VERBOSE"] != nil {
                print("  accepted [\(row["intent"] ?? "")] \(row["text"] ?? "") -> \(decision.intent) \(decision.confidence)")
            }
        }
        print("\(name): \(rejected) of \(rows.count) rejected")
        #expect(Double(rejected) >= floor * Double(rows.count))
    }

    @Test("dialogue acts of CLINC: at least 80 % right")
    func dialogueActs() throws {
        let names = [
            "affirm": "yes", "deny": "no", "goodbye": "goodbye", "greet": "greeting", "repeat": "repeat", "thank": "thank_you", "cancel": "cancel",
            "ask_capabilities": "help",
        ]
        var right = 0, total = 0, figures: [String: (Int, Int)] = [:]
        for row in try TestData.rows("dialogue_acts/clinc_val.tsv") {
            guard let expected = names[row["act"] ?? ""] else { continue }
            let decision = read(row["text"] ?? "")
            let isRight = decision.act?.rawValue == expected
            total += 1
            right += isRight ? 1 : 0
            figures[expected, default: (0, 0)].0 += isRight ? 1 : 0
            figures[expected, default: (0, 0)].1 += 1
            if !isRight, ProcessInfo.processInfo.environment["VERBOSE"] != nil {
                print("  act \(expected): \(row["text"] ?? "") -> \(decision.act?.rawValue ?? "none") \(decision.intent)")
            }
        }
        print("acts: \(right) of \(total) right; " + figures.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.0)/\($0.value.1)" }.joined(separator: ", "))
        #expect(Double(right) >= 0.8 * Double(total))
    }

    @Test("acts are not heard in what is none: at most 4 % of out-of-scope sentences")
    func falseActs() throws {
        let rows = try TestData.rows("oos/clinc_oos_val.tsv") + TestData.rows("oos/banking77.tsv")
        let heard = rows.filter { read($0["text"] ?? "").act != nil }
        if ProcessInfo.processInfo.environment["VERBOSE"] != nil {
            for row in heard { print("  false act \(read(row["text"] ?? "").act?.rawValue ?? "") \(row["text"] ?? "")") }
        }
        print("false acts: \(heard.count) of \(rows.count)")
        #expect(Double(heard.count) <= 0.04 * Double(rows.count))
    }
}
