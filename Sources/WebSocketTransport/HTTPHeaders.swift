/// Header fields in the order they came, found without regard to case.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Field: Sendable, Equatable {
        public var name: String, value: String
    }
    public private(set) var fields: [Field] = []

    public init() {}
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first field of that name.
    public subscript(_ name: String) -> String? {
        fields.first { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }?.value
    }

    public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }
}
