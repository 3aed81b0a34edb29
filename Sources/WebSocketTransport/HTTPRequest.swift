/// A request as it arrived: the whole body is there.
public struct HTTPRequest: Sendable {
    /// As it came: `GET`, `POST` …
    public var method: String
    /// Begins with `/`; percent escapes are resolved.
    public var path: String
    /// What followed `?`, byte for byte as it came; nil without one.
    public var query: String?
    /// All of them, in order, lower-case names.
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// Numeric address of the peer.
    public var remoteAddress: String
    /// It came over TLS.
    public var isSecure: Bool

    public init(
        method: String, path: String, query: String? = nil, headers: HTTPHeaders = [:], body: [UInt8] = [], remoteAddress: String = "",
        isSecure: Bool = false
    ) {
        (self.method, self.path, self.query) = (method, path, query)
        (self.headers, self.body, self.remoteAddress, self.isSecure) = (headers, body, remoteAddress, isSecure)
    }
}
