import Foundation

/// `server.public_url`: what carriers call us by. Signatures are computed over addresses made from it.
public struct PublicURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// A name, an IPv4 address, or an IPv6 address in brackets; lower case.
    public let host: String
    /// As written; `nil` for none.
    public let port: Int?
    /// In front of every path, without a slash at its end; usually empty.
    public let prefix: String

    public init(scheme: String, host: String, port: Int?, prefix: String = "") {
        (self.scheme, self.host, self.port, self.prefix) = (scheme, host, port, prefix)
    }

    /// Reads `http(s)://HOST[:PORT][/PREFIX]`; `nil` for anything else: user names, queries and fragments included.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        var path = parts.percentEncodedPath[...]
        while path.hasSuffix("/") { path = path.dropLast() }
        let bare = host.lowercased()
        let bracketed = bare.contains(":") && !bare.hasPrefix("[") ? "[\(bare)]" : bare
        self.init(scheme: scheme, host: bracketed, port: parts.port, prefix: String(path))
    }

    /// Where the carrier sends its requests for a path of ours.
    public func webhook(_ path: String) -> String { "\(scheme)://\(authority)\(prefix)\(path)" }
    /// Where the carrier connects a stream: `wss` behind TLS, `ws` where there is none.
    public func stream(_ path: String) -> String { "\(isSecure ? "wss" : "ws")://\(authority)\(prefix)\(path)" }
    public var isSecure: Bool { scheme == "https" }
    public var authority: String { port.map { "\(host):\($0)" } ?? host }
    public var description: String { webhook("") }
}

extension ConfigurationReader {
    func publicURL(_ key: String) -> PublicURL? {
        value(
            key, default: .some(PublicURL?.none), standIn: nil, takes: "http(s)://HOST[:PORT][/PREFIX]",
            show: { $0.map(\.description) ?? "http://HOST:PORT" }
        ) { scalar in
            PublicURL(scalar.text).map(Optional.some)
        }
    }
}
