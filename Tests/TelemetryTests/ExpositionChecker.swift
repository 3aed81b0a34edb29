/// Reads the Prometheus text format 0.0.4 strictly: what a scraper would refuse, and what promtool would complain about.
struct ExpositionChecker {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }
    private(set) var samples: [Sample] = []
    private(set) var problems: [String] = []
    private(set) var types: [String: String] = [:]
    private var helps: Set<String> = []
    private var finished: Set<String> = []
    private var family = ""

    init(_ text: String) {
        if !text.isEmpty, !text.hasSuffix("\n") { problems.append("the last line does not end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("#") { readComment(line) } else { readSample(line) }
        }
        checkHistograms()
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func readComment(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, words[0] == "#", ["HELP", "TYPE"].contains(words[1]) else { return }
        guard words.count >= 3 else {
            problems.append("\(words[1]) of nothing")
            return
        }
        enter(words[2])
        if words[1] == "HELP" {
            if !helps.insert(words[2]).inserted { problems.append("\(words[2]): two HELP lines") }
            if words.count == 4, !Self.isEscaped(words[3], quotes: false) { problems.append("\(words[2]): HELP is not escaped") }
        } else {
            if types[words[2]] != nil { problems.append("\(words[2]): two TYPE lines") }
            if samples.contains(where: { base($0.name) == words[2] }) { problems.append("\(words[2]): TYPE after a sample") }
            let type = words.count == 4 ? words[3] : ""
            if !["counter", "gauge", "histogram", "summary", "untyped"].contains(type) { problems.append("\(words[2]): type \(type)") }
            types[words[2]] = type
        }
    }

    private mutating func readSample(_ line: Substring) {
        guard let sample = Self.sample(line) else {
            problems.append("not a sample: \(line)")
            return
        }
        enter(base(sample.name))
        if samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) { problems.append("twice: \(line)") }
        if types[base(sample.name)] == "counter", !(sample.value >= 0) { problems.append("a counter below zero: \(line)") }
        samples.append(sample)
    }

    /// All lines of a family stand together.
    private mutating func enter(_ name: String) {
        guard name != family else { return }
        if finished.contains(name) { problems.append("\(name): its lines are not together") }
        finished.insert(family)
        family = name
    }

    private func base(_ name: String) -> String {
        for ending in ["_bucket", "_sum", "_count"] where name.hasSuffix(ending) {
            let base = String(name.dropLast(ending.count))
            if types[base] == "histogram" || (types[base] == "summary" && ending != "_bucket") { return base }
        }
        return name
    }

    private mutating func checkHistograms() {
        for (name, type) in types where type == "histogram" {
            let buckets = samples.filter { $0.name == "\(name)_bucket" }
            let groups = Dictionary(grouping: buckets) { sample in sample.labels.filter { $0.key != "le" } }
            if groups.isEmpty, samples.contains(where: { base($0.name) == name }) { problems.append("\(name): no buckets") }
            for (labels, group) in groups {
                let bounds = group.map { Self.number($0.labels["le"] ?? "") ?? .nan }
                if !zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) { problems.append("\(name): le does not ascend") }
                if bounds.last != .infinity { problems.append("\(name): no +Inf") }
                if !zip(group, group.dropFirst()).allSatisfy({ $0.value <= $1.value }) { problems.append("\(name): not cumulative") }
                if value("\(name)_count", labels) != group.last?.value { problems.append("\(name): +Inf is not _count") }
                if value("\(name)_sum", labels) == nil { problems.append("\(name): no _sum") }
            }
        }
    }

    // MARK: One line

    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard let first = name.first, !first.isNumber else { return nil }
        var rest = line.dropFirst(name.count)
        var labels = [String: String]()
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                guard let initial = label.first, !initial.isNumber else { return nil }
                rest = rest.dropFirst(label.count)
                guard rest.hasPrefix("=\""), let (text, after) = quoted(rest.dropFirst(2)) else { return nil }
                guard labels.updateValue(text, forKey: String(label)) == nil else { return nil }
                rest = after
                if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
            }
            rest = rest.dropFirst()
        }
        let words = rest.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0].isEmpty, let value = number(String(words[1])) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func quoted(_ text: Substring) -> (String, Substring)? {
        var value = "", rest = text
        while let character = rest.popFirst() {
            switch character {
            case "\"": return (value, rest)
            case "\\":
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "n": value.append("\n")
                case "\"": value.append("\"")
                default: return nil
                }
            default: value.append(character)
            }
        }
        return nil
    }

    private static func isEscaped(_ text: String, quotes: Bool) -> Bool {
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "\\", rest.first.map({ $0 == "\\" || $0 == "n" || (quotes && $0 == "\"") }) != true { return false }
            if character == "\\" { rest = rest.dropFirst() }
        }
        return true
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "+Inf": .infinity
        case "-Inf": -.infinity
        default: text.allSatisfy { $0.isNumber || "+-.eE".contains($0) } ? Double(text) : nil
        }
    }
}
