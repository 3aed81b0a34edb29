public import Orchestrator
public import WireJSON

/// Why a chat client did not get what it asked for: the message `error` of the protocol, and the body of an HTTP error.
public struct ChatError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The message is none of the protocol's.
        case badRequest = "bad_request"
        case tooLong = "too_long"
        /// More messages than a session may send; see ``ChatError/retryAfter``.
        case rateLimited = "rate_limited"
        /// Too many messages of this session wait for their answers.
        case queueFull = "queue_full"
        /// No place for another session or device.
        case busy
        case unknownSession = "unknown_session"
        case sessionEnded = "session_ended"
        case unknownMessage = "unknown_message"
        /// The hand-over is in a state from which that cannot be reached.
        case conflict
        /// The switch `agent.enabled` is off.
        case agentDisabled = "agent_disabled"
        case shuttingDown = "shutting_down"
        /// The store does not answer.
        case unavailable
    }
    public var code: Code
    /// One sentence for the client's developer; holds nothing a user said.
    public var message: String
    /// When it may be tried again.
    public var retryAfter: Duration?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) { (self.code, self.message, self.retryAfter) = (code, message, retryAfter) }
    public init(_ error: JSONFieldError) { self.init(.badRequest, error.detail) }
    public init(_ error: HandoffError) {
        switch error.code {
        case .none, .impossible: self.init(.conflict, error.description)
        case .full: self.init(.busy, error.description)
        }
    }
    public var description: String { "\(code.rawValue): \(message)" }
}
