import Foundation

/// The typed getters. Each states what it takes in words made from the very numbers it checks.
extension ConfigurationReader {
    /// A whole number with its unit.
    public func integer(_ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>, unit: String = "number") -> Int {
        value(key, default: fallback, standIn: range.lowerBound, takes: "whole \(unit) in \(range.lowerBound)...\(range.upperBound)") {
            Self.integer($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number, whole or not.
    public func number(_ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>, unit: String = "number") -> Double {
        let limits = "\(Self.shortest(range.lowerBound))...\(Self.shortest(range.upperBound))"
        return value(key, default: fallback, standIn: range.lowerBound, takes: "\(unit) in \(limits)", show: Self.shortest) {
            Self.number($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    public func flag(_ key: String, default fallback: Bool? = nil) -> Bool {
        value(key, default: fallback, standIn: false, takes: "true or false") { scalar in
            guard scalar.isPlain else { return nil }
            return switch scalar.text {
            case "true": true
            case "false": false
            default: nil
            }
        }
    }

    /// Whole milliseconds.
    public func milliseconds(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Duration {
        .milliseconds(integer(key, default: fallback, in: range, unit: "ms"))
    }

    /// Seconds, to the millisecond.
    public func seconds(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Duration {
        .milliseconds((number(key, default: fallback, in: range, unit: "s") * 1_000).rounded())
    }

    /// Text of a bounded length, on one line. Without quotes a number is text too.
    public func text(_ key: String, default fallback: String? = nil, length: ClosedRange<Int> = 1...200) -> String {
        value(key, default: fallback, standIn: "", takes: Self.textOf(length)) { Self.text($0, length: length) }
    }

    /// Text that may be left out; `none` says what then happens.
    public func optionalText(_ key: String, none: String = "none", length: ClosedRange<Int> = 1...200) -> String? {
        optional(key, none: none, takes: Self.textOf(length)) { Self.text($0, length: length) }
    }

    /// A whole number that may be left out.
    public func optionalInteger(_ key: String, in range: ClosedRange<Int>, unit: String = "number", none: String = "none") -> Int? {
        optional(key, none: none, takes: "whole \(unit) in \(range.lowerBound)...\(range.upperBound)") {
            Self.integer($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number that may be left out.
    public func optionalNumber(_ key: String, in range: ClosedRange<Double>, unit: String = "number", none: String = "none") -> Double? {
        let limits = "\(Self.shortest(range.lowerBound))...\(Self.shortest(range.upperBound))"
        return optional(key, none: none, takes: "\(unit) in \(limits)") { Self.number($0).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A path of a file or folder; a relative one starts at the working directory.
    public func path(_ key: String, default fallback: String? = nil) -> String {
        value(key, default: fallback, standIn: "", takes: "a path of 1...1000 characters") { Self.text($0, length: 1...1_000) }
    }

    /// One of the names of an enumeration.
    public func choice<Choice>(_ key: String, default fallback: Choice? = nil) -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        let first = Choice.allCases[Choice.allCases.startIndex]
        return value(key, default: fallback, standIn: first, takes: "one of \(names.joined(separator: ", "))", show: \.rawValue) {
            Choice(rawValue: $0.text)
        }
    }

    /// A list of texts.
    public func texts(
        _ key: String, default fallback: [String] = [], in count: ClosedRange<Int> = 0...1_000, length: ClosedRange<Int> = 1...200
    ) -> [String] {
        let takes = "a list of \(count.lowerBound)...\(count.upperBound) times \(Self.textOf(length))"
        return values(key, default: fallback, in: count, takes: takes, show: { $0 }) { Self.text($0, length: length) }
    }

    /// A list of times in seconds, to the millisecond.
    public func secondsList(_ key: String, default fallback: [Double], in range: ClosedRange<Double>, count: ClosedRange<Int>) -> [Duration] {
        let limits = "\(Self.shortest(range.lowerBound))...\(Self.shortest(range.upperBound))"
        let takes = "a list of \(count.lowerBound)...\(count.upperBound) times s in \(limits)"
        return values(key, default: fallback, in: count, takes: takes, show: Self.shortest) {
            Self.number($0).flatMap { range.contains($0) ? $0 : nil }
        }.map { .milliseconds(($0 * 1_000).rounded()) }
    }

    // MARK: - What they share

    /// - Parameters:
    ///   - fallback: `nil` makes the key required.
    ///   - standIn: goes on in place of a bad or missing value, so that the rest is read too.
    func value<Value>(
        _ key: String, default fallback: Value?, standIn: Value, takes: String, show: (Value) -> String = { "\($0)" },
        parse: (ConfigurationNode.Scalar) -> Value?
    ) -> Value {
        let expectation = fallback.map { "\(takes) (default \(show($0)))" } ?? takes
        let entry = take(key)
        guard let entry, !entry.node.isNull else {
            guard let fallback else {
                report.problem(entry?.origin ?? origin, "\(full(key)) is missing: give \(expectation)")
                return standIn
            }
            report.setting(.init(path: full(key), expectation: expectation, value: show(fallback)))
            return fallback
        }
        guard case .scalar(let scalar) = entry.node.content, let value = parse(scalar) else {
            report.setting(.init(path: full(key), expectation: expectation, value: ""))
            report.problem(entry.origin, "\(full(key))\(Self.shown(entry.node)): give \(expectation)\(Self.hint(entry.node))")
            return fallback ?? standIn
        }
        report.setting(.init(path: full(key), expectation: expectation, value: show(value)))
        return value
    }

    private func optional<Value>(_ key: String, none: String, takes: String, parse: (ConfigurationNode.Scalar) -> Value?) -> Value? {
        value(key, default: .some(Value?.none), standIn: nil, takes: takes, show: { $0.map { "\($0)" } ?? none }) { scalar in
            parse(scalar).map(Optional.some)
        }
    }

    private func values<Value>(
        _ key: String, default fallback: [Value], in count: ClosedRange<Int>, takes: String, show: (Value) -> String,
        parse: (ConfigurationNode.Scalar) -> Value?
    ) -> [Value] {
        let written = "[\(fallback.map(show).joined(separator: ", "))]"
        let expectation = "\(takes) (default \(written))"
        guard let entry = take(key), !entry.node.isNull else {
            if !count.contains(fallback.count) { report.problem(origin, "\(full(key)) is missing: give \(takes)") }
            report.setting(.init(path: full(key), expectation: expectation, value: written))
            return fallback
        }
        var result: [Value] = []
        for (index, node) in list(key, in: count, expectation: expectation).enumerated() {
            if case .scalar(let scalar) = node.content, let value = parse(scalar) {
                result.append(value)
            } else {
                report.problem(node.origin, "\(full(key)).\(index)\(Self.shown(node)): give \(expectation)\(Self.hint(node))")
            }
        }
        report.setting(.init(path: full(key), expectation: expectation, value: "[\(result.map(show).joined(separator: ", "))]"))
        return result
    }

    /// Explains the one mistake that the value itself does not show.
    private static func hint(_ node: ConfigurationNode) -> String {
        guard case .scalar(let scalar) = node.content, !scalar.isPlain else { return "" }
        let plain = ConfigurationNode.Scalar(text: scalar.text, isPlain: true)
        return number(plain) != nil || ["true", "false"].contains(scalar.text) ? "; it stands in quotes, which makes it text" : ""
    }

    private static func textOf(_ length: ClosedRange<Int>) -> String { "text of \(length.lowerBound)...\(length.upperBound) characters" }

    /// Decimal digits with an optional minus; no leading zeros, which YAML once read as octal.
    static func integer(_ scalar: ConfigurationNode.Scalar) -> Int? {
        guard scalar.isPlain, isDecimal(scalar.text, fraction: false) else { return nil }
        return Int(scalar.text)
    }

    static func number(_ scalar: ConfigurationNode.Scalar) -> Double? {
        guard scalar.isPlain, isDecimal(scalar.text, fraction: true) else { return nil }
        return Double(scalar.text)
    }

    static func text(_ scalar: ConfigurationNode.Scalar, length: ClosedRange<Int>) -> String? {
        guard length.contains(scalar.text.count) else { return nil }
        return scalar.text.unicodeScalars.allSatisfy { ($0.value >= 0x20 && $0.value != 0x7F) || $0 == "\n" } ? scalar.text : nil
    }

    private static func isDecimal(_ text: String, fraction: Bool) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || fraction, digits.utf8.count <= 18 else { return false }
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return false }
        return parts[0] == "0" || !parts[0].hasPrefix("0")
    }

    /// 0.7 as `0.7`, 15.0 as `15`.
    static func shortest(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
