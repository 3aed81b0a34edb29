import Foundation
import Orchestrator
import WireJSON

/// A provider's error object, as all dialects write it, read for what it means; its message is left where it is.
///
/// OpenAI: `{"error":{"type","code"}}`; Google: `{"error":{"code":429,"status","details"}}`, sometimes in an array of one; Anthropic:
/// `{"type":"error","error":{"type"},"request_id"}`; Ollama: `{"error":"text"}`.
struct ProviderError {
    /// Words that tell kinds apart: `type`, `code`, `status` and the reasons in `details`, in lower case.
    private var words: Set<String> = []
    /// A code that is a number is a status.
    private var status: Int?
    private var retryDelay: Duration?
    var requestID: String?

    /// - Returns: `nil` when there is no error in it.
    init?(_ json: BoundedJSON) {
        var json = json
        if case .array(let items) = json, let first = items.first { json = first }
        guard let error = json["error"], !error.isNull else { return nil }
        requestID = json["request_id"]?.text
        for key in ["type", "code", "status"] {
            if let word = error[key]?.text { words.insert(word.lowercased()) }
        }
        if let code = error["code"]?.double, let status = Int(exactly: code) { self.status = status }
        guard case .array(let details)? = error["details"] else { return }
        for detail in details {
            if let reason = detail["reason"]?.text { words.insert(reason.lowercased()) }
            if let delay = detail["retryDelay"]?.text { retryDelay = RetryAdvice.duration(delay) }
        }
    }

    /// - Parameter status: of the reply; 200 in the middle of a stream.
    static func fault(status: Int, _ error: ProviderError?, _ advice: RetryAdvice) -> WireFault {
        let words = error?.words ?? []
        let status = status == 200 ? error?.status ?? 200 : status
        let code = code(status, words)
        let wait = code == .rateLimited ? advice.whenLimited : advice.stated
        let isLater = [.rateLimited, .unavailable, .quotaExceeded].contains(code)
        // Whatever the provider says: an empty account stays empty.
        let isHopeless = [.quotaExceeded, .unauthorized, .refused].contains(code)
        return WireFault(
            code, retryAfter: isLater ? [wait, error?.retryDelay].compactMap { $0 }.max() : nil, isRetryable: isHopeless ? nil : advice.shouldRetry,
            "the provider answered with an error")
    }

    private static func code(_ status: Int, _ words: Set<String>) -> ModelError.Code {
        func says(_ any: String...) -> Bool { !words.isDisjoint(with: any) }
        if says("insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active") || status == 402 { return .quotaExceeded }
        if says("content_filter", "content_policy_violation") { return .refused }
        if says("invalid_api_key", "api_key_invalid", "authentication_error", "permission_error", "unauthenticated", "permission_denied") {
            return .unauthorized
        }
        switch status {
        case 401, 403: return .unauthorized
        case 429: return .rateLimited
        case 408, 504: return .timedOut
        case 409, 425, 500...: return .unavailable
        case 300..<500: return .rejected
        default: break
        }
        // In the middle of a stream the words are all there is.
        if says("rate_limit_error", "rate_limit_exceeded", "tokens", "requests", "resource_exhausted") { return .rateLimited }
        if says("invalid_request_error", "invalid_argument", "not_found_error", "request_too_large") { return .rejected }
        if says("timeout_error", "deadline_exceeded") { return .timedOut }
        return .unavailable
    }
}
