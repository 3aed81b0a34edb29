/// Keeps the gateway of a quick start to this machine (DESIGN §6, "Secure by default").
///
/// Listening on loopback is not enough: a tunnel or a proxy connects from loopback too, a web page of a foreign name may be
/// pointed there, and any page in a browser of this machine may open a socket to it. Without authentication, a request that shows a sign of either is refused, and told why.
public struct TunnelGuard: Sendable {
    /// What proxies and tunnels add. Any of these says that the request began elsewhere.
    public static let proxyHeaders = [
        "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-server",
        "x-forwarded-scheme", "x-forwarded-ssl", "x-forwarded-uri", "x-original-forwarded-for", "x-original-host", "x-real-ip",
        "x-client-ip", "x-cluster-client-ip", "true-client-ip", "client-ip", "via", "cdn-loop", "cf-connecting-ip", "cf-ipcountry",
        "cf-ray", "cf-visitor", "cf-warp-tag-id", "fastly-client-ip", "fly-client-ip", "ngrok-trace-id", "x-envoy-external-address",
        "x-amzn-trace-id", "x-azure-clientip", "tailscale-user-login",
    ]
    private static let help =
        "set TWILIO_AUTH_TOKEN (calls) or GATEWAY_API_KEY (chat, audio, /v1), or security.allow_open: true, to take requests from outside this machine"

    /// Why a request is refused, in one sentence for its sender and for the log. Names a header, never its value.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public enum Code: String, Sendable, CaseIterable {
            case remoteAddress = "remote_address"
            case proxyHeader = "proxy_header"
            case foreignHost = "foreign_host"
            case foreignOrigin = "foreign_origin"
        }
        /// For a metric's label.
        public var code: Code
        public var description: String
    }

    /// Whether requests are checked at all.
    public let isActive: Bool
    /// `server.host`, for an address of this machine's other than the usual ones.
    private let listeningHost: String

    /// - Parameters:
    ///   - isAuthenticationConfigured: callers prove who they are, so that it no longer matters where they come from.
    ///   - allowOpen: `security.allow_open`.
    public init(listeningHost: String, isAuthenticationConfigured: Bool, allowOpen: Bool) {
        self.listeningHost = listeningHost
        isActive = !isAuthenticationConfigured && !allowOpen
    }

    /// Judges one request, WebSocket upgrades included.
    /// - Parameters:
    ///   - remoteAddress: the peer's IP address.
    ///   - header: a header's value by its lower-case name; `nil` when it was not sent.
    public func check(remoteAddress: String, header: (String) -> String?) throws(Refusal) {
        guard isActive else { return }
        guard LoopbackAddress.isLoopback(remoteAddress) else {
            throw Refusal(code: .remoteAddress, description: "the request comes from another machine: \(Self.help)")
        }
        for name in Self.proxyHeaders where header(name) != nil {
            throw Refusal(code: .proxyHeader, description: "the request came through a tunnel or proxy (header \(name)): \(Self.help)")
        }
        guard let host = header("host") else {
            throw Refusal(code: .foreignHost, description: "the request names no Host: \(Self.help)")
        }
        guard let name = Self.name(ofHost: host), LoopbackAddress.isLoopback(name) || name == listeningHost.lowercased() else {
            throw Refusal(code: .foreignHost, description: "the request's Host is not this machine's: \(Self.help)")
        }
        // Carriers and command-line tools send neither; a browser tells which page asks.
        if let origin = header("origin"), !isHere(origin: origin) {
            throw Refusal(code: .foreignOrigin, description: "the request comes from a web page of another site (header origin): \(Self.help)")
        }
        if header("sec-fetch-site") == "cross-site" {
            throw Refusal(
                code: .foreignOrigin, description: "the request comes from a web page of another site (header sec-fetch-site): \(Self.help)")
        }
    }

    /// A page that this machine serves. `null`, a page without an address, is not.
    private func isHere(origin: String) -> Bool {
        let origin = origin.lowercased()
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix), let name = Self.name(ofHost: String(origin.dropFirst(scheme.count)))
        else { return false }
        return LoopbackAddress.isLoopback(name) || name == listeningHost.lowercased()
    }

    /// `Host` without its port, lower case; `nil` when it is none.
    static func name(ofHost header: String) -> String? {
        let host = header.lowercased()
        let name: Substring, port: Substring
        if host.hasPrefix("["), let bracket = host.firstIndex(of: "]") {
            (name, port) = (host[...bracket], host[host.index(after: bracket)...])
        } else {
            let colon = host.firstIndex(of: ":") ?? host.endIndex
            (name, port) = (host[..<colon], host[colon...])
        }
        let digits = port.dropFirst()
        guard !name.isEmpty, port.isEmpty || (port.hasPrefix(":") && digits.utf8.count <= 5 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) })
        else { return nil }
        return String(name)
    }
}
