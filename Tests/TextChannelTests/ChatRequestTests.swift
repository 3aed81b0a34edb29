import Testing
import TextChannel

@Suite("What a chat client sends: JSON objects of the protocol, or plain text, which is itself the message")
struct ChatRequestTests {
    private func parse(_ frame: String) throws(ChatError) -> ChatRequest { try ChatRequest(parsing: Array(frame.utf8).span, longest: 20) }

    @Test(
        "requests",
        arguments: [
            (#"{"type":"hello"}"#, .hello(.init())),
            (#"{"type":"hello","session_id":"chat-1","user_id":"u"}"#, .hello(.init(sessionID: "chat-1", userID: "u"))),
            (#"{"type":"message","text":"hi","id":"7","trace_id":"t"}"#, .message(.init("hi", id: "7", traceID: "t"))),
            (#"{"type":"message","text":"hi","unknown":[1]}"#, .message(.init("hi"))),
            ("hi there", .message(.init("hi there"))),
            ("7", .message(.init("7"))),
            (#""quoted""#, .message(.init(#""quoted""#))),
            ("[1,2]", .message(.init("[1,2]"))),
            (#"{"type":"cancel"}"#, .cancel),
            (#"{"type":"code"}"#, .code),
            (#"{"type":"handoff"}"#, .handoff(reason: nil)),
            (#"{"type":"handoff","reason":"angry"}"#, .handoff(reason: "angry")),
            (#"{"type":"feedback","message_id":"m3","score":-1}"#, .feedback(.init(messageID: "m3", score: -1))),
            (#"{"type":"ping","id":"x"}"#, .ping(id: "x")),
        ] as [(String, ChatRequest)])
    func reads(_ frame: String, _ request: ChatRequest) throws { #expect(try parse(frame) == request) }

    @Test(
        "what is none is refused with the field and what was expected",
        arguments: [
            (#"{"type":"message"}"#, "text: expected a string"),
            (#"{"type":"message","text":"   "}"#, "text: expected something other than blanks"),
            (#"{"type":"message","text":"a message that is too long"}"#, "text: 26 bytes, expected 1...20"),
            ("a plain message that is too long", "text: 32 bytes, expected 1...20"),
            (" \n ", "text: expected something other than blanks"),
            (#"{"type":"shout"}"#, "type: expected hello, message, cancel, handoff, code, feedback or ping"),
            (#"{"text":"hi"}"#, "type: expected a string"),
            (#"{"type":"message","text":"hi""#, "not JSON: send {\"type\":…} or plain text"),
            (#"{"type":"feedback","message_id":"m1","score":"good"}"#, "score: expected a number"),
            (#"{"type":"feedback","message_id":"m1","score":11}"#, "score: expected -10.0...10.0"),
        ])
    func refuses(_ frame: String, _ complaint: String) {
        #expect { try parse(frame) } throws: { ($0 as? ChatError)?.message == complaint }
    }
}
