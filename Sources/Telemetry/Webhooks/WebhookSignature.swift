import CLibcrypto

/// Proves to a receiver that a webhook is ours and fresh: HMAC-SHA256 (RFC 2104), keyed by a secret that both know, over the time of
/// sending, a dot, and the body. The secret is not printed, whatever prints this.
public struct WebhookSignature: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    public init(secret: String) { self.secret = Array(secret.utf8) }

    public var description: String { "(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The value of `X-Gateway-Signature`: `sha256=` and 64 digits of lower-case hexadecimal.
    /// - Parameter timestamp: as it stands in `X-Gateway-Timestamp`, seconds since 1970.
    public func header(timestamp: String, body: [UInt8]) -> String {
        let message = Array("\(timestamp).".utf8) + body
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var length: UInt32 = 0
        unsafe HMAC(EVP_sha256(), secret, CInt(secret.count), message, message.count, &digest, &length)
        return "sha256=" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
