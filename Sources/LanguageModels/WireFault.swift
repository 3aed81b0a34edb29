import Orchestrator

/// What went wrong, before it is known to whom.
struct WireFault: Error, Equatable {
    var code: ModelError.Code
    var retryAfter: Duration?
    var isRetryable: Bool?
    /// In words of ours: a provider's message may repeat the prompt.
    var detail: String

    init(_ code: ModelError.Code, retryAfter: Duration? = nil, isRetryable: Bool? = nil, _ detail: String) {
        (self.code, self.retryAfter, self.isRetryable, self.detail) = (code, retryAfter, isRetryable, detail)
    }

    static func malformed(_ detail: String) -> WireFault { WireFault(.malformed, detail) }
    static let filtered = WireFault(.refused, "the answer was filtered")
    static let tokenLimit = WireFault(.truncated, isRetryable: false, "the token limit ended the answer")
    static let cutOff = WireFault(.truncated, "the answer ended without its end")
}
