import AudioCodec
import Testing

@Suite("Base64, RFC 4648, strict: one text for one byte string")
struct Base64Tests {
    @Test(
        "the RFC's own examples",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func examples(bytes: String, text: String) {
        #expect(encode(Array(bytes.utf8)) == Array(text.utf8))
        #expect(decode(Array(text.utf8)) == Array(bytes.utf8))
    }

    @Test(
        "refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zm9", "====", "Z===", "=Zg=", "Zg==Zg==", "Zm9v=",
            "Zm9v====", "Zm 9", " Zm9", "Zm9\n", "Zm-_", "Zh==", "Zm9=", "Zm9vé",
        ])
    func refuses(text: String) { #expect(decode(Array(text.utf8)) == nil) }

    @Test(
        "every length from 0 to 300 survives, and any changed character changes the bytes or is refused",
        arguments: [1, 2, 3] as [UInt64])
    func roundTrips(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for count in 0...300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            var text = encode(bytes)
            #expect(text.count == Base64.encodedCount(count))
            #expect(decode(text) == bytes)
            guard let index = text.indices.randomElement(using: &random) else { continue }
            let before = text[index]
            text[index] = UInt8.random(in: 0...255, using: &random)
            #expect(text[index] == before || decode(text) != bytes)
        }
    }

    @Test("memory that is too short is never written beyond its end") func bounds() {
        #expect(decode("Zm9vYmFy", room: 5) == (nil, [7, 7, 7, 7, 7, 7, 7, 7]))
        #expect(decode("Zm9vYmFy", room: 6) == (6, Array("foobar".utf8) + [7, 7]))
        #expect(decode("", room: 0) == (0, [7, 7, 7, 7, 7, 7, 7, 7]))
        var text = [UInt8](repeating: 7, count: 7)
        var span = text.mutableSpan
        let count = Base64.encode(Array("foobar".utf8).span, into: &span)
        #expect(count == nil && text == [7, 7, 7, 7, 7, 7, 7])
    }

    private func decode(_ text: String, room: Int) -> (Int?, [UInt8]) {
        var memory = [UInt8](repeating: 7, count: 8)
        let count = unsafe memory.withUnsafeMutableBufferPointer { memory in
            var front = unsafe MutableSpan(_unsafeStart: memory.baseAddress!, count: room)
            return Base64.decode(Array(text.utf8).span, into: &front)
        }
        return (count, memory)
    }

    @Test(
        "never more than the forgiving decoder of the WHATWG accepts",
        .enabled(if: TestData.isPresent, Comment(rawValue: TestData.absence)))
    func webPlatformTests() throws {
        let cases = try ForgivingCase.read(TestData.bytes("vectors/text/base64_wpt.json"))
        #expect(cases.count > 20)
        for example in cases {
            let decoded = decode(example.text)
            #expect(decoded == nil || decoded == example.bytes, "\(example.text)")
            // What is canonical must be accepted.
            if let bytes = example.bytes, encode(bytes) == example.text { #expect(decoded == bytes) }
        }
    }

    private func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text = [UInt8](repeating: 0, count: Base64.encodedCount(bytes.count))
        var span = text.mutableSpan
        let count = Base64.encode(bytes.span, into: &span)
        #expect(count == text.count)
        return text
    }

    private func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Base64.decodedCapacity(text.count))
        var span = bytes.mutableSpan
        return Base64.decode(text.span, into: &span).map { Array(bytes[..<$0]) }
    }
}

/// One line of the web platform tests: a text, and the bytes a forgiving decoder makes of it.
struct ForgivingCase {
    let text: [UInt8], bytes: [UInt8]?

    /// Reads `[["text", [1, 2]], ["text", null], …]`: the only JSON that this module's tests meet.
    static func read(_ json: [UInt8]) -> [ForgivingCase] {
        var cases: [ForgivingCase] = []
        var index = 1
        while let open = json[index...].firstIndex(of: UInt8(ascii: "[")) {
            var text = "", at = json[open...].firstIndex(of: UInt8(ascii: "\""))! + 1
            while json[at] != UInt8(ascii: "\"") {
                guard json[at] == UInt8(ascii: "\\") else {
                    text.unicodeScalars.append(Unicode.Scalar(json[at]))
                    at += 1
                    continue
                }
                let escape = json[at + 1]
                if escape == UInt8(ascii: "u") {
                    let hex = String(decoding: json[at + 2..<at + 6], as: UTF8.self)
                    text.unicodeScalars.append(Unicode.Scalar(UInt16(hex, radix: 16)!)!)
                    at += 6
                } else {
                    let known: [Character: Unicode.Scalar] = ["n": "\n", "r": "\r", "t": "\t", "f": "\u{0C}", "b": "\u{08}"]
                    text.unicodeScalars.append(known[Character(Unicode.Scalar(escape))] ?? Unicode.Scalar(escape))
                    at += 2
                }
            }
            let close = json[at...].firstIndex(of: UInt8(ascii: "]"))!
            let rest = String(decoding: json[(at + 1)..<close], as: UTF8.self)
            let bytes = rest.contains("null") ? nil : rest.split { !$0.isNumber }.map { UInt8($0)! }
            cases.append(ForgivingCase(text: Array(text.utf8), bytes: bytes))
            index = json[close...].firstIndex(of: UInt8(ascii: ",")) ?? json.count
        }
        return cases
    }
}
