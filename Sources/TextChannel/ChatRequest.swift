public import WireJSON

/// What a chat client sends (DESIGN §6, "Chat messages").
public enum ChatRequest: Sendable, Equatable {
    case hello(Hello)
    case message(Message)
    /// Drops the turn in the making, and those that wait.
    case cancel
    case handoff(reason: String?)
    /// A code by which a phone call goes on with this session.
    case code
    case feedback(Feedback)
    /// Its `id`, if it has one, comes back.
    case ping(id: String?)

    public struct Hello: Sendable, Equatable {
        /// The session to go on with.
        public var sessionID: String?
        public var userID: String?
        public init(sessionID: String? = nil, userID: String? = nil) { (self.sessionID, self.userID) = (sessionID, userID) }
    }

    public struct Message: Sendable, Equatable {
        public var text: String
        /// The client's own name for it, sent back with the answer.
        public var id: String?
        public var traceID: String?
        public init(_ text: String, id: String? = nil, traceID: String? = nil) { (self.text, self.id, self.traceID) = (text, id, traceID) }
    }

    public struct Feedback: Sendable, Equatable {
        public var messageID: String
        public var score: Double
        public var comment: String?
        public init(messageID: String, score: Double, comment: String? = nil) {
            (self.messageID, self.score, self.comment) = (messageID, score, comment)
        }
    }

    /// Longest identifier that a client may choose, in bytes.
    public static let longestID = 128
    public static let longestComment = 2_000
    public static let scores = -10.0...10.0
}

extension ChatRequest {
    /// Reads one text frame. What is no JSON object is itself the user's message.
    /// - Parameter longest: text that a message may have, in bytes of UTF-8.
    /// - Throws: ``ChatError``; the connection goes on.
    public init(parsing frame: Span<UInt8>, longest: Int) throws(ChatError) {
        guard let json = try? BoundedJSON(frame), case .object = json else {
            // An object that is broken was meant as one.
            if Self.firstCharacter(of: frame) == UInt8(ascii: "{") { throw ChatError(.badRequest, "not JSON: send {\"type\":…} or plain text") }
            self = .message(Message(try Self.plain(frame, longest: longest)))
            return
        }
        do {
            self = try Self.read(try JSONFields(json), longest: longest)
        } catch {
            throw ChatError(error)
        }
    }

    private static func read(_ fields: JSONFields, longest: Int) throws(JSONFieldError) -> ChatRequest {
        switch try fields.text("type", length: 1...64) {
        case "hello":
            return .hello(
                Hello(
                    sessionID: try fields.optionalText("session_id", length: 1...longestID), userID: try fields.optionalText("user_id", length: 1...longestID)))
        case "message": return .message(try message(fields, longest: longest))
        case "cancel": return .cancel
        case "code": return .code
        case "handoff": return .handoff(reason: try fields.optionalText("reason", length: 1...100))
        case "feedback": return .feedback(try feedback(fields))
        case "ping": return .ping(id: try fields.optionalText("id", length: 1...longestID))
        default: throw fields.error(.badValue, "type", "expected hello, message, cancel, handoff, code, feedback or ping")
        }
    }

    /// The body of a message, here and in `POST /v1/sessions/{id}/messages`.
    public static func message(_ fields: JSONFields, longest: Int) throws(JSONFieldError) -> Message {
        let text = try fields.text("text", length: 1...longest)
        guard !text.allSatisfy(\.isWhitespace) else { throw fields.error(.badValue, "text", "expected something other than blanks") }
        return Message(
            text, id: try fields.optionalText("id", length: 1...longestID), traceID: try fields.optionalText("trace_id", length: 1...longestID))
    }

    /// The body of a feedback, here and in `POST /v1/sessions/{id}/feedback`.
    public static func feedback(_ fields: JSONFields) throws(JSONFieldError) -> Feedback {
        Feedback(
            messageID: try fields.text("message_id", length: 1...longestID), score: try fields.number("score", in: scores),
            comment: try fields.optionalText("comment", length: 1...longestComment))
    }

    private static func plain(_ frame: Span<UInt8>, longest: Int) throws(ChatError) -> String {
        guard frame.count <= longest else { throw ChatError(.tooLong, "text: \(frame.count) bytes, expected 1...\(longest)") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frame.count)
        for index in frame.indices { bytes.append(frame[index]) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ChatError(.badRequest, "not UTF-8") }
        guard !text.allSatisfy(\.isWhitespace) else { throw ChatError(.badRequest, "text: expected something other than blanks") }
        return text
    }

    private static func firstCharacter(of frame: Span<UInt8>) -> UInt8? {
        for index in frame.indices where !(frame[index] == 0x20 || (0x09...0x0D).contains(frame[index])) { return frame[index] }
        return nil
    }
}
