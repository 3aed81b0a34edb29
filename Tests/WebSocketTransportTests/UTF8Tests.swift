import Foundation
import Testing

@testable import WebSocketTransport

@Suite("UTF-8 by the letter of RFC 3629, wherever in a message the odd byte stands")
struct UTF8Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8], isValid: Bool
        var testDescription: String { bytes.map { String($0, radix: 16) }.joined(separator: " ") }
    }

    /// `id, valid, hex` a line.
    static let vectors: [Vector] = {
        guard let file = Vectors.file("text/utf8.tsv"), let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t")
            return Vector(bytes: Vectors.bytes(hex: String(fields[2])), isValid: fields[1] == "1")
        }
    }()

    @Test(
        "vectors, alone and behind and before ASCII of every alignment",
        .enabled(if: Vectors.file("text/utf8.tsv") != nil, Comment(rawValue: Vectors.absence)), arguments: vectors)
    func judges(vector: Vector) {
        for before in 0...9 {
            for after in [0, 1, 8] {
                let message = [UInt8](repeating: 0x61, count: before) + vector.bytes + [UInt8](repeating: 0x61, count: after)
                let verdict = unsafe isValidUTF8(message.span.bytes)
                #expect(verdict == vector.isValid, "\(message)")
            }
        }
    }

    @Test("every vector is there", .enabled(if: Vectors.file("text/utf8.tsv") != nil, Comment(rawValue: Vectors.absence)))
    func count() { #expect(Self.vectors.count > 40 && Self.vectors.contains { $0.isValid } && Self.vectors.contains { !$0.isValid }) }
}
