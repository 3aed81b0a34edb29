/// A JSON value (RFC 8259), read within bounds that keep a hostile message harmless.
///
/// Stricter than the standard asks: a repeated key and an unpaired surrogate are errors, since two readers may differ on them.
public enum BoundedJSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(String)
    case array([BoundedJSON])
    case object([(key: String, value: BoundedJSON)])

    /// Nesting of our messages is 3; a reader that calls itself must not be driven deep.
    public static let maximumDepth = 16

    public struct Failure: Error, Equatable, Sendable {
        /// What was expected, e.g. `a comma or }`.
        public var expected: String
        /// Byte of the message.
        public var offset: Int
    }

    public init(_ text: Span<UInt8>) throws(Failure) {
        var parser = JSONParser(count: text.count)
        self = try parser.document(text)
    }

    public subscript(key: String) -> BoundedJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    public var isNull: Bool { if case .null = self { true } else { false } }
    /// A string's text.
    public var text: String? { if case .string(let text) = self { text } else { nil } }
    /// A number, as near as a `Double` comes to it.
    public var double: Double? { if case .number(let written) = self { Double(written) } else { nil } }
    /// An object's members, in order.
    public var members: [(key: String, value: BoundedJSON)]? { if case .object(let members) = self { members } else { nil } }

    public static func == (a: BoundedJSON, b: BoundedJSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }
}

/// Recursive descent over bytes; every index is checked.
private struct JSONParser {
    private var at = 0
    private let count: Int
    init(count: Int) { self.count = count }

    mutating func document(_ text: Span<UInt8>) throws(BoundedJSON.Failure) -> BoundedJSON {
        let value = try value(text, depth: 0)
        skipSpace(text)
        guard at == count else { throw failure("nothing more") }
        return value
    }

    private mutating func value(_ text: Span<UInt8>, depth: Int) throws(BoundedJSON.Failure) -> BoundedJSON {
        guard depth <= BoundedJSON.maximumDepth else { throw failure("at most \(BoundedJSON.maximumDepth) levels") }
        skipSpace(text)
        switch peek(text) {
        case UInt8(ascii: "{"): return try object(text, depth: depth)
        case UInt8(ascii: "["): return try array(text, depth: depth)
        case UInt8(ascii: "\""): return .string(try string(text))
        case UInt8(ascii: "t"):
            try word("true", text)
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false", text)
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null", text)
            return .null
        default: return .number(try number(text))
        }
    }

    private mutating func object(_ text: Span<UInt8>, depth: Int) throws(BoundedJSON.Failure) -> BoundedJSON {
        at += 1
        var members: [(key: String, value: BoundedJSON)] = []
        var keys: Set<String> = []
        skipSpace(text)
        if take("}", text) { return .object([]) }
        while true {
            skipSpace(text)
            guard peek(text) == UInt8(ascii: "\"") else { throw failure("a key in quotes") }
            let key = try string(text)
            guard keys.insert(key).inserted else { throw failure("each key once") }
            skipSpace(text)
            guard take(":", text) else { throw failure("a colon") }
            members.append((key, try value(text, depth: depth + 1)))
            skipSpace(text)
            if take(",", text) { continue }
            guard take("}", text) else { throw failure("a comma or }") }
            return .object(members)
        }
    }

    private mutating func array(_ text: Span<UInt8>, depth: Int) throws(BoundedJSON.Failure) -> BoundedJSON {
        at += 1
        var items: [BoundedJSON] = []
        skipSpace(text)
        if take("]", text) { return .array([]) }
        while true {
            items.append(try value(text, depth: depth + 1))
            skipSpace(text)
            if take(",", text) { continue }
            guard take("]", text) else { throw failure("a comma or ]") }
            return .array(items)
        }
    }

    private mutating func string(_ text: Span<UInt8>) throws(BoundedJSON.Failure) -> String {
        at += 1
        var bytes: [UInt8] = []
        while let byte = peek(text) {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: bytes, as: UTF8.self) else { throw failure("UTF-8") }
                return result
            case UInt8(ascii: "\\"): try escape(text, into: &bytes)
            case 0..<0x20: throw failure("no control characters in a string")
            default: bytes.append(byte)
            }
        }
        throw failure("the end of a string")
    }

    private mutating func escape(_ text: Span<UInt8>, into bytes: inout [UInt8]) throws(BoundedJSON.Failure) {
        guard let byte = peek(text) else { throw failure("an escape") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hex4(text)
            if (0xD800...0xDBFF).contains(code) {
                guard take("\\", text), take("u", text) else { throw failure("the second half of a surrogate pair") }
                let low = try hex4(text)
                guard (0xDC00...0xDFFF).contains(low) else { throw failure("the second half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("no lone surrogate") }
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        default: throw failure("an escape that JSON knows")
        }
    }

    private mutating func hex4(_ text: Span<UInt8>) throws(BoundedJSON.Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(text), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure("four hex digits") }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private mutating func number(_ text: Span<UInt8>) throws(BoundedJSON.Failure) -> String {
        let start = at
        _ = take("-", text)
        if take("0", text) {
            // No digit may follow a leading zero.
        } else if digits(text) == 0 {
            throw failure("a value")
        }
        if take(".", text), digits(text) == 0 { throw failure("digits after the point") }
        if take("e", text) || take("E", text) {
            _ = take("+", text) || take("-", text)
            if digits(text) == 0 { throw failure("digits of the exponent") }
        }
        var written: [UInt8] = []
        for index in start..<at { written.append(text[index]) }
        return String(decoding: written, as: UTF8.self)
    }

    private mutating func digits(_ text: Span<UInt8>) -> Int {
        let start = at
        while let byte = peek(text), (0x30...0x39).contains(byte) { at += 1 }
        return at - start
    }

    private mutating func word(_ word: StaticString, _ text: Span<UInt8>) throws(BoundedJSON.Failure) {
        for byte in word.description.utf8 {
            guard peek(text) == byte else { throw failure("a value") }
            at += 1
        }
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while let byte = peek(text), byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D { at += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard peek(text) == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private func peek(_ text: Span<UInt8>) -> UInt8? { at < count ? text[at] : nil }
    private func failure(_ expected: String) -> BoundedJSON.Failure { .init(expected: expected, offset: at) }
}
