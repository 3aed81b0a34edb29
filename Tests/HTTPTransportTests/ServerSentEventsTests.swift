import Foundation
import HTTPTransport
import Testing

@Suite("Server-sent events, WHATWG HTML 9.2.6: the same events however the stream is cut, and no more memory than allowed")
struct ServerSentEventsTests {
    typealias Event = ServerSentEvents.Event

    /// - Parameter size: bytes of a piece; 0 for one piece.
    static func read(_ bytes: [UInt8], piece size: Int = 0, maximumBytes: Int = 1 << 20) throws -> (events: [Event], retry: Duration?) {
        var reader = ServerSentEvents(maximumBytes: maximumBytes), events: [Event] = []
        for start in stride(from: 0, to: bytes.count, by: size == 0 ? max(1, bytes.count) : size) {
            let end = size == 0 ? bytes.count : min(bytes.count, start + size)
            try reader.read(bytes.span.extracting(start..<end), appendTo: &events)
        }
        return (events, reader.retry)
    }

    @Test(
        "fields, line ends, comments",
        arguments: [
            ("data: a\n\n", [Event(data: "a")]), ("data:a\r\n\r\n", [Event(data: "a")]), ("data:a\r\r", [Event(data: "a")]),
            ("data: a\r\n\ndata: b\r\r\n", [Event(data: "a"), Event(data: "b")]),
            ("data\n\ndata\ndata\n\ndata:", [Event(data: ""), Event(data: "\n")]),
            ("data:  two spaces\n\n", [Event(data: " two spaces")]),
            ("event: delta\ndata: {\"a\":1}\n\ndata: b\n\n", [Event(name: "delta", data: "{\"a\":1}"), Event(data: "b")]),
            ("event: lost\n\ndata: a\n\n", [Event(data: "a")]),
            ("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", [Event(data: "a", id: "7"), Event(data: "b", id: "7"), Event(data: "c")]),
            ("id: 7\n\nid: 1\u{0}2\ndata: a\n\n", [Event(data: "a", id: "7")]),
            (": ping\n\n:\ndata: a\nDATA: b\nunknown: c\n\n", [Event(data: "a")]),
            ("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n", [Event(data: "a")]),
            ("data: é😀\n\n", [Event(data: "é😀")]), ("data: a\u{2028}b\n\n", [Event(data: "a\u{2028}b")]),
            ("data: cut off", []), ("data: a\n", []), ("\n\n\n", []), ("", []),
        ])
    func reads(stream: String, events: [Event]) throws {
        for size in 0...4 { #expect(try Self.read(Array(stream.utf8), piece: size).events == events, "in pieces of \(size)") }
    }

    @Test("broken UTF-8 reads as U+FFFD")
    func brokenText() throws {
        #expect(try Self.read([0x64, 0x61, 0x74, 0x61, 0x3A, 0xFF, 0x61, 0x0A, 0x0A]).events == [Event(data: "\u{FFFD}a")])
    }

    @Test("retry: digits only", arguments: [("3000", 3_000), ("0", 0), ("", nil), ("1667a", nil), ("-1", nil), ("9999999999999", nil)] as [(String, Int?)])
    func retry(value: String, milliseconds: Int?) throws {
        #expect(try Self.read(Array("retry: \(value)\n\n".utf8)).retry == milliseconds.map { .milliseconds($0) })
    }

    @Test("a line or an event beyond the limit ends the reading; what came before it is there", arguments: ["data: ", "event: ", ":", "x"])
    func bounds(field: String) throws {
        var reader = ServerSentEvents(maximumBytes: 100), events: [Event] = []
        let stream = Array(("data: fine\n\n" + field + String(repeating: "x", count: 200)).utf8)
        #expect(throws: ServerSentEvents.TooLarge.self) { try reader.read(stream.span, appendTo: &events) }
        #expect(events == [Event(data: "fine")])
        let many = Array(String(repeating: "data: 0123456789\n", count: 20).utf8)
        #expect(throws: ServerSentEvents.TooLarge.self) { try Self.read(many, maximumBytes: 100) }
        let none = Array(String(repeating: "data\n", count: 200).utf8)
        #expect(throws: ServerSentEvents.TooLarge.self) { try Self.read(none, maximumBytes: 100) }
    }

    // MARK: Third-party vectors

    static let file: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["GATEWAY_TESTDATA"].map { URL(filePath: $0) }
            ?? root.deletingLastPathComponent().appending(path: "shared/testdata")
        let file = folder.appending(path: "vectors/text/sse.json")
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }()

    @Test("vectors of other readers", .enabled(if: file != nil, "no third-party test data: set GATEWAY_TESTDATA"))
    func vectors() throws {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: #require(Self.file)))
        let vectors = try #require(json as? [[String: Any]]).filter { $0["lenient"] == nil }
        #expect(vectors.count >= 7)
        for vector in vectors {
            let stream = Array(try #require(vector["chunks"] as? [String]).joined().utf8)
            let expected = try #require(vector["events"] as? [[String: Any]]).map {
                Event(name: $0["event"] as? String ?? "", data: $0["data"] as? String ?? "", id: $0["id"] as? String ?? "")
            }
            #expect(try Self.read(stream).events == expected, "\(vector["name"] ?? "")")
            #expect(try Self.read(stream, piece: 1).events == expected, "\(vector["name"] ?? ""), byte by byte")
        }
    }
}
