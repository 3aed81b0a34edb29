import MediaGateway
import Testing

@Suite("Without authentication only this machine is served, and no tunnel speaks for it")
struct TunnelGuardTests {
    static func refusal(
        from address: String = "127.0.0.1", headers: [String: String] = ["host": "127.0.0.1:8080"], listening: String = "127.0.0.1",
        authenticated: Bool = false, open: Bool = false
    ) -> TunnelGuard.Refusal? {
        let door = TunnelGuard(listeningHost: listening, isAuthenticationConfigured: authenticated, allowOpen: open)
        do throws(TunnelGuard.Refusal) {
            try door.check(remoteAddress: address) { headers[$0] }
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "hosts of this machine",
        arguments: [
            "127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:8080", "[::1]", "[::1]:8080", "127.1.2.3:1", "[::ffff:127.0.0.1]:80",
        ])
    func ownHost(host: String) { #expect(Self.refusal(headers: ["host": host]) == nil) }

    @Test(
        "hosts of elsewhere, and none",
        arguments: [
            "abc.ngrok.app", "voice.example.com:443", "localhost.example.com", "127.0.0.1.nip.io", "127.0.0.1@evil.example", "0.0.0.0:8080", "192.168.1.5",
            "[::1", "::1", "127.0.0.1:http", "127.0.0.1:80:80", "2130706433", "127.1", "", "localhost.",
        ])
    func foreignHost(host: String) {
        let refusal = Self.refusal(headers: ["host": host])
        #expect(refusal?.code == .foreignHost)
        #expect(refusal?.description.contains("set TWILIO_AUTH_TOKEN") == true)
        #expect(host.isEmpty || refusal?.description.contains(host) == false)
    }

    @Test("a request without a Host") func noHost() { #expect(Self.refusal(headers: [:])?.code == .foreignHost) }

    @Test("a header of a tunnel or proxy", arguments: TunnelGuard.proxyHeaders)
    func proxied(header: String) {
        let refusal = Self.refusal(headers: ["host": "localhost", header: "203.0.113.9"])
        #expect(refusal?.code == .proxyHeader)
        #expect(refusal?.description.contains(header) == true && refusal?.description.contains("203.0.113.9") == false)
    }

    @Test("even an empty one") func emptyHeader() { #expect(Self.refusal(headers: ["host": "localhost", "x-forwarded-for": ""])?.code == .proxyHeader) }

    @Test(
        "a page of another site, in a browser of this machine",
        arguments: [
            ("origin", "https://evil.example"), ("origin", "null"), ("origin", ""), ("origin", "http://127.0.0.1.evil.example"),
            ("origin", "file://"), ("sec-fetch-site", "cross-site"),
        ])
    func foreignPage(header: String, value: String) {
        let refusal = Self.refusal(headers: ["host": "127.0.0.1:8080", header: value])
        #expect(refusal?.code == .foreignOrigin)
        #expect(refusal?.description.contains(header) == true)
    }

    @Test("a page of this machine", arguments: ["http://127.0.0.1:8080", "http://localhost:3000", "https://[::1]:8080"])
    func ownPage(origin: String) {
        #expect(Self.refusal(headers: ["host": "127.0.0.1:8080", "origin": origin, "sec-fetch-site": "same-origin"]) == nil)
    }

    @Test("another machine", arguments: ["192.168.1.5", "203.0.113.9", "::", "fe80::1", "::ffff:10.0.0.1", "", "unknown"])
    func remote(address: String) { #expect(Self.refusal(from: address)?.code == .remoteAddress) }

    @Test("this machine", arguments: ["127.0.0.1", "127.5.5.5", "::1", "::ffff:127.0.0.1"])
    func local(address: String) { #expect(Self.refusal(from: address) == nil) }

    @Test("with authentication, or with consent, everybody may knock")
    func inactive() {
        for (authenticated, open) in [(true, false), (false, true), (true, true)] {
            let refusal = Self.refusal(
                from: "203.0.113.9", headers: ["host": "gw.example", "x-forwarded-for": "1.2.3.4"], authenticated: authenticated, open: open)
            #expect(refusal == nil)
        }
    }
}
