import Foundation
import Orchestrator
import Testing

@Suite("Reply templates and their formats")
struct TemplateTests {
    static let formatter = ValueFormatter(currency: "USD", now: Date(timeIntervalSince1970: 1_773_144_000))  // 2026-03-10

    @Test(
        "A value is written as people write it",
        arguments: [
            ("{bill.amount_micro|money}", "42500000", "$42.50"),
            ("{bill.amount_micro|money}", "0", "$0.00"),
            ("{bill.amount_micro|money}", "1234567890", "$1234.57"),
            ("{quote.difference_micro|money}", "-20000000", "-$20.00"),
            ("{amount|money}", "42.5", "$42.50"),
            ("{usage.data_left_mb|data}", "5800", "5.8 GB"),
            ("{usage.data_left_mb|data}", "12000", "12 GB"),
            ("{usage.data_left_mb|data}", "0", "0 MB"),
            ("{usage.data_left_mb|data}", "999", "999 MB"),
            ("{due|date}", "2026-03-15", "March 15th"),
            ("{due|date}", "2026-04-01", "April 1st"),
            ("{due|date}", "2026-12-22", "December 22nd"),
            ("{due|date}", "2026-02-13", "February 13th"),
            ("{due|date}", "2029-05-03", "May 3rd, 2029"),
            ("{month|month}", "2026-03", "March"),
            ("{month|month}", "2025-12", "December 2025"),
            ("{phone|digits}", "+5550101", "5 5 5 0 1 0 1"),
            ("{phone|last4}", "+15550101", "0 1 0 1"),
            ("{plan}", "Family Share", "Family Share"),
        ])
    func writes(_ text: String, _ value: String, _ written: String) throws {
        #expect(try Template(text).rendered(Self.formatter) { _ in value } == written)
    }

    @Test("Other currencies have their sign, or their code", arguments: [("EUR", "€5.00"), ("GBP", "£5.00"), ("CHF", "CHF 5.00")])
    func currencies(_ code: String, _ written: String) throws {
        let formatter = ValueFormatter(currency: code, now: .now)
        #expect(try Template("{price_micro|money}").rendered(formatter) { _ in "5000000" } == written)
    }

    @Test(
        "A text that cannot be read says why",
        arguments: [
            ("{", TemplateError.malformed), ("{}", .malformed), ("a } b", .malformed), ("{a b}", .malformed),
            ("{a|money|data}", .malformed),
            ("{a{b}}", .malformed), ("{a|francs}", .unknownFormat("francs")),
        ])
    func refuses(_ text: String, _ error: TemplateError) {
        #expect(throws: error) { _ = try Template(text) }
    }

    @Test("Nothing rather than half a sentence: an unknown value, or one that does not fit, is an error")
    func unknown() throws {
        let template = try Template("It's due on {bill.due_on|date}.")
        #expect(throws: TemplateError.unknownValue("bill.due_on")) { _ = try template.rendered(Self.formatter) { _ in nil } }
        #expect(throws: TemplateError.unfitValue("bill.due_on", .date)) {
            _ = try template.rendered(Self.formatter) { _ in "soon" }
        }
        #expect(try Template("{month?}").rendered(Self.formatter) { _ in nil } == "")
    }
}

@Suite("The normal form of slot values")
struct SlotFormTests {
    @Test(
        "accepts",
        arguments: [
            (SlotType.number, "42"), (.number, "-3.5"), (.money, "42.50"), (.money, "7"), (.date, "2028-02-29"),
            (.month, "2026-03"),
            (.phone, "+15550101"), (.phone, "5550101"), (.data, "5800"), (.data, "5.8 GB"), (.data, "500MB"),
            (.confirmation, "yes"), (.text, "x"),
        ])
    func accepts(_ type: SlotType, _ value: String) { #expect(SlotForm.accepts(value, as: type)) }

    @Test(
        "refuses",
        arguments: [
            (SlotType.number, ""), (.number, "four"), (.number, "1e9"), (.number, "inf"), (.number, "0x10"), (.number, "."),
            (.number, "٣"),
            (.money, "42.505"), (.money, "$5"), (.date, "2026-02-29"), (.date, "2026-3-1"), (.date, "tomorrow"),
            (.month, "2026-13"),
            (.month, "March"), (.phone, "555"), (.phone, "5550101; drop table"), (.phone, "+1555010112345678"), (.data, "lots"),
            (.confirmation, "maybe"), (.text, ""), (.text, String(repeating: "x", count: 501)),
        ])
    func refuses(_ type: SlotType, _ value: String) { #expect(!SlotForm.accepts(value, as: type)) }

    @Test("A plan is one of the listed")
    func options() {
        #expect(SlotForm.accepts("Basic", as: .plan, options: ["Basic", "Traveler"]))
        #expect(!SlotForm.accepts("basic", as: .plan, options: ["Basic", "Traveler"]))
    }

    @Test("Data volumes compare as megabytes", arguments: [("5.8 GB", 5_800.0), ("500 KB", 0.5), ("2TB", 2_000_000), ("750", 750)])
    func magnitude(_ value: String, _ megabytes: Double) { #expect(SlotForm.magnitude(value, as: .data) == megabytes) }
}
