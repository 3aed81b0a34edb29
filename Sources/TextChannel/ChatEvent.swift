public import Orchestrator

/// What a chat session tells its devices (DESIGN §6, "Chat messages").
public enum ChatEvent: Sendable, Equatable {
    case session(Session)
    /// A piece of an answer; all pieces of a message, put together, are its text.
    case delta(messageID: String, text: String)
    case message(Message)
    /// Something takes time. ``Progress/percent`` is nil where nobody knows.
    case progress(Progress)
    case agent(from: String, to: String, reason: String)
    case handoff(HandoffRecord.State)
    /// Eight digits: whoever phones and keys them in goes on here.
    case code(String, lifetime: Duration)
    case error(ChatError)
    case pong(id: String?)

    public struct Session: Sendable, Equatable {
        public var id: String
        public var isResumed: Bool
        /// The agent's first words, of a session that nobody has spoken in.
        public var greeting: String?
        /// What was said before, of a session that goes on; oldest first.
        public var messages: [StoredMessage]
        public init(id: String, isResumed: Bool, greeting: String? = nil, messages: [StoredMessage] = []) {
            (self.id, self.isResumed, self.greeting, self.messages) = (id, isResumed, greeting, messages)
        }
    }

    /// One thing said, whole.
    public struct Message: Sendable, Equatable {
        public var messageID: String
        /// `user` for what another device of the session sent.
        public var role: StoredMessage.Role
        public var text: String
        /// The client's own name for the user's message that this answers, or is.
        public var replyTo: String?
        public var agent: String
        public var intent: String
        public var confidence: Double
        /// Who advised; `cancelled` when the user took the message back.
        public var source: String
        /// From the message's arrival to its answer.
        public var latency: Duration
        public var traceID: String
        /// What happens next: `listen`, `handoff` or `end`.
        public var next: Next
        public var slots: [String: String]
        public enum Next: String, Sendable, Codable { case listen, handoff, end }

        public static let cancelled = "cancelled"

        public init(
            messageID: String, role: StoredMessage.Role, text: String, replyTo: String? = nil, agent: String, intent: String, confidence: Double,
            source: String, latency: Duration, traceID: String, next: Next, slots: [String: String]
        ) {
            (self.messageID, self.role, self.text, self.replyTo) = (messageID, role, text, replyTo)
            (self.agent, self.intent, self.confidence, self.source) = (agent, intent, confidence, source)
            (self.latency, self.traceID, self.next, self.slots) = (latency, traceID, next, slots)
        }
    }

    public struct Progress: Sendable, Equatable {
        /// `agent` while the answer is being thought of, else the tool at work.
        public var tool: String
        public var percent: Int?
        public var text: String
        public init(tool: String, percent: Int?, text: String) { (self.tool, self.percent, self.text) = (tool, percent, text) }
    }

    /// The event's `type` on the wire, and its name in an SSE stream.
    public var type: String {
        switch self {
        case .session: "session"
        case .delta: "delta"
        case .message: "message"
        case .progress: "progress"
        case .agent: "agent"
        case .handoff: "handoff"
        case .code: "code"
        case .error: "error"
        case .pong: "pong"
        }
    }
}
