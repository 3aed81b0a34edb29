/// The head of an HTTP/1.x request, read by the letter of RFC 9112.
struct HTTPHead {
    var request: HTTPRequest
    /// Bytes of the body that follows.
    var contentLength: Int
    /// The connection ends with the reply.
    var closes: Bool
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool
    /// Bytes of the head, the empty line included.
    var byteCount: Int
    /// Asks for a WebSocket.
    var upgrades: Bool

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

    private struct Fault: Error {
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

    private static func lines(_ head: ArraySlice<UInt8>) throws(Fault) -> [String] {
        var lines: [String] = []
        for var line in head.split(separator: 0x0A) {
            guard line.popLast() == 0x0D, line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw Fault(400, "a line of the head is broken") }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return lines
    }

    private init(lines: [String], remoteAddress: String) throws(Fault) {
        guard let first = lines.first else { throw Fault(400, "no request line") }
        let parts = first.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { throw Fault(400, "no request line") }
        guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
            throw parts[2].hasPrefix("HTTP/") ? Fault(505, "HTTP/1.1 is spoken here") : Fault(400, "no request line")
        }
        let isOld = parts[2] == "HTTP/1.0"
        let headers = try Self.headers(lines.dropFirst())
        let (path, query) = try Self.split(target: parts[1])
        request = HTTPRequest(
            method: String(parts[0]), path: path, query: query, headers: headers, remoteAddress: remoteAddress)

        let hosts = headers.fields.filter { $0.name == "host" }.count
        guard hosts == 1 || (hosts == 0 && isOld) else { throw Fault(400, "give one Host") }
        let connection = Self.tokens(headers, "connection")
        closes = connection.contains("close") || (isOld && !connection.contains("keep-alive"))
        expectsContinue = headers["expect"]?.lowercased() == "100-continue" && !isOld
        upgrades = headers["upgrade"] != nil && connection.contains("upgrade") && !isOld
        byteCount = 0

        guard headers["transfer-encoding"] == nil else { throw Fault(501, "bodies come with Content-Length here") }
        let lengths = headers.fields.filter { $0.name == "content-length" }.map(\.value)
        guard lengths.count <= 1 else { throw Fault(400, "give one Content-Length") }
        guard let text = lengths.first else {
            contentLength = 0
            return
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
            throw Fault(400, "Content-Length is no number")
        }
        contentLength = length
    }

    /// Lower-case elements of a comma-separated field.
    static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        headers.fields.filter { $0.name == name }
            .flatMap { $0.value.lowercased().split(separator: ",").map { $0.trimmed } }
    }

    private static func headers(_ lines: ArraySlice<String>) throws(Fault) -> HTTPHeaders {
        guard lines.count <= maximumFields else { throw Fault(431, "at most \(maximumFields) fields") }
        var headers = HTTPHeaders()
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw Fault(400, "a field has no name") }
            let name = line[..<colon]
            // Neither space before the colon nor a folded line (5.1, 5.2): both have split requests.
            guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"(),/:;<=>?@[\]{}""#.utf8.contains($0) }) else {
                throw Fault(400, "a field's name is broken")
            }
            headers.add(name.lowercased(), line[line.index(after: colon)...].trimmed)
        }
        return headers
    }

    /// Origin form, or the absolute form that a proxy sends; the path decoded, the query as it came.
    private static func split(target: Substring) throws(Fault) -> (path: String, query: String?) {
        var target = target
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            target = target.dropFirst(scheme.count).drop { $0 != "/" }
        }
        guard target.first == "/" else { throw Fault(400, "the path begins with /") }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var decoded: [UInt8] = []
        var bytes = Array(parts[0].utf8)[...]
        while let byte = bytes.popFirst() {
            if byte != UInt8(ascii: "%") {
                decoded.append(byte)
                continue
            }
            guard bytes.count >= 2, let high = hexDigit(bytes[bytes.startIndex]), let low = hexDigit(bytes[bytes.startIndex + 1]), high | low != 0 else {
                throw Fault(400, "a percent escape is broken")
            }
            decoded.append(high << 4 | low)
            bytes = bytes.dropFirst(2)
        }
        guard let path = String(validating: decoded, as: UTF8.self) else { throw Fault(400, "the path is not UTF-8") }
        return (path, parts.count > 1 ? String(parts[1]) : nil)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? { Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) }
}

extension Substring {
    /// Without blanks around it.
    fileprivate var trimmed: String {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
