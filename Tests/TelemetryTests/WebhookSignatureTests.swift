import Telemetry
import Testing

@Suite("A webhook's signature: HMAC-SHA256 of timestamp, dot and body, in hexadecimal")
struct WebhookSignatureTests {
    static let body = #"{"id":"7e57","type":"agent.transition"}"#

    /// printf '%s' "$MESSAGE" | openssl dgst -sha256 -hmac "$SECRET".
    @Test(
        "as openssl computes it",
        arguments: [
            (
                "a-secret-of-the-operator", "1773144000", body,
                "477cc532b00d9a96d7f168019bc97427225f13cc29692ff87d00d146169b0e05"
            ),
            ("a-secret-of-the-operator", "1773144001", body, "cbe86756c9784a8b9ca0f908bacda7733d8dd88d7791e288f94a436c00062ef5"),
            ("another-secret-than-that", "1773144000", body, "225ec18e9fa31ad233d07a88a6da57afc3d4765fbf5f460bdb382e01e289afc6"),
            ("a-secret-of-the-operator", "1773144000", "", "9242e1e8365afeb5e1745a5361e5ca923f53dd2965098e93d86ead09464ab9cf"),
        ])
    func vectors(secret: String, timestamp: String, body: String, hex: String) {
        #expect(WebhookSignature(secret: secret).header(timestamp: timestamp, body: Array(body.utf8)) == "sha256=\(hex)")
    }

    @Test("the secret is not printed, whatever prints it")
    func hidden() {
        let configuration = WebhookSender.Configuration(url: "http://x", signature: WebhookSignature(secret: "hush-hush"))
        var dumped = ""
        dump(configuration, to: &dumped)
        // "hush" as bytes, too.
        for text in ["\(configuration)", dumped] { #expect(!text.contains("hush") && !text.contains("104")) }
    }
}
