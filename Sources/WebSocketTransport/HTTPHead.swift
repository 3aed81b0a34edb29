/// The head of an HTTP/1.x request, read by the letter of RFC 9112.
struct HTTPHead {
    var request: HTTPRequest
    /// The body that follows.
    var framing: Framing
    /// The connection ends with the reply.
    var closes: Bool
    /// HTTP/1.0.
    var isOld: Bool
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool
    /// Bytes of the head, the empty line included.
    var byteCount: Int
    /// Asks for a WebSocket.
    var upgrades: Bool

    enum Framing: Equatable {
        /// So many bytes; 0 is no body.
        case length(Int)
        /// RFC 9112, 7.1.
        case chunked
    }

    enum Outcome {
        /// The empty line has not come yet.
        case incomplete
        case head(HTTPHead)
        /// Answered, and the connection closed.
        case invalid(HTTPReply)
    }

    /// The longest head that is read.
    static let maximumBytes = 8_192
    static let maximumFields = 100

    /// - Parameter bytes: what is there, from the request's first byte on.
    static func parse(_ bytes: [UInt8], remoteAddress: String) -> Outcome {
        // One empty line before the request is forgiven (2.2).
        let start = bytes.starts(with: [0x0D, 0x0A]) ? 2 : 0
        guard let end = endOfHead(bytes, from: start) else {
            return bytes.count >= maximumBytes ? .invalid(HTTPReply(status: 431, "the head has at most \(maximumBytes) bytes\n")) : .incomplete
        }
        do {
            var head = try HTTPHead(lines: lines(bytes[start..<end - 2]), remoteAddress: remoteAddress)
            head.byteCount = end
            return .head(head)
        } catch {
            return .invalid(error.reply)
        }
    }

    /// Bytes, not characters: a combining mark behind a colon would make one character of both.
    private typealias Line = ArraySlice<UInt8>

    /// Refused, and how.
    struct Fault: Error {
        var reply: HTTPReply
        init(_ status: Int, _ text: String) { reply = HTTPReply(status: status, text + "\n") }
    }

    /// Behind the empty line, with lines that end as they should or as they often do.
    private static func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while let feed = bytes[index...].firstIndex(of: 0x0A) {
            index = feed + 1
            if bytes[index...].starts(with: [0x0D, 0x0A]) { return index + 2 }
        }
        return nil
    }

    /// - Parameter head: lines, the last with its end too.
    private static func lines(_ head: ArraySlice<UInt8>) throws(Fault) -> [Line] {
        var lines: [Line] = []
        // Behind the last end there is nothing, which is no line.
        for var line in head.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            guard line.popLast() == 0x0D, line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw Fault(400, "a line of the head is broken") }
            lines.append(line)
        }
        return lines
    }

    private init(lines: [Line], remoteAddress: String) throws(Fault) {
        let noRequestLine = Fault(400, "no request line")
        guard let first = lines.first else { throw noRequestLine }
        let parts = first.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy({ (0x41...0x5A).contains($0) }) else { throw noRequestLine }
        let version = String(decoding: parts[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw version.hasPrefix("HTTP/") ? Fault(505, "HTTP/1.1 is spoken here") : noRequestLine
        }
        isOld = version == "HTTP/1.0"
        let headers = try Self.headers(lines.dropFirst())
        let target = try RequestPath(parts[1])
        request = HTTPRequest(
            method: String(decoding: parts[0], as: UTF8.self), path: target.path, query: target.query, headers: headers, remoteAddress: remoteAddress)
        try Self.check(hosts: headers.values("host"), authority: target.authority, isOld: isOld)

        let connection = Self.tokens(headers, "connection")
        closes = connection.contains("close") || (isOld && !connection.contains("keep-alive"))
        let expectations = isOld ? [] : headers.values("expect")
        guard expectations.allSatisfy({ $0.lowercased() == "100-continue" }) else { throw Fault(417, "only 100-continue is understood") }
        expectsContinue = !expectations.isEmpty
        upgrades = headers["upgrade"] != nil && connection.contains("upgrade") && !isOld
        framing = try Self.framing(headers, isOld: isOld)
        byteCount = 0
    }

    /// One Host, and the one that an absolute target names (RFC 9112, 3.2): who routes by one must not be told another.
    private static func check(hosts: [String], authority: String?, isOld: Bool) throws(Fault) {
        guard hosts.count == 1 || (hosts.isEmpty && isOld) else { throw Fault(400, "give one Host") }
        let host = hosts.first ?? ""
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"/\@?#,"<>"#.utf8.contains($0) }) else { throw Fault(400, "Host is broken") }
        if let authority, !hosts.isEmpty, authority.lowercased() != host.lowercased() { throw Fault(400, "the target and Host differ") }
    }

    /// RFC 9112, 6: one of the two lengths, once, and nothing that another server could read otherwise.
    private static func framing(_ headers: HTTPHeaders, isOld: Bool) throws(Fault) -> Framing {
        let codings = headers.values("transfer-encoding"), lengths = headers.values("content-length")
        guard codings.isEmpty || lengths.isEmpty else { throw Fault(400, "give Content-Length or Transfer-Encoding, not both") }
        if let coding = codings.first {
            guard codings.count == 1, !isOld else { throw Fault(400, "give one Transfer-Encoding, in HTTP/1.1") }
            guard coding.lowercased() == "chunked" else { throw Fault(501, "of the transfer codings, chunked alone is understood") }
            return .chunked
        }
        guard let text = lengths.first else { return .length(0) }
        guard lengths.count == 1 else { throw Fault(400, "give one Content-Length") }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
            throw Fault(400, "Content-Length is no number")
        }
        return .length(length)
    }

    /// Lower-case elements of a comma-separated field.
    static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        headers.fields.filter { $0.name == name }
            .flatMap { $0.value.lowercased().utf8.split(separator: 0x2C).map { String(decoding: $0.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self) } }
    }

    private static func headers(_ lines: ArraySlice<Line>) throws(Fault) -> HTTPHeaders {
        guard lines.count <= maximumFields else { throw Fault(431, "at most \(maximumFields) fields") }
        var headers = HTTPHeaders()
        for line in lines {
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else { throw Fault(400, "a field has no name") }
            // Neither space before the colon nor a folded line (5.1, 5.2): both have split requests.
            guard line[..<colon].allSatisfy(isToken) else { throw Fault(400, "a field's name is broken") }
            var value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
            headers.add(String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
        }
        return headers
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && !#"(),/:;<=>?@[\]{}""#.utf8.contains(byte) }
}

extension HTTPHeaders {
    /// Every value of that lower-case name, in order.
    fileprivate func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}
