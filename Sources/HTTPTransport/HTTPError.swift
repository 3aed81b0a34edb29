import CCurl

/// Why there is no response, or not all of it. Holds nothing of what was said.
public struct HTTPError: Error, CustomStringConvertible, Sendable, Equatable {
    public enum Code: String, Sendable {
        /// No absolute `http` or `https` URL.
        case invalidURL
        case unresolved, connectFailed, tlsFailed
        /// One of the deadlines, which `detail` names.
        case timedOut
        case cancelled
        /// The body is longer than ``HTTPClient/Configuration/maximumBodyBytes``.
        case tooLarge
        /// The connection broke, or what came was no HTTP.
        case broken
        /// Too many requests are under way on this loop.
        case overloaded
    }
    public var code: Code
    /// Host and port, or what stood in their place.
    public var target: String
    public var detail: String

    /// The same request may do better in a moment.
    public var isRetryable: Bool {
        switch code {
        case .unresolved, .connectFailed, .timedOut, .broken, .overloaded: true
        case .invalidURL, .tlsFailed, .cancelled, .tooLarge: false
        }
    }

    public var description: String { "\(target): \(code.rawValue)\(detail.isEmpty ? "" : " (\(detail))")" }

    init(_ code: Code, _ target: String, _ detail: String = "") { (self.code, self.target, self.detail) = (code, target, detail) }

    init(curl status: CURLcode, _ target: String) {
        code =
            switch status {
            case CURLE_COULDNT_RESOLVE_HOST: .unresolved
            case CURLE_COULDNT_CONNECT: .connectFailed
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidURL
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_ISSUER_ERROR:
                .tlsFailed
            default: .broken
            }
        self.target = target
        detail = unsafe String(cString: curl_easy_strerror(status))
    }
}
