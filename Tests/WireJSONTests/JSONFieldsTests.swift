import Testing
import WireJSON

@Suite("Fields of a message: named with their path, with what was expected")
struct JSONFieldsTests {
    private func fields(_ text: String) throws -> JSONFields { try JSONFields(try BoundedJSON(Array(text.utf8).span)) }

    @Test(
        "what is wrong is said",
        arguments: [
            (#"[]"#, "the message: expected an object"),
            (#"{}"#, "name: expected a string"),
            (#"{"name":null}"#, "name: expected a string"),
            (#"{"name":7}"#, "name: expected a string"),
            (#"{"name":""}"#, "name: 0 bytes, expected 1...5"),
            (#"{"name":"längst"}"#, "name: 7 bytes, expected 1...5"),
        ])
    func complains(_ text: String, _ complaint: String) {
        #expect(throws: JSONFieldError.self) { try fields(text).text("name", length: 1...5) }
        do { _ = try fields(text).text("name", length: 1...5) } catch { #expect((error as? JSONFieldError)?.detail == complaint) }
    }

    @Test("a field of a field is named by its path")
    func nested() throws {
        let inner = try fields(#"{"start":{"rate":"fast"}}"#).object("start")
        #expect { try inner.integer("rate") } throws: { ($0 as? JSONFieldError)?.detail == "start.rate: expected a whole number" }
    }

    @Test("numbers keep their range", arguments: [("5", true), ("5.5", true), ("-1", true), ("11", false), ("-10.5", false), ("1e3", false)])
    func numbers(_ text: String, _ isFine: Bool) throws {
        let score = try? fields("{\"score\":\(text)}").number("score", in: -10...10)
        #expect((score != nil) == isFine)
    }
}
