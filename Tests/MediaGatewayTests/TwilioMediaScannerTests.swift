import AudioCodec
import Foundation
import MediaGateway
import Testing

@Suite("Media scanner: what it takes, the full parser reads alike; whatever is odd it leaves to that")
struct TwilioMediaScannerTests {
    /// What the scanner made of a message; `nil` when it left it to the full parser.
    static func scan(_ text: [UInt8]) -> (fields: TwilioMediaFields, streamSid: String, payload: [UInt8])? {
        var fields = TwilioMediaFields()
        let outcome = unsafe text.withUnsafeBytes { unsafe TwilioMediaScanner.scan($0, into: &fields) }
        guard outcome == .media else { return nil }
        func slice(_ start: Int, _ count: Int) -> [UInt8] { Array(text[start..<start + count]) }
        return (fields, String(decoding: slice(fields.streamSid, fields.streamSidCount), as: UTF8.self), slice(fields.payload, fields.payloadCount))
    }

    @Test(
        "as Twilio sends it, and as JSON may order and space it",
        arguments: [
            #"{"event":"media","sequenceNumber":"3","media":{"track":"inbound","chunk":"1","timestamp":"45","payload":"/38="},"streamSid":"MZ0"}"#,
            #"{"streamSid":"MZ0","media":{"payload":"/38=","timestamp":"45"},"sequenceNumber":"3","event":"media"}"#,
            " {\n\t\"event\" : \"media\" ,\r\n \"streamSid\":\"MZ0\", \"sequenceNumber\" : \"3\",\"media\" : { \"timestamp\" : \"45\" , \"payload\" : \"/38=\" } } \n",
        ])
    func takes(text: String) throws {
        let media = try #require(Self.scan(Array(text.utf8)))
        #expect(media.fields.timestamp == 45 && media.fields.sequenceNumber == 3)
        #expect(media.streamSid == "MZ0" && media.payload == Array("/38=".utf8))
    }

    @Test("captured", .enabled(if: Fixtures.shared("twilio/stream_real.jsonl") != nil, "no shared test data here"))
    func captured() throws {
        let objects = try Fixtures.objects(#require(Fixtures.shared("twilio/stream_real.jsonl")))
        let message = try #require(objects[0]["msg"])
        let text = try JSONSerialization.data(withJSONObject: message, options: .withoutEscapingSlashes)
        let media = try #require(Self.scan(Array(text)))
        #expect(media.fields.timestamp == 171 && media.fields.sequenceNumber == 2 && media.payload.count == 216)
    }

    static let rest = #""streamSid":"MZ0","event":"media""#
    @Test(
        "left to the full parser",
        arguments: [
            "", "{", "{}", "[]", #"{"event":"media"}"#, #"{"event":"mark","streamSid":"MZ0","mark":{"name":"x"}}"#,
            #"{"event":"media","streamSid":"MZ0","media":{"timestamp":"1"}}"#, #"{"event":"media","streamSid":"MZ0","media":{"payload":"/w=="}}"#,
            #"{"event":"media","media":{"timestamp":"1","payload":"/w=="}}"#, "{" + rest + #","media":{"timestamp":"1","payload":"/w=="}} x"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w=="},}"#, "{" + rest + #","media":{"timestamp":1,"payload":"/w=="}}"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w==","payload":"/w=="}}"#, "{" + rest + #","media":{"timestamp":"1","payload":""}}"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w==","track":"outbound"}}"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w=="},"x":1}"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w==","x":{}}}"#, "{" + rest + #","med\u0069a":{"timestamp":"1","payload":"/w=="}}"#,
            "{" + rest + #","media":{"timestamp":"1","payload":"/w=="},"event":"media"}"#,
            #"{"event":"media","streamSid":"MZ\u0030","media":{"timestamp":"1","payload":"/w=="}}"#,
            "{" + rest + #","media":{"timestamp":"1234567890123456","payload":"/w=="}}"#,
            #"{"streamSid":"","event":"media","media":{"timestamp":"1","payload":"/w=="}}"#,
        ])
    func leaves(text: String) { #expect(Self.scan(Array(text.utf8)) == nil) }

    @Test("10,000 generated and damaged messages: never a contradiction", arguments: 0..<10 as Range<UInt64>)
    func agreesWithTheFullParser(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        var taken = 0
        for _ in 0..<1_000 {
            var text = Array(Self.message(&random).utf8)
            for _ in 0..<[0, 0, 0, 1, 1, 2, 4].randomElement(using: &random)! where !text.isEmpty {
                let at = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[at] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: at)
                case 2: text.insert(Array("\"\\{}[],: 0".utf8).randomElement(using: &random)!, at: at)
                default: text.removeLast(text.count - at)
                }
            }
            guard let scanned = Self.scan(text) else { continue }
            taken += 1
            var audio = [UInt8](repeating: 0, count: scanned.payload.count)
            var room = audio.mutableSpan
            let decoded = Base64.decode(scanned.payload.span, into: &room).map { Array(audio.prefix($0)) }
            guard let decoded, TwilioIdentifier.isValid(scanned.streamSid) else {
                #expect(throws: TwilioMessageError.self) { try TwilioMessage(parsing: text.span) }
                continue
            }
            #expect(
                try TwilioMessage(parsing: text.span)
                    == .media(
                        .init(
                            streamSid: scanned.streamSid, isInbound: true, timestamp: scanned.fields.timestamp,
                            sequenceNumber: scanned.fields.sequenceNumber, payload: decoded)), "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(taken > 300)
    }

    /// A sound `media` message, its keys in any order and with any white space.
    static func message(_ random: inout SeededGenerator) -> String {
        func space() -> String { ["", "", "", " ", "\n", "\t\r "].randomElement(using: &random)! }
        func member(_ key: String, _ value: String) -> String { "\"\(key)\"\(space()):\(space())\(value)" }
        func object(_ members: [String]) -> String {
            "{" + space() + members.shuffled(using: &random).joined(separator: space() + "," + space()) + space() + "}"
        }
        let audio = (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var inner = [
            member("payload", "\"\(Data(audio).base64EncodedString())\""),
            member("timestamp", "\"\(Int.random(in: 0...100_000, using: &random))\""),
        ]
        if Bool.random(using: &random) { inner.append(member("track", "\"inbound\"")) }
        if Bool.random(using: &random) { inner.append(member("chunk", "\"\(Int.random(in: 1...9_999, using: &random))\"")) }
        var outer = [member("event", "\"media\""), member("streamSid", "\"MZ\(Int.random(in: 0...9, using: &random))\""), member("media", object(inner))]
        if Bool.random(using: &random) { outer.append(member("sequenceNumber", "\"\(Int.random(in: 1...9_999, using: &random))\"")) }
        return space() + object(outer) + space()
    }
}
