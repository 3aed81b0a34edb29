/// What a route answers. `Content-Length`, `Connection` and `Date`-less framing are the transport's; a `HEAD` sends no body.
public struct HTTPReply: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// - Parameter type: of the body; `charset` belongs into it.
    public init(status: Int = 200, type: String = "text/plain; charset=utf-8", _ text: String) {
        self.init(status: status, headers: ["Content-Type": type], body: Array(text.utf8))
    }

    public static let notFound = HTTPReply(status: 404, "not found\n")

    /// - Parameter allowed: methods that the path has, for the `Allow` field that goes with 405.
    public static func methodNotAllowed(_ allowed: String) -> HTTPReply {
        var reply = HTTPReply(status: 405, "method not allowed\n")
        reply.headers.add("Allow", allowed)
        return reply
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }

    /// The reply on the wire.
    func serialized(withBody: Bool, close: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        for field in headers.fields {
            head += "\(Self.clean(field.name)): \(Self.clean(field.value))\r\n"
        }
        if status != 204 && status != 304 { head += "Content-Length: \(body.count)\r\n" }
        head += close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n"
        return withBody ? Array(head.utf8) + body : Array(head.utf8)
    }

    /// A line break in a field would start another one.
    private static func clean(_ text: String) -> String {
        text.utf8.contains { $0 < 0x20 && $0 != 0x09 } ? String(decoding: text.utf8.filter { $0 >= 0x20 }, as: UTF8.self) : text
    }
}
