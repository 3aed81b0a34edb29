/// Reads one section, key by key, and remembers which keys it was asked for.
///
/// Never throws and never traps: a bad value is reported and the default (or the lowest value allowed) stands in, so that
/// one run finds every problem. What stands in is thrown away with the rest when ``ConfigurationReport/finish()`` throws.
public final class ConfigurationReader {
    /// `endpointing`, `tiers.0`; empty at the top of a file.
    public let path: String
    /// Where the section stands.
    public let origin: String
    let report: ConfigurationReport
    fileprivate let entries: [ConfigurationNode.Entry]
    private var known: [String] = []

    init(_ node: ConfigurationNode, path: String = "", report: ConfigurationReport) {
        (self.path, self.origin, self.report) = (path, node.origin, report)
        switch node.content {
        case .mapping(let entries): self.entries = entries
        case .scalar(let scalar) where scalar.isNull: entries = []
        default:
            entries = []
            report.problem(node.origin, "\(path): is no section: give `key: value` lines under it")
        }
    }

    /// Keys as they are written, in their order: for sections whose keys are names.
    public var names: [String] { entries.map(\.key) }

    /// Whether a key is written here, with a value or without.
    public func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    /// A section under this one; one that is not written reads as all defaults.
    public func section<Value>(_ key: String, _ read: (ConfigurationReader) -> Value) -> Value {
        let child = ConfigurationReader(take(key)?.node ?? .empty(origin: origin), path: full(key), report: report)
        defer { child.finish() }
        return read(child)
    }

    /// A section that may be missing altogether.
    public func optionalSection<Value>(_ key: String, _ read: (ConfigurationReader) -> Value) -> Value? {
        guard let entry = take(key), !entry.node.isNull else { return nil }
        return section(key, read)
    }

    /// A section whose keys are names that somebody chose, each with a section of its own, in the order they are written.
    public func named<Value>(_ key: String, _ read: (String, ConfigurationReader) -> Value) -> [Value] {
        section(key) { $0.namedEntries(read) }
    }

    /// Like ``named(_:_:)`` for this very section.
    public func namedEntries<Value>(_ read: (String, ConfigurationReader) -> Value) -> [Value] {
        entries.map { entry in section(entry.key) { read(entry.key, $0) } }
    }

    /// A list of sections.
    public func items<Value>(_ key: String, in count: ClosedRange<Int> = 0...1_000, _ read: (ConfigurationReader) -> Value) -> [Value] {
        let expectation = "a list of \(count.lowerBound)...\(count.upperBound) sections"
        return list(key, in: count, expectation: expectation).enumerated().map { index, node in
            let child = ConfigurationReader(node, path: "\(full(key)).\(index)", report: report)
            defer { child.finish() }
            return read(child)
        }
    }

    /// Reports every key that nobody asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            report.unknownKey(entry.key, path: full(entry.key), origin: entry.origin, siblings: known, section: path)
        }
    }

    /// Reports no unknown keys in this section: what it should hold cannot be told.
    func ignoreTheRest() { known += names }

    // MARK: - For the typed getters

    /// The entry, which counts as known from now on.
    func take(_ key: String) -> ConfigurationNode.Entry? {
        if !known.contains(key) { known.append(key) }
        return entries.first { $0.key == key }
    }

    func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Where a key stands, or where its section does.
    public func origin(of key: String) -> String { entries.first { $0.key == key }?.origin ?? origin }

    /// A problem with one key of this section, found by a rule that the getters do not know.
    /// - Parameter message: what follows the key: `= "40": give …`, or a sentence about it.
    public func problem(_ key: String, _ message: String) {
        report.problem(origin(of: key), "\(full(key))\(message.hasPrefix("=") ? " " : ": ")\(message)")
    }

    /// The nodes of a list; a missing key is an empty list.
    func list(_ key: String, in count: ClosedRange<Int>, expectation: String) -> [ConfigurationNode] {
        guard let entry = take(key), !entry.node.isNull else {
            if count.lowerBound > 0 { report.problem(origin, "\(full(key)) is missing: give \(expectation)") }
            return []
        }
        guard case .sequence(let nodes) = entry.node.content else {
            report.problem(entry.origin, "\(full(key))\(Self.shown(entry.node)): give \(expectation)")
            return []
        }
        guard count.contains(nodes.count) else {
            report.problem(entry.origin, "\(full(key)) has \(nodes.count) items: give \(expectation)")
            return []
        }
        return nodes
    }

    /// ` = "40"`, or what kind of thing stands there; empty for nothing.
    static func shown(_ node: ConfigurationNode) -> String {
        switch node.content {
        case .scalar(let scalar) where scalar.isNull: ""
        case .scalar(let scalar): " = \(quoted(scalar.text))"
        case .mapping: " is a section"
        case .sequence: " is a list"
        }
    }

    /// A value in quotes, on one line, cut to a length that a terminal shows.
    static func quoted(_ text: String) -> String {
        let limit = 60
        let shown = PrintableLine.of(String(text.prefix(limit)))
        return "\"\(shown)\(text.count > limit ? "…" : "")\""
    }
}

extension ConfigurationReader {
    /// Where the value at a path below this section stands, or the nearest section above it.
    /// - Parameter path: keys and list indices. An item of a list of sections is also found by its `name`, `id` or `type`.
    func origin(ofPath path: [String]) -> String {
        var (node, place) = (ConfigurationNode(content: .mapping(entries), origin: origin), origin)
        for part in path {
            switch node.content {
            case .scalar: return place
            case .mapping(let entries):
                guard let entry = entries.first(where: { $0.key == part }) else { return place }
                (node, place) = (entry.node, entry.origin)
            case .sequence(let items):
                guard let item = Int(part).flatMap({ items.indices.contains($0) ? items[$0] : nil }) ?? items.first(where: { $0.isCalled(part) })
                else { return place }
                (node, place) = (item, item.origin)
            }
        }
        return place
    }
}

extension ConfigurationNode {
    /// Whether this section says of itself that it has this name.
    fileprivate func isCalled(_ name: String) -> Bool {
        guard case .mapping(let entries) = content else { return false }
        return entries.contains { entry in
            guard ["name", "id", "type", "word"].contains(entry.key), case .scalar(let scalar) = entry.node.content else { return false }
            return scalar.text == name
        }
    }
}
