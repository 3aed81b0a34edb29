/// A request's target, RFC 9112, 3.2: origin form, or the absolute form that a proxy sends.
struct RequestPath {
    /// Escapes resolved.
    var path: String
    /// As it came.
    var query: String?
    /// Host and port of the absolute form.
    var authority: String?

    init(_ target: ArraySlice<UInt8>) throws(HTTPHead.Fault) {
        var target = target
        for scheme in ["http://", "https://"] where String(decoding: target.prefix(scheme.utf8.count), as: UTF8.self).lowercased() == scheme {
            let rest = target.dropFirst(scheme.utf8.count)
            target = rest.drop { $0 != UInt8(ascii: "/") }
            authority = String(decoding: rest[..<target.startIndex], as: UTF8.self)
            break
        }
        guard target.first == UInt8(ascii: "/") else { throw HTTPHead.Fault(400, "the path begins with /") }
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        var decoded: [UInt8] = []
        var bytes = target[..<mark]
        while let byte = bytes.popFirst() {
            if byte != UInt8(ascii: "%") {
                decoded.append(byte)
                continue
            }
            guard let high = bytes.popFirst().flatMap(Self.digit), let low = bytes.popFirst().flatMap(Self.digit), high + low > 0 else {
                throw HTTPHead.Fault(400, "a percent escape is broken")
            }
            decoded.append(high << 4 | low)
        }
        guard let path = String(validating: decoded, as: UTF8.self) else { throw HTTPHead.Fault(400, "the path is not UTF-8") }
        self.path = path
        query = mark < target.endIndex ? String(decoding: target[(mark + 1)...], as: UTF8.self) : nil
    }

    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
