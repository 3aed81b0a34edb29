/// The parameters of an `application/x-www-form-urlencoded` body, decoded, in the order they came; a name may come more than once.
public struct FormParameters: Sendable, Equatable {
    /// Twilio sends about thirty, and adds some without notice.
    public static let maximumCount = 256
    public static let maximumNameBytes = 256
    public static let maximumValueBytes = 16_384

    public enum Failure: String, Error, Sendable, CaseIterable {
        case tooMany = "too_many"
        case tooLong = "too_long"
        /// A `%` without two hex digits behind it.
        case badEscape = "bad_escape"
        /// What was decoded is not UTF-8.
        case notUTF8 = "not_utf8"
    }
    public struct Parameter: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }
    public var parameters: [Parameter]
    public init(_ parameters: [Parameter] = []) { self.parameters = parameters }

    /// - Parameter body: as it came; the server has bounded its length.
    public init(parsing body: Span<UInt8>) throws(Failure) {
        parameters = []
        var start = 0
        while start < body.count {
            var end = start
            while end < body.count, body[end] != UInt8(ascii: "&") { end += 1 }
            if end > start {
                guard parameters.count < Self.maximumCount else { throw .tooMany }
                var equals = start
                while equals < end, body[equals] != UInt8(ascii: "=") { equals += 1 }
                let name = try Self.decode(body, start, equals, limit: Self.maximumNameBytes)
                let value = try Self.decode(body, min(equals + 1, end), end, limit: Self.maximumValueBytes)
                parameters.append(Parameter(name: name, value: value))
            }
            start = end + 1
        }
    }

    /// The value of a name that must not be ambiguous: `nil` when it is missing or came more than once.
    public func single(_ name: String) -> String? {
        let matches = parameters.filter { $0.name == name }
        return matches.count == 1 ? matches[0].value : nil
    }

    private static func decode(_ body: Span<UInt8>, _ start: Int, _ end: Int, limit: Int) throws(Failure) -> String {
        var bytes: [UInt8] = []
        var at = start
        while at < end {
            guard bytes.count < limit else { throw .tooLong }
            switch body[at] {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard at + 2 < end, let high = Character(Unicode.Scalar(body[at + 1])).hexDigitValue,
                    let low = Character(Unicode.Scalar(body[at + 2])).hexDigitValue
                else { throw .badEscape }
                bytes.append(UInt8(high << 4 | low))
                at += 2
            case let byte: bytes.append(byte)
            }
            at += 1
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return text
    }
}
