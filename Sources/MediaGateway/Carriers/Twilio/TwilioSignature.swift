import AudioCodec
import CLibcrypto

/// `X-Twilio-Signature`: Base64 of HMAC-SHA1, keyed by the account's auth token, over the address that Twilio called and the form's
/// parameters (Twilio, "Webhooks Security").
///
/// The address is built from `server.public_url`, never from the request's own `Host` or forwarded headers.
public struct TwilioSignature: Sendable {
    /// Why a request is not Twilio's.
    public enum Refusal: String, Sendable, Error, CaseIterable {
        /// No header.
        case missing
        case mismatch
        /// The body is not the one whose hash was signed.
        case bodyChanged = "body_changed"
    }
    private let authToken: Secret
    private let publicURL: PublicURL

    public init(authToken: Secret, publicURL: PublicURL) { (self.authToken, self.publicURL) = (authToken, publicURL) }

    /// Checks a webhook with a form, or with none (GET).
    /// - Parameter target: path and query as requested, still percent-encoded.
    public func check(_ signature: String?, target: String, form: FormParameters = FormParameters()) throws(Refusal) {
        try check(signature, urls: Self.candidates(publicURL.webhook(target)), form: form)
    }

    /// Checks a webhook with any other body: its SHA-256 is a signed parameter of the address.
    public func check(_ signature: String?, target: String, body: Span<UInt8>) throws(Refusal) {
        try check(signature, target: target)
        guard let given = Self.bodyHash(target), ConstantTime.equals(given.lowercased(), Self.sha256(body)) else { throw .bodyChanged }
    }

    /// Checks a WebSocket upgrade: the address as our TwiML wrote it, `wss://` even where TLS ended before us, with or without a slash
    /// at its end. A public address without TLS is a rehearsal on one machine, and its `ws://` and `http://` count too.
    public func checkUpgrade(_ signature: String?, path: String) throws(Refusal) {
        let address = publicURL.webhook(path).dropFirst(publicURL.scheme.count)
        let trimmed = address.hasSuffix("/") ? address.dropLast() : address
        let schemes = publicURL.isSecure ? ["wss"] : ["wss", "ws", "http"]
        let urls = schemes.flatMap { scheme in [trimmed, trimmed + "/"].flatMap { Self.candidates("\(scheme)\($0)") } }
        try check(signature, urls: urls, form: FormParameters())
    }

    private func check(_ signature: String?, urls: [String], form: FormParameters) throws(Refusal) {
        guard let signature, !signature.isEmpty else { throw .missing }
        // Every candidate is computed, so that time tells nothing about which one came near.
        let matches = urls.filter { ConstantTime.equals(Self.signature(token: authToken, url: $0, form: form), signature) }
        if matches.isEmpty { throw .mismatch }
    }

    /// What Twilio would send: also for tests and for our own caller, which signs as Twilio does.
    public static func signature(token: Secret, url: String, form: FormParameters = FormParameters()) -> String {
        var text = url
        let names = Set(form.parameters.map(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            let values = Set(form.parameters.lazy.filter { $0.name == name }.map(\.value))
            for value in values.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { text += name + value }
        }
        return base64(hmacSHA1(key: Array(token.revealed.utf8), Array(text.utf8)))
    }

    /// 20 bytes (RFC 2104 with SHA-1).
    static func hmacSHA1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        var length: UInt32 = 0
        unsafe HMAC(EVP_sha1(), key, CInt(key.count), message, message.count, &digest, &length)
        return digest
    }

    /// The address as it is, without its port, and with the scheme's usual one: carriers and proxies disagree on it.
    static func candidates(_ url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let afterScheme = url[scheme.upperBound...]
        let end = afterScheme.firstIndex { $0 == "/" || $0 == "?" } ?? afterScheme.endIndex
        let authority = afterScheme[..<end], rest = afterScheme[end...], prefix = url[..<scheme.upperBound]
        let afterBracket = authority.firstIndex(of: "]") ?? authority.startIndex
        let host = authority[afterBracket...].firstIndex(of: ":").map { authority[..<$0] } ?? authority
        let usual = prefix.hasPrefix("https") || prefix.hasPrefix("wss") ? 443 : 80
        var candidates = [url]
        for candidate in ["\(prefix)\(host)\(rest)", "\(prefix)\(host):\(usual)\(rest)"] where !candidates.contains(candidate) {
            candidates.append(candidate)
        }
        return candidates
    }

    /// The query's one `bodySHA256`.
    private static func bodyHash(_ target: String) -> String? {
        guard let query = target.firstIndex(of: "?") else { return nil }
        let pairs = target[target.index(after: query)...].split(separator: "&").filter { $0.hasPrefix("bodySHA256=") }
        return pairs.count == 1 ? String(pairs[0].dropFirst("bodySHA256=".count)) : nil
    }

    static func sha256(_ bytes: Span<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        unsafe bytes.withUnsafeBufferPointer { bytes in
            _ = unsafe SHA256(bytes.baseAddress, bytes.count, &digest)
        }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: Base64.encodedCount(bytes.count))
        var room = text.mutableSpan
        _ = Base64.encode(bytes.span, into: &room)
        return String(decoding: text, as: UTF8.self)
    }
}
