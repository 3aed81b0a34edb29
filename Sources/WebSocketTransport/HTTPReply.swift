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

    /// Adds `Retry-After`, which goes with 429 and 503.
    /// - Parameter wait: rounded up to whole seconds, at least 1.
    public func retry(after wait: Duration) -> HTTPReply {
        var reply = self
        let parts = wait.components
        reply.headers.add("Retry-After", String(max(1, parts.seconds + (parts.attoseconds > 0 ? 1 : 0))))
        return reply
    }

    /// The reply on the wire.
    func serialized(withBody: Bool, close: Bool) -> [UInt8] {
        let head = Self.head(status, headers, framing: Self.hasBody(status) ? "Content-Length: \(body.count)\r\n" : "", close: close)
        return withBody ? head + body : head
    }

    /// RFC 9110, 15.3.5 and 15.4.5: these two never have one.
    static func hasBody(_ status: Int) -> Bool { status != 204 && status != 304 }

    /// The head on the wire.
    /// - Parameter framing: the line that says where the body ends; empty when nothing does, or there is none.
    static func head(_ status: Int, _ headers: HTTPHeaders, framing: String, close: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(reason(status))\r\n"
        for field in headers.fields { head += "\(clean(field.name)): \(clean(field.value))\r\n" }
        head += framing
        head += close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n"
        return Array(head.utf8)
    }

    /// A line break in a field would start another one.
    private static func clean(_ text: String) -> String {
        text.utf8.contains { $0 < 0x20 && $0 != 0x09 } ? String(decoding: text.utf8.filter { $0 >= 0x20 }, as: UTF8.self) : text
    }
}
