import WireJSON

/// A JSON document of ours that goes into a request as it is: a schema.
struct SchemaText: Encodable {
    let json: BoundedJSON

    /// - Returns: `nil` when it is no JSON, or deeper than ``BoundedJSON/maximumDepth``.
    init?(_ text: String) {
        guard let json = try? BoundedJSON(Array(text.utf8).span) else { return nil }
        self.json = json
    }
    private init(_ json: BoundedJSON) { self.json = json }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        switch json {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in members { try container.encode(SchemaText(value), forKey: Key(stringValue: key)) }
        case .array(let items):
            var container = encoder.unkeyedContainer()
            for item in items { try container.encode(SchemaText(item)) }
        case .string(let text): try encode(text, to: encoder)
        case .bool(let flag): try encode(flag, to: encoder)
        case .number(let written): if let whole = Int(written) { try encode(whole, to: encoder) } else { try encode(Double(written) ?? 0, to: encoder) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }

    private func encode(_ value: some Encodable, to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
