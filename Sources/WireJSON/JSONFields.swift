/// Why a message of the wire is none. Holds nothing of its content.
public struct JSONFieldError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case missing
        case wrongType = "wrong_type"
        /// Too long, too many, out of range, or not of the form that the protocol gives it.
        case badValue = "bad_value"
    }
    /// For a metric's label.
    public var code: Code
    /// The field, e.g. `start.callSid`, and what it should have been.
    public var detail: String
    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
    public var description: String { detail }
}

/// An object of a message, with the path by which errors name its fields. Unknown fields are nobody's business.
public struct JSONFields {
    public let members: [(key: String, value: BoundedJSON)]
    private let path: String

    /// - Throws: `wrongType` when it is no object.
    public init(_ json: BoundedJSON) throws(JSONFieldError) { try self.init(json, path: "") }

    private init(_ json: BoundedJSON, path: String) throws(JSONFieldError) {
        guard case .object(let members) = json else {
            throw JSONFieldError(.wrongType, "\(path.isEmpty ? "the message" : path): expected an object")
        }
        (self.members, self.path) = (members, path)
    }

    private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// An error that names a field of this object.
    public func error(_ code: JSONFieldError.Code, _ key: String, _ expected: String) -> JSONFieldError {
        JSONFieldError(code, "\(full(key)): \(expected)")
    }

    /// `nil` when missing or null.
    private func value(_ key: String) -> BoundedJSON? {
        guard let value = members.first(where: { $0.key == key })?.value, value != .null else { return nil }
        return value
    }

    public func object(_ key: String) throws(JSONFieldError) -> JSONFields {
        guard let object = try optionalObject(key) else { throw error(.missing, key, "expected an object") }
        return object
    }

    public func optionalObject(_ key: String) throws(JSONFieldError) -> JSONFields? {
        guard let value = value(key) else { return nil }
        return try JSONFields(value, path: full(key))
    }

    /// - Parameter length: allowed, in bytes of UTF-8.
    public func text(_ key: String, length: ClosedRange<Int>) throws(JSONFieldError) -> String {
        guard let text = try optionalText(key, length: length) else { throw error(.missing, key, "expected a string") }
        return text
    }

    public func optionalText(_ key: String, length: ClosedRange<Int>) throws(JSONFieldError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else { throw error(.wrongType, key, "expected a string") }
        guard length.contains(text.utf8.count) else {
            throw error(.badValue, key, "\(text.utf8.count) bytes, expected \(length.lowerBound)...\(length.upperBound)")
        }
        return text
    }

    /// A number that the protocol writes as a string.
    public func optionalDecimal(_ key: String) throws(JSONFieldError) -> Int? {
        guard let text = try optionalText(key, length: 1...15) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { throw error(.badValue, key, "expected digits") }
        return number
    }

    public func integer(_ key: String, in range: ClosedRange<Int> = .min ... .max) throws(JSONFieldError) -> Int {
        guard let number = try optionalInteger(key, in: range) else { throw error(.missing, key, "expected a number") }
        return number
    }

    public func optionalInteger(_ key: String, in range: ClosedRange<Int> = .min ... .max) throws(JSONFieldError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .number(let text) = value, let number = Int(text) else { throw error(.wrongType, key, "expected a whole number") }
        guard range.contains(number) else { throw error(.badValue, key, "expected \(range.lowerBound)...\(range.upperBound)") }
        return number
    }

    public func number(_ key: String, in range: ClosedRange<Double>) throws(JSONFieldError) -> Double {
        guard let value = value(key) else { throw error(.missing, key, "expected a number") }
        guard case .number(let text) = value, let number = Double(text) else { throw error(.wrongType, key, "expected a number") }
        guard range.contains(number) else { throw error(.badValue, key, "expected \(range.lowerBound)...\(range.upperBound)") }
        return number
    }

    public func flag(_ key: String) throws(JSONFieldError) -> Bool {
        guard let value = value(key) else { throw error(.missing, key, "expected true or false") }
        guard case .bool(let flag) = value else { throw error(.wrongType, key, "expected true or false") }
        return flag
    }
}
