import Foundation
import Testing

@testable import MediaGateway

@Suite("X-Twilio-Signature: HMAC-SHA1 over the public address and the form's parameters")
struct TwilioSignatureTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var token = "12345", url: String, parameters: [FormParameters.Parameter] = [], body: String? = nil, signature: String, isValid = true
    }

    static func form(_ pairs: KeyValuePairs<String, String>) -> [FormParameters.Parameter] { pairs.map { .init(name: $0.key, value: $0.value) } }

    /// Of Twilio's own libraries, and of the fact sheet.
    static let vectors: [Vector] = [
        Vector(
            testDescription: "twilio-python", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            parameters: form([
                "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212",
            ]), signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        Vector(
            testDescription: "another caller", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            parameters: form([
                "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212",
            ]), signature: "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        Vector(
            testDescription: "duplicates", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            parameters: form(["Digits": "5678", "Sid": "CA123", "Digits": "1234", "SidAccount": "AC123", "Digits": "1234"]),
            signature: "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        Vector(
            testDescription: "our webhook", token: "0123456789abcdef0123456789abcdef", url: "https://voice.example.com/twilio/voice",
            parameters: form([
                "AccountSid": "AC00000000000000000000000000000001", "CallSid": "CA00000000000000000000000000000001",
                "CallStatus": "ringing", "From": "+15550100", "To": "+15550101",
            ]), signature: "bIE8/sL0L1/eJnTIRBKU7sxo/fE="),
    ]

    /// Splits an address into what is configured and what is requested.
    static func check(_ vector: Vector) throws {
        let split = try #require(vector.url.firstRange(of: "://"))
        let path = try #require(vector.url[split.upperBound...].firstIndex(of: "/"))
        let publicURL = try #require(PublicURL(String(vector.url[..<path])))
        let signature = TwilioSignature(authToken: Secret(vector.token), publicURL: publicURL)
        if let body = vector.body {
            try signature.check(vector.signature, target: String(vector.url[path...]), body: Array(body.utf8).span)
        } else {
            try signature.check(vector.signature, target: String(vector.url[path...]), form: FormParameters(vector.parameters))
        }
    }

    @Test("vectors", arguments: vectors)
    func matches(_ vector: Vector) throws {
        if vector.isValid { try Self.check(vector) } else { #expect(throws: TwilioSignature.Refusal.mismatch) { try Self.check(vector) } }
    }

    @Test("shared vectors: ports, duplicates, JSON bodies", .enabled(if: Fixtures.shared("twilio/signatures.jsonl") != nil, "no shared test data here"))
    func sharedVectors() throws {
        let objects = try Fixtures.objects(#require(Fixtures.shared("twilio/signatures.jsonl")))
        #expect(objects.count >= 8)
        for object in objects {
            var vector = try Vector(
                testDescription: #require(object["name"] as? String), token: #require(object["token"] as? String),
                url: #require(object["url"] as? String), body: object["body"] as? String, signature: #require(object["signature"] as? String),
                isValid: #require(object["valid"] as? Bool))
            for (name, value) in object["params"] as? [String: Any] ?? [:] {
                for value in value as? [String] ?? [value as? String ?? ""] { vector.parameters.append(.init(name: name, value: value)) }
            }
            if vector.isValid { try Self.check(vector) } else { #expect(throws: TwilioSignature.Refusal.self, "\(vector)") { try Self.check(vector) } }
        }
    }

    @Test("one byte of difference anywhere is a mismatch")
    func tampering() throws {
        let vector = Self.vectors[0]
        for index in vector.parameters.indices {
            var changed = vector
            changed.parameters[index].value += " "
            #expect(throws: TwilioSignature.Refusal.mismatch) { try Self.check(changed) }
        }
        var other = vector
        other.token = "12346"
        #expect(throws: TwilioSignature.Refusal.mismatch) { try Self.check(other) }
        other = vector
        other.url = "https://mycompany.org/myapp.php?foo=1&bar=2"
        #expect(throws: TwilioSignature.Refusal.mismatch) { try Self.check(other) }
    }

    @Test("no header, an empty one, a long one", arguments: [nil, "", String(repeating: "A", count: 10_000)] as [String?])
    func noSignature(header: String?) throws {
        let signature = TwilioSignature(authToken: Secret("12345"), publicURL: try #require(PublicURL("https://a.example")))
        #expect(throws: TwilioSignature.Refusal.self) { try signature.check(header, target: "/twilio/voice") }
        #expect(throws: TwilioSignature.Refusal.self) { try signature.checkUpgrade(header, path: "/twilio/media") }
    }

    @Test("a JSON body is the one that was signed")
    func jsonBody() throws {
        let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        let target = "/myapp.php?foo=1&bar=2&bodySHA256=\(hash)"
        let signature = TwilioSignature(authToken: Secret("12345"), publicURL: try #require(PublicURL("https://mycompany.com")))
        let header = "a9nBmqA0ju/hNViExpshrM61xv4="
        try signature.check(header, target: target, body: Array(#"{"property": "value", "boolean": true}"#.utf8).span)
        #expect(throws: TwilioSignature.Refusal.bodyChanged) {
            try signature.check(header, target: target, body: Array(#"{"property": "value", "boolean": false}"#.utf8).span)
        }
        let unhashed = TwilioSignature.signature(token: Secret("12345"), url: "https://mycompany.com/x")
        #expect(throws: TwilioSignature.Refusal.bodyChanged) { try signature.check(unhashed, target: "/x", body: [UInt8]().span) }
    }

    @Test(
        "the upgrade is signed as wss, with or without a port and a slash at its end",
        arguments: [
            ("https://voice.example.com", "/media", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", true),
            ("https://voice.example.com", "/media", "xSZ25E4AoL/WAklRSBhXh8WbY9E=", true),
            ("https://voice.example.com", "/media/", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", true),
            ("https://voice.example.com:443", "/media", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", true),
            ("https://voice.example.com", "/medium", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", false),
            ("https://other.example.com", "/media", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", false),
        ])
    func upgrade(publicURL: String, path: String, header: String, isValid: Bool) throws {
        let signature = TwilioSignature(authToken: Secret("0123456789abcdef0123456789abcdef"), publicURL: try #require(PublicURL(publicURL)))
        if isValid {
            try signature.checkUpgrade(header, path: path)
        } else {
            #expect(throws: TwilioSignature.Refusal.mismatch) { try signature.checkUpgrade(header, path: path) }
        }
    }

    @Test(
        "behind TLS an upgrade signed as https or ws is not Twilio's; on one machine without TLS all are taken",
        arguments: [
            ("https://a.example", "wss://a.example/m", true), ("https://a.example", "https://a.example/m", false),
            ("https://a.example", "ws://a.example/m", false),
            ("http://127.0.0.1:8080", "wss://127.0.0.1:8080/m", true), ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/m", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/m", true), ("http://127.0.0.1:8080", "wss://127.0.0.1/m", true),
            ("http://[::1]:8080", "ws://[::1]/m", true), ("https://a.example/gw", "wss://a.example/gw/m", true),
            ("https://a.example/gw", "wss://a.example/m", false),
        ])
    func upgradeScheme(publicURL: String, signed: String, isValid: Bool) throws {
        let token = Secret("12345")
        let signature = TwilioSignature(authToken: token, publicURL: try #require(PublicURL(publicURL)))
        let header = TwilioSignature.signature(token: token, url: signed)
        let isTaken = (try? signature.checkUpgrade(header, path: "/m")) != nil
        #expect(isTaken == isValid)
    }

    @Test("HMAC-SHA1 of Project Wycheproof", .enabled(if: Fixtures.shared("vectors/crypto") != nil, "no shared test data here"))
    func hmac() throws {
        func bytes(_ hex: Any?) -> [UInt8] {
            let digits = (hex as? String ?? "").compactMap(\.hexDigitValue)
            return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
        let file = try #require(Fixtures.shared("vectors/crypto/hmac_sha1_test.json"))
        let root = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        var judged = 0
        for group in try #require(root["testGroups"] as? [[String: Any]]) {
            for test in try #require(group["tests"] as? [[String: Any]]) {
                let tag = bytes(test["tag"])
                let digest = TwilioSignature.hmacSHA1(key: bytes(test["key"]), bytes(test["msg"])).prefix(tag.count)
                #expect((Array(digest) == tag) == (test["result"] as? String == "valid"), "\(test["tcId"] ?? "")")
                judged += 1
            }
        }
        #expect(judged > 80)
    }
}
