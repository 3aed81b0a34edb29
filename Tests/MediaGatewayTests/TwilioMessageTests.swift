import Foundation
import MediaGateway
import Testing

@Suite("Twilio Media Streams, inbound: tolerant of order, unknown events and fields; strict on sizes and types")
struct TwilioMessageTests {
    static func parse(_ text: String) throws(TwilioMessageError) -> TwilioMessage { try TwilioMessage(parsing: Array(text.utf8).span) }

    static let format: String = #""mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}"#

    @Test(
        "connected, dtmf, mark, stop, and what a later protocol may bring",
        arguments: [
            (#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#, .connected),
            (#"{"version":"2.0.0","event":"connected"}"#, .connected),
            (##"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"#"}}"##, .dtmf(digit: "#")),
            (#"{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"r12:3"}}"#, .mark(name: "r12:3")),
            (#"{"event":"mark","streamSid":"MZ1","mark":{"name":"\u00e9\ud83d\ude00\n"}}"#, .mark(name: "é😀\n")),
            (#"{"event":"stop","sequenceNumber":"5","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}"#, .stop(callSid: "CA1")),
            (#"{"event":"hologram","media":5,"start":[]}"#, .unknown(event: "hologram")),
        ] as [(String, TwilioMessage)])
    func reads(text: String, message: TwilioMessage) throws { #expect(try Self.parse(text) == message) }

    @Test("start brings the call's names and the parameters of our own TwiML")
    func start() throws {
        let text =
            #" { "start" : {"customParameters":{"token":"abc","From":"+15550100"},"callSid":"CA0","tracks":["inbound"],"newField":[1,{"a":null}],"#
            + Self.format + #","accountSid":"AC0","streamSid":"MZ0"}, "streamSid":"MZ0","sequenceNumber":"1","event":"start"} "#
        #expect(
            try Self.parse(text)
                == .start(
                    .init(streamSid: "MZ0", callSid: "CA0", accountSid: "AC0", customParameters: ["token": "abc", "From": "+15550100"])))
    }

    @Test("media: any length of payload; numbers come as strings")
    func media() throws {
        let text = #"{"event":"media","sequenceNumber":"3","media":{"track":"outbound","chunk":"1","timestamp":"5","payload":"/w=="},"streamSid":"MZ0"}"#
        #expect(try Self.parse(text) == .media(.init(streamSid: "MZ0", isInbound: false, timestamp: 5, sequenceNumber: 3, payload: [0xFF])))
    }

    @Test("captured messages", .enabled(if: Fixtures.shared("twilio/stream_real.jsonl") != nil, "no shared test data here"))
    func captured() throws {
        let messages = try Fixtures.objects(#require(Fixtures.shared("twilio/stream_real.jsonl"))).map { object in
            try TwilioMessage(parsing: Array(JSONSerialization.data(withJSONObject: #require(object["msg"]))).span)
        }
        guard case .media(let media) = messages[0] else { return #expect(Bool(false), "no media") }
        #expect(media.timestamp == 171 && media.sequenceNumber == 2 && media.payload.count == 160 && media.isInbound)
        #expect(messages[1] == .mark(name: "171"))
    }

    static let oneByte: String = #""media":{"timestamp":"5","payload":"/w=="}"#
    static let refused: [(String, TwilioMessageError.Code, String)] = [
        ("", .notJSON, "a value at byte 0"), ("\u{FEFF}{}", .notJSON, "a value at byte 0"), ("hello", .notJSON, "a value"),
        ("[]", .wrongType, "an object"), ("null", .wrongType, "an object"), ("{}", .missing, "event"), (#"{"event":5}"#, .wrongType, "event"),
        (#"{"event":""}"#, .badValue, "event"), (#"{"event":"connected"} {}"#, .notJSON, "nothing more"),
        (#"{"event":"connected","event":"stop"}"#, .notJSON, "each key once"),
        (#"{"event":"connected","x":"# + "\"\u{01}\"}", .notJSON, "control"), (#"{"event":"connected","x":"\ud800"}"#, .notJSON, "surrogate"),
        (#"{"event":"connected"#, .notJSON, "end of a string"), (#"{"event":"connected","#, .notJSON, "a key in quotes"),
        (#"{"event":"media","streamSid":"MZ0"}"#, .missing, "media"), (#"{"event":"media","streamSid":"MZ0","media":"x"}"#, .wrongType, "media"),
        (#"{"event":"media","# + oneByte + "}", .missing, "streamSid"), (#"{"event":"media","streamSid":7,"# + oneByte + "}", .wrongType, "streamSid"),
        (#"{"event":"media","streamSid":"a b","# + oneByte + "}", .badValue, "streamSid"),
        (#"{"event":"media","streamSid":"MZ0","sequenceNumber":3,"# + oneByte + "}", .wrongType, "sequenceNumber"),
        (#"{"event":"media","streamSid":"MZ0","sequenceNumber":"-3","# + oneByte + "}", .badValue, "sequenceNumber"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":5,"payload":"/w=="}}"#, .wrongType, "media.timestamp"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":"9999999999999999","payload":"/w=="}}"#, .badValue, "media.timestamp"),
        (#"{"event":"media","streamSid":"MZ0","media":{"payload":"/w=="}}"#, .missing, "media.timestamp"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":"5"}}"#, .missing, "media.payload"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":"5","payload":""}}"#, .badValue, "media.payload"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":"5","payload":"/w="}}"#, .badValue, "media.payload"),
        (#"{"event":"media","streamSid":"MZ0","media":{"timestamp":"5","payload":"/w==","track":"both"}}"#, .badValue, "media.track"),
        (#"{"event":"dtmf","streamSid":"MZ0","dtmf":{"digit":"12"}}"#, .badValue, "dtmf.digit"),
        (#"{"event":"dtmf","streamSid":"MZ0","dtmf":{"digit":"x"}}"#, .badValue, "dtmf.digit"),
        (#"{"event":"mark","streamSid":"MZ0"}"#, .missing, "mark"), (#"{"event":"stop","streamSid":"MZ0","stop":{}}"#, .missing, "stop.callSid"),
        (#"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ9","callSid":"CA0","accountSid":"AC0","# + format + "}}", .badValue, "start.streamSid"),
        (#"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","accountSid":"AC0","# + format + "}}", .missing, "start.callSid"),
        (#"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"../x","accountSid":"AC0","# + format + "}}", .badValue, "start.callSid"),
        (#"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"CA0","accountSid":"AC0"}}"#, .missing, "start.mediaFormat"),
        (
            #"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"CA0","accountSid":"AC0","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000","channels":1}}}"#,
            .wrongType, "start.mediaFormat.sampleRate"
        ),
        (
            #"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"CA0","accountSid":"AC0","customParameters":{"a":1},"# + format + "}}",
            .wrongType, "start.customParameters"
        ),
        (
            #"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"CA0","accountSid":"AC0","customParameters":"a","# + format + "}}",
            .wrongType, "start.customParameters"
        ),
    ]

    @Test("refused, and told which field", arguments: refused)
    func refuses(text: String, code: TwilioMessageError.Code, detail: String) throws {
        let error = #expect(throws: TwilioMessageError.self) { try Self.parse(text) }
        #expect(error?.code == code)
        #expect(error?.detail.contains(detail) == true, "\(error?.detail ?? "")")
    }

    @Test("parameters are bounded in number and size")
    func parameterBounds() throws {
        func start(_ parameters: String) -> String {
            #"{"event":"start","streamSid":"MZ0","start":{"streamSid":"MZ0","callSid":"CA0","accountSid":"AC0","customParameters":{"#
                + parameters + "}," + Self.format + "}}"
        }
        let many = (0..<65).map { #""p\#($0)":"x""# }.joined(separator: ",")
        #expect(throws: TwilioMessageError.self) { try Self.parse(start(many)) }
        #expect(throws: TwilioMessageError.self) { try Self.parse(start(#""p":"\#(String(repeating: "x", count: 1_000))""#)) }
    }

    @Test("64 KiB and no more")
    func tooLarge() throws {
        let padding = String(repeating: " ", count: TwilioMessage.maximumBytes - 21)
        #expect(try Self.parse(#"{"event":"connected"}"# + padding) == .connected)
        let error = #expect(throws: TwilioMessageError.self) { try Self.parse(#"{"event":"connected"} "# + padding) }
        #expect(error?.code == .tooLarge)
    }

    @Test("as much nesting as 64 KiB can hold is an error even on a stack of 64 KiB", arguments: ["[", #"{"a":"#])
    func depthBomb(opening: String) async throws {
        let bomb = Array((#"{"event":"x","y":"# + String(repeating: opening, count: 60_000 / opening.utf8.count)).utf8)
        let error = await withCheckedContinuation { continuation in
            let thread = Thread {
                do throws(TwilioMessageError) {
                    _ = try TwilioMessage(parsing: bomb.span)
                    continuation.resume(returning: TwilioMessageError?.none)
                } catch {
                    continuation.resume(returning: error)
                }
            }
            thread.stackSize = 64 << 10
            thread.start()
        }
        #expect(error?.code == .notJSON)
        #expect(error?.detail.contains("at most 16 levels") == true)
    }

    @Test(
        "JSONTestSuite: what is no JSON is refused, what is JSON is taken",
        .enabled(if: Fixtures.shared("vectors/json") != nil, "no shared test data here"))
    func standardVectors() throws {
        let folder = try #require(Fixtures.shared("vectors/json"))
        var judged = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let value = try Array(Data(contentsOf: folder.appendingPathComponent(file)))
            let message = Array(#"{"event":"x","y":"#.utf8) + value + Array("}".utf8)
            let isRead = (try? TwilioMessage(parsing: message.span)) == .unknown(event: "x")
            // What we refuse beyond the standard, on purpose.
            let isStricter = file.contains("duplicated") || file.contains("nested")
            if file.hasPrefix("y_"), !isStricter { #expect(isRead, "\(file)") }
            // These become sound inside of an object.
            if file.hasPrefix("n_"), !file.contains("structure_close_unopened"), !file.contains("object_trailing_comment") {
                #expect(!isRead, "\(file)")
            }
            judged += 1
        }
        #expect(judged > 100)
    }
}
