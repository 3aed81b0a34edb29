import Foundation
import Yams

/// One YAML file with the overrides that apply to it, ready to be read.
struct ConfigurationDocument {
    /// Files of ours are a few kilobytes; more is somebody else's file.
    static let maximumBytes = 1 << 20
    /// What the values come to when each alias is written out.
    static let maximumNodes = 50_000
    /// Aliases of aliases multiply; with so few of them the product stays small. The reader below compares keys, nested ones too, before
    /// we see them, so that this is counted in the text.
    static let maximumAliases = 16
    /// Nesting that no file of ours comes near.
    static let maximumDepth = 24

    var root: ConfigurationNode

    /// Reads a file. What is wrong with it as YAML goes to the report, and what can be read is read.
    init(path: String, report: ConfigurationReport) {
        self.init(yaml: Self.text(path, report: report), name: path, report: report)
    }

    /// The file's text; empty when it is none, which the report then says.
    private static func text(_ path: String, report: ConfigurationReport) -> String {
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            if bytes.count > maximumBytes {
                report.problem(path, "has \(bytes.count) bytes: give a file of at most \(maximumBytes)")
            } else if let text = String(bytes: bytes, encoding: .utf8) {
                return text
            } else {
                report.problem(path, "is not UTF-8 text")
            }
        } catch {
            report.problem(path, "cannot be read: \((error as NSError).localizedDescription)")
        }
        return ""
    }

    /// - Parameter name: what the text is called in problems, e.g. its path.
    init(yaml: String, name: String, report: ConfigurationReport) {
        var converter = NodeConverter(name: name, report: report)
        root = converter.parse(yaml)
        switch root.content {
        case .mapping: break
        case .scalar(let scalar) where scalar.isNull: root = .empty(origin: name)
        default:
            report.problem(name, "holds no keys: give `section:` lines with `key: value` lines under them")
            root = .empty(origin: name)
        }
    }

    /// Applies one `--set key.path=value`; the value is read as a YAML scalar.
    mutating func apply(_ override: ConfigurationOverride, report: ConfigurationReport) {
        let origin = ConfigurationOverride.origin
        if let refusal = root.set(override.path[...], to: override.scalar, origin: origin) {
            report.problem(origin, "\(override.path.joined(separator: ".")): a key before the last \(refusal)")
        }
    }
}

/// Turns Yams' tree into ours: only scalars, lists and keys that are plain words, each once, within bounds.
struct NodeConverter {
    let name: String
    let report: ConfigurationReport
    private var nodes = 0
    /// Stands in for a key that was written twice, so that the rest of the file is still checked.
    private let duplicatePrefix = "duplicate-key-"

    init(name: String, report: ConfigurationReport) { (self.name, self.report) = (name, report) }

    mutating func parse(_ yaml: String) -> ConfigurationNode {
        guard !Self.hasManyAliases(yaml) else {
            report.problem(name, "holds more than \(ConfigurationDocument.maximumAliases) aliases (*name): write the values out")
            return .empty(origin: name)
        }
        var yaml = yaml
        for attempt in 1...64 {
            do {
                guard let node = try Yams.compose(yaml: yaml) else { return .empty(origin: name) }
                return convert(node, depth: 0)
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                guard let renamed = rename(duplicates, in: yaml, mapping: context.mark, attempt: attempt) else {
                    for key in duplicates {
                        report.problem("\(name):\(context.mark.line)", "\(key): is written twice in the section that begins here: keep one")
                    }
                    return .empty(origin: name)
                }
                yaml = renamed
            } catch {
                describe(error)
                return .empty(origin: name)
            }
        }
        return .empty(origin: name)
    }

    /// Counts every `*name` where a value may begin: each alias, and what looks like one inside of a text.
    static func hasManyAliases(_ yaml: String) -> Bool {
        var count = 0, before = UInt8(ascii: " "), last = before
        for byte in yaml.utf8 {
            let isName = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F || byte == 0x2D || byte >= 0x80
            if last == 0x2A, isName, before <= 0x20 || "[]{},:?-\"'".utf8.contains(before) { count += 1 }
            (before, last) = (last, byte)
        }
        return count > ConfigurationDocument.maximumAliases
    }

    /// Yams stops at the first section with a key written twice. Reports each repetition by its line and renames it.
    private func rename(_ duplicates: [String], in yaml: String, mapping: Mark, attempt: Int) -> String? {
        var lines = yaml.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var renamed = false
        for key in duplicates {
            var first: Int?
            for index in lines.indices where index >= mapping.line - 1 {
                let line = lines[index]
                let indent = line.prefix { $0 == " " || (index == mapping.line - 1 && $0 == "-") }.count
                guard !line.allSatisfy(\.isWhitespace), !line.drop(while: { $0 == " " }).hasPrefix("#") else { continue }
                if indent < mapping.column - 1 { break }
                guard indent == mapping.column - 1, line.dropFirst(indent).hasPrefix("\(key):") else { continue }
                guard let before = first else {
                    first = index + 1
                    continue
                }
                report.problem("\(name):\(index + 1)", "\(key): is written twice, first in line \(before): keep one")
                lines[index] = line.prefix(indent) + "\(duplicatePrefix)\(attempt)-\(index)" + line.dropFirst(indent + key.count)
                renamed = true
            }
        }
        return renamed ? lines.joined(separator: "\n") : nil
    }

    private func describe(_ error: any Error) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            report.problem("\(name):\(mark.line)", "invalid YAML in column \(mark.column): \(problem)")
        case YamlError.reader(let problem, _, _, _): report.problem(name, "invalid YAML: \(problem)")
        default: report.problem(name, "invalid YAML: \(String(describing: error).split(separator: "\n").first ?? "unreadable")")
        }
    }

    private mutating func convert(_ node: Node, depth: Int) -> ConfigurationNode {
        nodes += 1
        let origin = node.mark.map { "\(name):\($0.line)" } ?? name
        guard nodes <= ConfigurationDocument.maximumNodes, depth <= ConfigurationDocument.maximumDepth else {
            if nodes == ConfigurationDocument.maximumNodes + 1 {
                report.problem(origin, "the file holds more than \(ConfigurationDocument.maximumNodes) values")
            } else if nodes < ConfigurationDocument.maximumNodes {
                report.problem(origin, "is nested deeper than \(ConfigurationDocument.maximumDepth) levels")
            }
            return .empty(origin: origin)
        }
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain || scalar.style == .any
            return ConfigurationNode(content: .scalar(.init(text: scalar.string, isPlain: plain)), origin: origin)
        case .sequence(let sequence):
            return ConfigurationNode(content: .sequence(sequence.map { convert($0, depth: depth + 1) }), origin: origin)
        case .mapping(let mapping):
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping {
                let place = key.mark.map { "\(name):\($0.line)" } ?? name
                guard case .scalar(let word) = key else {
                    report.problem(place, "a key is a list or a section: give a word")
                    continue
                }
                guard !word.string.hasPrefix(duplicatePrefix) else { continue }
                var child = convert(value, depth: depth + 1)
                child.origin = place
                entries.append(.init(key: word.string, origin: place, node: child))
            }
            return ConfigurationNode(content: .mapping(entries), origin: origin)
        case .alias:
            report.problem(origin, "an alias stands here: write the value out")
            return .empty(origin: origin)
        }
    }
}
