import CCurl

/// Host and port of a URL, as curl reads it.
struct RequestTarget: CustomStringConvertible {
    let host: String
    let port: String
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(_ url: String) throws(HTTPError) {
        let parsed = unsafe curl_url()
        defer { unsafe curl_url_cleanup(parsed) }
        guard unsafe curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = unsafe Self.part(parsed, CURLUPART_SCHEME), scheme == "http" || scheme == "https",
            let host = unsafe Self.part(parsed, CURLUPART_HOST), let port = unsafe Self.part(parsed, CURLUPART_PORT)
        else { throw HTTPError(.invalidURL, "request") }
        // An IPv6 address stands in brackets here, and nowhere else.
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    @unsafe private static func part(_ url: OpaquePointer?, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
