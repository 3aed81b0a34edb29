import Foundation
import Testing

import WireJSON

@Suite("JSON by RFC 8259, stricter only where two readers may differ")
struct BoundedJSONTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String, text: [UInt8]
        var testDescription: String { name }
        /// Refused beyond the standard, on purpose: a key written twice.
        var isStricter: Bool { name.contains("duplicated") }
    }

    /// JSONTestSuite's files: `y_` must be taken, `n_` refused, `i_` is up to the reader.
    static let vectors: [Vector] = {
        guard let folder = SharedData.file("vectors/json"), let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return names.sorted().compactMap { name in
            (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Vector(name: name, text: Array($0)) }
        }
    }()

    @Test("JSONTestSuite", .enabled(if: SharedData.file("vectors/json") != nil, "no shared test data here"), arguments: vectors)
    func judges(vector: Vector) {
        let json = try? BoundedJSON(vector.text.span)
        if vector.name.hasPrefix("y_") { #expect((json == nil) == vector.isStricter) }
        if vector.name.hasPrefix("n_") { #expect(json == nil) }
    }

    @Test("every vector is there", .enabled(if: SharedData.file("vectors/json") != nil, "no shared test data here"))
    func count() {
        for prefix in ["y_", "n_", "i_"] { #expect(Self.vectors.count { $0.name.hasPrefix(prefix) } >= 15) }
    }

    static let text = SharedData.file("vectors/text/utf8.tsv")

    @Test("a string holds UTF-8 or is no string", .enabled(if: text != nil, "no shared test data here"))
    func strings() throws {
        let lines = try String(contentsOf: #require(Self.text), encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(lines.count > 40)
        for line in lines {
            let fields = line.split(separator: "\t"), digits = fields[2].compactMap(\.hexDigitValue)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            // What may not stand in a JSON string unescaped is not this test's.
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) else { continue }
            let quoted = [0x22] + bytes + [0x22]
            let json = try? BoundedJSON(quoted.span)
            #expect(json == (fields[1] == "1" ? .string(String(decoding: bytes, as: UTF8.self)) : nil), "\(line)")
        }
    }
}
