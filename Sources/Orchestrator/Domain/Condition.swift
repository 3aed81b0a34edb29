/// A test on one known value: `usage.unlimited is true`.
public struct Condition: Sendable, Equatable {
    public enum Test: Sendable, Equatable {
        case known
        case unknown
        case equals(String)
        case differs(String)
        case above(Double)
        case below(Double)
    }
    /// `slot`, `saved.value` or `fact.name`.
    public var reference: String
    public var test: Test
    public init(_ reference: String, _ test: Test) { (self.reference, self.test) = (reference, test) }

    /// What ``init(parsing:)`` reads.
    public static let grammar =
        "REF is known · REF is unknown · REF is VALUE · REF is not VALUE · REF above NUMBER · REF below NUMBER"

    /// Reads a condition as packs write it; see ``grammar``. `nil` when it is none.
    public init?(parsing text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 3, let reference = words.first else { return nil }
        let value = words[2...].joined(separator: " ")
        switch (words[1], value) {
        case ("is", "known"): self.init(reference, .known)
        case ("is", "unknown"): self.init(reference, .unknown)
        case ("is", "not"): return nil
        case ("is", _) where words[2] == "not": self.init(reference, .differs(words[3...].joined(separator: " ")))
        case ("is", _): self.init(reference, .equals(value))
        case ("above", _): if let bound = Double(value) { self.init(reference, .above(bound)) } else { return nil }
        case ("below", _): if let bound = Double(value) { self.init(reference, .below(bound)) } else { return nil }
        default: return nil
        }
    }

    /// - Parameter value: what is known under ``reference``, if anything.
    public func holds(for value: String?) -> Bool {
        switch test {
        case .known: value != nil
        case .unknown: value == nil
        case .equals(let expected): value == expected
        case .differs(let other): value != other
        case .above(let bound): value.flatMap(Double.init).map { $0 > bound } ?? false
        case .below(let bound): value.flatMap(Double.init).map { $0 < bound } ?? false
        }
    }
}
