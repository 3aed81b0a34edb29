/// Why a model gave no answer, or not all of it. Holds nothing that a caller or the model said.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable, Codable {
        /// The key is missing, wrong, or may not use this model.
        case unauthorized
        case rateLimited = "rate_limited"
        /// The account has no credit left; waiting does not help.
        case quotaExceeded = "quota_exceeded"
        /// The provider takes the request for wrong.
        case rejected
        /// Not reached, overloaded, broken, or taken out by its circuit breaker.
        case unavailable
        case timedOut = "timed_out"
        /// What came is not what the protocol says.
        case malformed
        /// The answer ends too early: its token limit, our bound, or its connection.
        case truncated
        /// The model or its filter declines to answer.
        case refused
        case cancelled
    }
    public var code: Code
    /// ``LanguageModel/name``.
    public var engine: String
    /// Of HTTP; 0 when there was none.
    public var status: Int
    /// What the provider's support will ask for.
    public var requestID: String?
    /// How long the provider wants to be left alone.
    public var retryAfter: Duration?
    /// The same request may do better in a moment.
    public var isRetryable: Bool
    /// What was being done, in words of ours.
    public var detail: String

    /// - Parameter isRetryable: `nil` for what the code says.
    public init(
        _ code: Code, engine: String, status: Int = 0, requestID: String? = nil, retryAfter: Duration? = nil, isRetryable: Bool? = nil,
        _ detail: String = ""
    ) {
        (self.code, self.engine, self.status, self.requestID) = (code, engine, status, requestID)
        (self.retryAfter, self.isRetryable, self.detail) = (retryAfter, isRetryable ?? code.isRetryable, detail)
    }

    public var description: String {
        let facts = [
            status == 0 ? nil : "HTTP \(status)", requestID.map { "request \($0)" }, retryAfter.map { "again after \($0)" },
            detail.isEmpty ? nil : detail,
        ].compactMap { $0 }
        return "\(engine): \(code.rawValue)" + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }
}

extension ModelError.Code {
    var isRetryable: Bool {
        switch self {
        case .rateLimited, .unavailable, .timedOut, .malformed, .truncated: true
        case .unauthorized, .quotaExceeded, .rejected, .refused, .cancelled: false
        }
    }
}
