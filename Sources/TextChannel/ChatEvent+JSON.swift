import Foundation
public import Orchestrator
import WireJSON

extension ChatEvent: Encodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ name: String) { stringValue = name }
    }

    /// One JSON object.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(type, forKey: Key("type"))
        switch self {
        case .session(let session):
            try fields.encode(session.id, forKey: Key("session_id"))
            try fields.encode(session.isResumed, forKey: Key("resumed"))
            try fields.encodeIfPresent(session.greeting, forKey: Key("greeting"))
            if session.isResumed { try fields.encode(session.messages.map(ChatMessageJSON.init), forKey: Key("messages")) }
        case .delta(let messageID, let text):
            try fields.encode(messageID, forKey: Key("message_id"))
            try fields.encode(text, forKey: Key("text"))
        case .message(let message): try encode(message, into: &fields)
        case .progress(let progress):
            try fields.encode(progress.tool, forKey: Key("tool"))
            try fields.encode(progress.percent, forKey: Key("percent"))
            try fields.encode(progress.text, forKey: Key("text"))
        case .agent(let from, let to, let reason):
            try fields.encode(from, forKey: Key("from"))
            try fields.encode(to, forKey: Key("to"))
            try fields.encode(reason, forKey: Key("reason"))
        case .handoff(let state): try fields.encode(state.rawValue, forKey: Key("state"))
        case .code(let code, let lifetime):
            try fields.encode(code, forKey: Key("code"))
            try fields.encode(lifetime / .seconds(1), forKey: Key("expires_s"))
        case .error(let error):
            try fields.encode(error.code.rawValue, forKey: Key("code"))
            try fields.encode(error.message, forKey: Key("message"))
            // Whole ones, rounded up: whoever waits so long is not too early.
            try fields.encodeIfPresent(error.retryAfter.map { Int(($0 / .milliseconds(1)).rounded(.up)) }, forKey: Key("retry_after_ms"))
        case .pong(let id): try fields.encodeIfPresent(id, forKey: Key("id"))
        }
    }

    private func encode(_ message: Message, into fields: inout KeyedEncodingContainer<Key>) throws {
        try fields.encode(message.messageID, forKey: Key("message_id"))
        try fields.encode(message.role.rawValue, forKey: Key("role"))
        try fields.encode(message.text, forKey: Key("text"))
        try fields.encodeIfPresent(message.replyTo, forKey: Key("id"))
        try fields.encode(message.traceID, forKey: Key("trace_id"))
        guard message.role == .assistant else { return }
        try fields.encode(message.agent, forKey: Key("agent"))
        try fields.encode(message.intent, forKey: Key("intent"))
        try fields.encode((message.confidence * 1_000).rounded() / 1_000, forKey: Key("confidence"))
        try fields.encode(message.source, forKey: Key("source"))
        try fields.encode(Self.milliseconds(message.latency), forKey: Key("latency_ms"))
        try fields.encode(message.next.rawValue, forKey: Key("next"))
        try fields.encode(message.slots, forKey: Key("slots"))
    }

    private static func milliseconds(_ duration: Duration) -> Double { (duration / .milliseconds(1) * 10).rounded() / 10 }
}

/// A message as lists of messages show it.
public struct ChatMessageJSON: Encodable, Sendable {
    private let messageID: String, role: String, text: String, at: String, traceID: String?

    public init(_ message: StoredMessage) {
        messageID = ChatMessageID.text(message.generation)
        (role, text, traceID) = (message.role.rawValue, message.text, message.traceID)
        at = message.at.timestamp
    }
    enum CodingKeys: String, CodingKey {
        case role, text, at
        case messageID = "message_id"
        case traceID = "trace_id"
    }
}

/// Names of messages: the turn's number within its session.
public enum ChatMessageID {
    public static func text(_ generation: Int) -> String { "m\(generation)" }
    /// - Returns: `nil` when it is not one of ours.
    public static func generation(_ text: String) -> Int? {
        guard text.first == "m", text.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text.dropFirst())
    }
}
