/// A metric that the gateway promises to export: its name, what it means, and by what it is divided.
public struct MetricDeclaration: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Only grows; its name ends in `_total`.
        case counter
        case gauge
        /// Counts values up to each bound; the bound `+Inf` is understood.
        case histogram(buckets: [Double])
    }
    /// As it is exported, in base units, e.g. `gateway_turn_latency_seconds`.
    public var name: String
    public var kind: Kind
    public var help: String
    /// Names of its labels, in the order in which they are written. Never a call, a phone number or words of a caller.
    public var labels: [String]

    public init(_ name: String, _ kind: Kind, help: String, labels: [String] = []) {
        (self.name, self.kind, self.help, self.labels) = (name, kind, help, labels)
    }

    /// Seconds from the end of a caller's speech to what they hear.
    public static let turnBuckets: [Double] = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10]
    /// Seconds of work inside the gateway: what a duration gets that declared no buckets.
    public static let workBuckets: [Double] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

    /// Where it breaks Prometheus' conventions ("Metric and label naming"), though it could be exported: for whoever declares metrics.
    public var conventionProblems: [String] {
        var found = [String]()
        if !help.hasSuffix(".") { found.append("\(name): its help text is a sentence") }
        if case .histogram = kind, !Self.units.contains(where: name.hasSuffix) {
            found.append("\(name): a histogram's name ends in its unit, one of \(Self.units.joined(separator: ", "))")
        }
        for (unit, base) in Self.derivedUnits where name.hasSuffix(unit) || name.contains("\(unit)_") {
            found.append("\(name): \(unit) is no base unit, give \(base)")
        }
        return found
    }

    /// Base units, and what people write instead.
    private static let units = ["_seconds", "_bytes", "_ratio"]
    private static let derivedUnits = [
        ("_ms", "_seconds"), ("_milliseconds", "_seconds"), ("_microseconds", "_seconds"), ("_minutes", "_seconds"), ("_hours", "_seconds"),
        ("_kb", "_bytes"), ("_mb", "_bytes"), ("_kilobytes", "_bytes"), ("_megabytes", "_bytes"), ("_percent", "_ratio"),
    ]

    /// What keeps it from being exported, as sentences.
    public var problems: [String] {
        var found = [String]()
        if !MetricName.isValid(name) { found.append("\(name): not a metric name, [a-zA-Z_][a-zA-Z0-9_]*") }
        if kind == .counter, !name.hasSuffix("_total") { found.append("\(name): a counter's name ends in _total") }
        if kind != .counter, ["_total", "_bucket", "_count", "_sum"].contains(where: name.hasSuffix) {
            found.append("\(name): its ending belongs to counters and to parts of histograms")
        }
        for (index, label) in labels.enumerated() {
            if !MetricName.isValid(label) || label.hasPrefix("__") { found.append("\(name): \(label) is not a label name") }
            if label == "le" || label == "quantile" { found.append("\(name): the label \(label) is reserved") }
            if labels[..<index].contains(label) { found.append("\(name): two labels \(label)") }
        }
        guard case .histogram(let buckets) = kind else { return found }
        let ascends = zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 }
        if buckets.isEmpty || !ascends || !buckets.allSatisfy(\.isFinite) {
            found.append("\(name): buckets must be finite and ascend")
        }
        return found
    }
}

/// Every declaration that cannot be exported.
public struct MetricDeclarationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [String]
    public var description: String { problems.joined(separator: "\n") }
}

/// Names in the Prometheus text format, without the colon that belongs to recording rules.
enum MetricName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F }
    }

    /// The nearest valid name: what may not stand in one becomes `_`.
    static func sanitised(_ label: String) -> String {
        let name = String(decoding: label.utf8.map { isLetter($0) || isDigit($0) ? $0 : 0x5F }, as: UTF8.self)
        return name.utf8.first.map(isDigit) ?? true ? "_" + name : name
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
