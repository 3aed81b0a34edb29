import Foundation
import MediaGateway
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("TwiML: a stream with its token and facts, or a sentence and the end of the call")
struct TwiMLTests {
    @Test("connects to the letter")
    func connects() {
        let answer = TwiML.connect(
            stream: "wss://gw.example/twilio/media", token: ("token", "abc"), parameters: [("From", "+15550100"), ("lead", "A & B <\"'>")])
        #expect(
            answer.document == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Response><Connect><Stream url="wss://gw.example/twilio/media"><Parameter name="token" value="abc"/>\
                <Parameter name="From" value="+15550100"/><Parameter name="lead" value="A &amp; B &lt;&quot;&apos;&gt;"/></Stream></Connect>\
                <Hangup/></Response>

                """)
        #expect(answer.leftOut.isEmpty)
    }

    @Test("parameters that Twilio would not take are left out by name, never cut; the token always goes")
    func bounds() {
        let long = String(repeating: "x", count: 496)
        var parameters = [("lead", long), ("leads", long + "x"), ("token", "forged"), ("", "nameless")]
        parameters += (0..<60).map { ("p\($0)", "v") }
        let answer = TwiML.connect(stream: "wss://gw.example/m", token: ("token", "abc"), parameters: parameters)
        #expect(answer.leftOut == ["lead", "leads", "token", ""] + (48..<60).map { "p\($0)" })
        #expect(answer.document.contains(#"<Parameter name="token" value="abc"/>"#) && !answer.document.contains("forged"))
        #expect(TwiML.connect(stream: "wss://gw.example/m", token: nil, parameters: [("lead", String(long.dropLast()))]).leftOut.isEmpty)
    }

    @Test("whatever a caller's data holds, the document is XML", arguments: ["a\u{0}b", "]]>", "<!--", "\u{FFFE}", "é😀", "a\nb\tc", "&amp;"])
    func staysXML(value: String) throws {
        let answer = TwiML.connect(stream: "wss://gw.example/m", token: nil, parameters: [("p", value)])
        #expect(XMLParser(data: Data(answer.document.utf8)).parse())
    }

    @Test("a refused caller hears why", arguments: zip(TwiML.Refusal.allCases, ["busy", "restarting", "not available"]))
    func refuses(refusal: TwiML.Refusal, word: String) {
        let document = TwiML.refuse(refusal).document
        #expect(document.contains("<Say>") && document.contains(word) && document.hasSuffix("<Hangup/></Response>\n"))
        #expect(!TwiML.hangUp.document.contains("Say"))
    }
}
