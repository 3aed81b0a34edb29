/// A value as somebody wrote it, with the place where.
struct ConfigurationNode {
    struct Scalar {
        var text: String
        /// Written without quotes, so that it may be a number, true, false or nothing.
        var isPlain: Bool
        /// Nothing was written: the default stands.
        var isNull: Bool { isPlain && (text.isEmpty || text == "~" || text == "null") }
    }
    struct Entry {
        var key: String
        /// Where the key stands, e.g. `config/gateway.yaml:12`.
        var origin: String
        var node: ConfigurationNode
    }
    enum Content {
        case scalar(Scalar)
        case mapping([Entry])
        case sequence([ConfigurationNode])
    }
    var content: Content
    var origin: String

    static func empty(origin: String) -> ConfigurationNode { ConfigurationNode(content: .mapping([]), origin: origin) }

    /// Nothing: an absent section, or a key with no value behind it.
    var isNull: Bool { if case .scalar(let scalar) = content { scalar.isNull } else { false } }

    /// Replaces or adds the value at a path; a number names an item of a list.
    /// - Returns: what stands in the way, as a sentence; `nil` when the value is set.
    mutating func set(_ path: ArraySlice<String>, to scalar: Scalar, origin: String) -> String? {
        guard let key = path.first else {
            (content, self.origin) = (.scalar(scalar), origin)
            return nil
        }
        if isNull { content = .mapping([]) }
        switch content {
        case .scalar: return "is one value and has no keys of its own"
        case .sequence(var items):
            guard let index = Int(key), items.indices.contains(index) else {
                return "is a list: name an item by its number in 0...\(max(items.count - 1, 0))"
            }
            let refusal = items[index].set(path.dropFirst(), to: scalar, origin: origin)
            content = .sequence(items)
            return refusal
        case .mapping(var entries):
            let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
            if index == entries.endIndex { entries.append(Entry(key: key, origin: origin, node: .empty(origin: origin))) }
            if path.count == 1 { entries[index].origin = origin }
            let refusal = entries[index].node.set(path.dropFirst(), to: scalar, origin: origin)
            content = .mapping(entries)
            return refusal
        }
    }
}
