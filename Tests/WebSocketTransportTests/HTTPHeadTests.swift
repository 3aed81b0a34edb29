import Testing

@testable import WebSocketTransport

@Suite("HTTP heads, RFC 9112: names are tokens, escapes are two hex digits, and nothing is read that others would read differently")
struct HTTPHeadTests {
    static func head(_ text: String) -> HTTPHead? {
        if case .head(let head) = HTTPHead.parse(Array(text.utf8), remoteAddress: "127.0.0.1") { head } else { nil }
    }

    @Test("paths", arguments: [("/a%20b", "/a b"), ("/%C3%A9", "/é"), ("/%c3%A9", "/é"), ("/%2f", "/"), ("/%7e", "/~")])
    func decodes(target: String, path: String) {
        #expect(Self.head("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")?.request.path.utf8.elementsEqual((path == "/" ? "//" : path).utf8) == true)
    }

    @Test("broken escapes", arguments: ["/%", "/%1", "/%zz", "/%+5", "/%-1", "/%00", "/%FF", "/%E9x"])
    func refusesEscape(target: String) { #expect(Self.head("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n") == nil) }

    @Test("names that are no tokens (RFC 9110, 5.6.2)", arguments: ["X\u{E9}", "Sec-Websoc\u{212A}et-Key", "X Y", "X\t", "", "X\u{7F}", "X;Y"])
    func refusesName(name: String) { #expect(Self.head("GET / HTTP/1.1\r\nHost: x\r\n\(name): 1\r\n\r\n") == nil) }
}
