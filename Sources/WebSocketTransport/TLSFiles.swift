/// Where a server's certificate and its key are.
public struct TLSFiles: Sendable, Equatable {
    /// PEM: the server's certificate first, then those between it and the authority.
    public var certificateChain: String
    /// PEM, without a password.
    public var privateKey: String

    public init(certificateChain: String, privateKey: String) {
        (self.certificateChain, self.privateKey) = (certificateChain, privateKey)
    }
}

/// Why a certificate cannot be used.
public struct TLSError: Error, CustomStringConvertible, Sendable, Equatable {
    public enum Code: String, Sendable {
        /// The chain's file is missing, or holds no certificate.
        case badCertificate
        /// The key's file is missing, holds no key, or one behind a password.
        case badKey
        /// Each is sound, but the key is not the certificate's.
        case mismatch
        /// The server was started without TLS.
        case notConfigured
        /// OpenSSL has no memory left.
        case unavailable
    }
    public var code: Code
    /// One sentence with the file in it.
    public var description: String

    init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }
}
