/// Finds where a JSON object ends, and where its member `"reply"` begins, byte by byte. Starts behind the opening brace.
///
/// It looks for the object's shape only; whether it is JSON is known when it is read.
struct ObjectScanner: Sendable {
    enum Found: Equatable {
        case nothing
        /// The object is complete with this byte.
        case end
        /// This byte is the colon of `"reply":`; what belongs to the member starts at that offset.
        case replyMember(start: Int)
        case broken(String)
    }
    /// Deeper than any decision.
    static let maximumDepth = 8

    private var depth = 1
    private var isInString = false
    private var isEscaped = false
    /// The next string on the first level is a key.
    private var expectsKey = true
    private var key: [UInt8]?
    private var lastKey: [UInt8] = []
    private var keys: Set<[UInt8]> = []
    /// Of the comma or brace in front of the member.
    private var memberStart = 0
    private var followsComma = false

    /// - Parameter offset: of the byte in the object; the opening brace has 0.
    mutating func take(_ byte: UInt8, at offset: Int) -> Found {
        if isInString { return string(byte) }
        if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return .nothing }
        // Foundation reads `{"a":1,}`; we do not.
        let isAfterComma = followsComma
        followsComma = byte == UInt8(ascii: ",")
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            if depth == 1, expectsKey { key = [] }
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            if depth > Self.maximumDepth { return .broken("at most \(Self.maximumDepth) levels") }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            if isAfterComma { return .broken("a member behind the comma") }
            depth -= 1
            if depth == 0 { return byte == UInt8(ascii: "}") ? .end : .broken("the end of an object") }
        case UInt8(ascii: ",") where depth == 1:
            expectsKey = true
            memberStart = offset
        case UInt8(ascii: ":") where depth == 1 && expectsKey:
            expectsKey = false
            guard keys.insert(lastKey).inserted else { return .broken("each key once") }
            // Without a comma in front of it there is no decision in the object.
            if lastKey.elementsEqual("reply".utf8) { return .replyMember(start: max(1, memberStart)) }
        default: break
        }
        return .nothing
    }

    private mutating func string(_ byte: UInt8) -> Found {
        if isEscaped {
            isEscaped = false
            key?.append(byte)
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
            key?.append(byte)
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            if let key { (lastKey, self.key) = (key, nil) }
        } else {
            key?.append(byte)
        }
        return .nothing
    }
}

/// Resolves the escapes of a JSON string (RFC 8259, 7) byte by byte. Starts behind the opening quote.
struct StringUnescaper: Sendable {
    enum Found: Equatable {
        case nothing
        /// UTF-8.
        case bytes([UInt8])
        case end
        case broken(String)
    }
    private enum State {
        case plain, escape
        case hex(count: Int, value: UInt32)
    }
    private var state = State.plain
    /// The first half of a surrogate pair, which the second must follow at once.
    private var high: UInt32?

    mutating func take(_ byte: UInt8) -> Found {
        switch state {
        case .plain:
            if byte == UInt8(ascii: "\\") {
                state = .escape
                return .nothing
            }
            guard high == nil else { return Self.loneSurrogate }
            if byte == UInt8(ascii: "\"") { return .end }
            return byte < 0x20 ? .broken("no control characters in a string") : .bytes([byte])
        case .escape:
            if byte == UInt8(ascii: "u") {
                state = .hex(count: 0, value: 0)
                return .nothing
            }
            guard high == nil else { return Self.loneSurrogate }
            state = .plain
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return .bytes([byte])
            case UInt8(ascii: "b"): return .bytes([0x08])
            case UInt8(ascii: "f"): return .bytes([0x0C])
            case UInt8(ascii: "n"): return .bytes([0x0A])
            case UInt8(ascii: "r"): return .bytes([0x0D])
            case UInt8(ascii: "t"): return .bytes([0x09])
            default: return .broken("an escape that JSON knows")
            }
        case .hex(let count, let value):
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return .broken("four hex digits") }
            let value = value << 4 | UInt32(digit)
            guard count == 3 else {
                state = .hex(count: count + 1, value: value)
                return .nothing
            }
            state = .plain
            return unit(value)
        }
    }

    private static let loneSurrogate = Found.broken("no lone surrogate")

    private mutating func unit(_ value: UInt32) -> Found {
        var value = value
        if let first = high {
            guard (0xDC00...0xDFFF).contains(value) else { return Self.loneSurrogate }
            high = nil
            value = 0x10000 + (first - 0xD800) << 10 + (value - 0xDC00)
        } else if (0xD800...0xDBFF).contains(value) {
            high = value
            return .nothing
        }
        guard let scalar = Unicode.Scalar(value) else { return Self.loneSurrogate }
        return .bytes(Array(String(Character(scalar)).utf8))
    }
}
