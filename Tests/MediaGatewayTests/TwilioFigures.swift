import AudioCodec
import Foundation
import MediaGateway
import Testing

/// Not a test: prints what the wire costs. `GATEWAY_FIGURES=1 swift test -c release --filter TwilioFigures`
@Suite("Figures of the Twilio wire", .enabled(if: ProcessInfo.processInfo.environment["GATEWAY_FIGURES"] != nil), .serialized)
struct TwilioFigures {
    /// The best of many short rounds, in nanoseconds a turn: a round fits between two turns of a busy machine's scheduler.
    static func measure(_ name: String, turns: Int = 1_000, _ body: (Int) -> Int) {
        var best = Duration.seconds(3_600), sink = 0
        for _ in 0..<500 {
            let spent = ContinuousClock().measure { for turn in 0..<turns { sink &+= body(turn) } }
            best = min(best, spent)
        }
        print("\(name): \(Int(best / .nanoseconds(1)) / turns) ns (\(sink & 1))")
    }

    @Test("160 bytes of µ-law, as Twilio sends them")
    func frames() throws {
        let audio = (0..<160).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let payload = Data(audio).base64EncodedString()
        let message =
            Array(
                #"{"event":"media","sequenceNumber":"3","media":{"track":"inbound","chunk":"1","timestamp":"171","payload":"\#(payload)"},"#.utf8)
            + Array(#""streamSid":"MZ00000000000000000000000000000003"}"#.utf8)
        unsafe message.withUnsafeBytes { message in
            Self.measure("scan a media message") { _ in
                var fields = TwilioMediaFields()
                return unsafe TwilioMediaScanner.scan(message, into: &fields) == .media ? fields.timestamp : 0
            }
        }
        Self.measure("parse it in full", turns: 50) { _ in
            if case .media(let media)? = try? TwilioMessage(parsing: message.span) { media.timestamp } else { 0 }
        }
    }

    @Test("a webhook")
    func webhook() throws {
        let body = Array("AccountSid=AC1&CallSid=CA1&CallStatus=ringing&From=%2B15550100&To=%2B15550101&Direction=inbound&ApiVersion=2010-04-01".utf8)
        let form = try FormParameters(parsing: body.span)
        let signature = TwilioSignature(authToken: Secret("12345"), publicURL: try #require(PublicURL("https://voice.example.com")))
        let header = TwilioSignature.signature(token: Secret("12345"), url: "https://voice.example.com/twilio/voice", form: form)
        Self.measure("check a webhook's signature", turns: 50) { _ in
            (try? signature.check(header, target: "/twilio/voice", form: form)) == nil ? 0 : 1
        }
    }
}
