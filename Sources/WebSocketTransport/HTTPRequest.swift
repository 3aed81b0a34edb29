/// A request as it arrived: the whole body is there.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`, `OPTIONS`, `PUT`, `PATCH`, `DELETE` or `HEAD`.
    public var method: String
    /// Begins with `/`; percent escapes are resolved, `//`, `/./` and `/../` are folded.
    public var path: String
    /// What followed `?`, nil without one. libwebsockets resolves percent escapes; they are put back as `encodeURIComponent` would.
    public var query: String?
    /// The fields that libwebsockets knows and those of ``WebServer/Configuration/headers``, lower-case names.
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// Numeric address of the peer.
    public var remoteAddress: String

    public init(
        method: String, path: String, query: String? = nil, headers: HTTPHeaders = [:], body: [UInt8] = [], remoteAddress: String = ""
    ) {
        (self.method, self.path, self.query) = (method, path, query)
        (self.headers, self.body, self.remoteAddress) = (headers, body, remoteAddress)
    }
}
