import MediaGateway
import Testing

@Suite("server.public_url: what carriers call us by")
struct PublicURLTests {
    @Test(
        "addresses made from it",
        arguments: [
            ("https://voice.example.com", "https://voice.example.com/x", "wss://voice.example.com/x"),
            ("https://voice.example.com/", "https://voice.example.com/x", "wss://voice.example.com/x"),
            ("HTTPS://Voice.Example.com:8443/gw//", "https://voice.example.com:8443/gw/x", "wss://voice.example.com:8443/gw/x"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x", "ws://127.0.0.1:8080/x"),
            ("http://[::1]:8080", "http://[::1]:8080/x", "ws://[::1]:8080/x"),
        ])
    func builds(text: String, webhook: String, stream: String) throws {
        let url = try #require(PublicURL(text))
        #expect(url.webhook("/x") == webhook && url.stream("/x") == stream)
    }

    @Test(
        "what it is not",
        arguments: [
            "", "voice.example.com", "wss://voice.example.com", "ftp://a.example", "https://", "https://user@a.example", "https://a.example?x=1",
            "https://a.example#x", "https://a.example:0", "https://a.example:99999", "https://a example", "https://é.example",
        ])
    func refuses(text: String) { #expect(PublicURL(text) == nil) }

    @Test("by default it is the address that is listened on")
    func byDefault() {
        #expect(GatewayConfiguration.defaults.server.resolvedPublicURL(port: 4711).webhook("/x") == "http://127.0.0.1:4711/x")
    }
}
