import Orchestrator
import WireJSON

/// The client's side of the protocol.
extension ChatEvent {
    /// Reads one text frame of a server.
    /// - Returns: `nil` for an event of a later version.
    /// - Throws: ``JSONFieldError``, or ``BoundedJSON/Failure``.
    public init?(parsing frame: Span<UInt8>) throws {
        let fields = try JSONFields(try BoundedJSON(frame))
        let any = 0...1_000_000
        switch try fields.text("type", length: 1...64) {
        case "session":
            self = .session(
                Session(
                    id: try fields.text("session_id", length: 1...256), isResumed: (try? fields.flag("resumed")) ?? false,
                    greeting: try fields.optionalText("greeting", length: any)))
        case "delta": self = .delta(messageID: try fields.text("message_id", length: any), text: try fields.text("text", length: any))
        case "message": self = .message(try Message(fields))
        case "progress":
            self = .progress(
                Progress(
                    tool: try fields.text("tool", length: any), percent: try fields.optionalInteger("percent"),
                    text: try fields.text("text", length: any)))
        case "agent":
            self = .agent(
                from: try fields.text("from", length: any), to: try fields.text("to", length: any), reason: try fields.text("reason", length: any))
        case "handoff":
            guard let state = HandoffRecord.State(rawValue: try fields.text("state", length: any)) else { return nil }
            self = .handoff(state)
        case "code":
            self = .code(try fields.text("code", length: any), lifetime: .seconds(try fields.integer("expires_s")))
        case "error":
            guard let code = ChatError.Code(rawValue: try fields.text("code", length: any)) else { return nil }
            let wait = try fields.optionalInteger("retry_after_ms").map { Duration.milliseconds($0) }
            self = .error(ChatError(code, try fields.text("message", length: any), retryAfter: wait))
        case "pong": self = .pong(id: try fields.optionalText("id", length: any))
        default: return nil
        }
    }
}

extension ChatEvent.Message {
    fileprivate init(_ fields: JSONFields) throws(JSONFieldError) {
        let any = 0...1_000_000
        func text(_ key: String) throws(JSONFieldError) -> String { try fields.optionalText(key, length: any) ?? "" }
        var slots: [String: String] = [:]
        for (name, value) in try fields.optionalObject("slots")?.members ?? [] { if case .string(let value) = value { slots[name] = value } }
        self.init(
            messageID: try fields.text("message_id", length: any), role: StoredMessage.Role(rawValue: try text("role")) ?? .assistant,
            text: try text("text"), replyTo: try fields.optionalText("id", length: any), agent: try text("agent"), intent: try text("intent"),
            confidence: (try? fields.number("confidence", in: 0...1)) ?? 1, source: try text("source"),
            latency: .milliseconds((try? fields.number("latency_ms", in: 0...1e9)) ?? 0), traceID: try text("trace_id"),
            next: Next(rawValue: try text("next")) ?? .listen, slots: slots)
    }
}
