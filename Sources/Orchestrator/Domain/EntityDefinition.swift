/// A closed set of values, such as the plans on sale.
public struct EntityDefinition: Sendable, Equatable {
    public var type: SlotType
    public var values: [EntityValue]
    public init(type: SlotType, values: [EntityValue]) { (self.type, self.values) = (type, values) }
}

/// One value of a closed set.
public struct EntityValue: Sendable, Equatable {
    /// Canonical: as tools know it and replies say it.
    public var name: String
    public var synonyms: [String]
    public init(name: String, synonyms: [String] = []) { (self.name, self.synonyms) = (name, synonyms) }
}
